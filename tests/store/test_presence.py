"""Who works on a shared database: everybody knows it at once, also after a SIGKILL."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text

from bridge.errors import ConfigError, Transient
from bridge.store.database import Store
from bridge.store.place import database_place
from bridge.store.presence import ALONE, living_workers, presence_at


def nobody_wakes(names):
    raise AssertionError(f"nobody left work for {names}")


@pytest.fixture
async def others(postgres, migrated_postgres, clock):
    """Return what makes another bridge on one PostgreSQL database: its store and presence."""
    url = postgres.database(migrated_postgres)
    made = []

    def another(wake=lambda names: None):
        store, presence = Store(url, clock), presence_at(url, wake)
        made.append((store, presence))
        return store, presence

    yield another
    for store, presence in made:
        await presence.leave()
        await store.close()


async def test_a_second_bridge_on_one_file_is_refused_until_the_first_has_left(tmp_path):
    first, second = (presence_at(tmp_path / "a.sqlite3", nobody_wakes) for _ in range(2))
    await first.renew()
    await first.renew()
    with pytest.raises(ConfigError, match="another bridge runs on it"):
        await second.renew()
    await first.leave()
    await second.renew()
    assert (second.worker, second.has_clock) == (ALONE, True)
    await second.leave()


async def test_on_a_file_nobody_else_can_live(tmp_path, migrated, clock):
    store = Store(migrated, clock)
    assert await store.read(living_workers) == {ALONE}
    await store.close()


async def test_one_of_several_has_the_clock_and_hands_it_on_when_it_leaves(others):
    (_, first), (_, second) = others(), others()
    await first.renew()
    await second.renew()
    assert (first.has_clock, second.has_clock) == (True, False)
    await first.leave()
    await second.renew()
    assert second.has_clock


async def test_everybody_sees_who_lives(others):
    (store, first), (_, second) = others(), others()
    await first.renew()
    await second.renew()
    assert await store.read(living_workers) == {first.worker, second.worker}
    await second.leave()
    async with asyncio.timeout(10):
        while await store.read(living_workers) != {first.worker}:
            pass


async def test_one_whose_connection_was_cut_is_not_living_and_comes_back_as_another(others):
    store, first = others()
    await first.renew()
    cut = first.worker
    await store.write(
        lambda tx: tx.conn.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": cut})
    )
    # Whether the client has heard of the cut by now is the network's business.
    with suppress(Transient):
        await first.renew()
    await first.renew()
    assert first.has_clock
    assert await store.read(living_workers) == {first.worker}
    assert first.worker != cut


async def test_a_commit_wakes_the_loops_of_the_others(others):
    heard, rung = [], asyncio.Event()

    def wake(names):
        heard.append(names)
        rung.set()

    (writer, _), (_, listener) = others(), others(wake)
    await listener.renew()
    await writer.write(lambda tx: tx.wakes.update(("mail", "inbox")))
    async with asyncio.timeout(10):
        await rung.wait()
    assert heard == [frozenset({"inbox", "mail"})]


async def test_nothing_is_told_of_a_commit_that_failed(others):
    heard, rung = [], asyncio.Event()
    (writer, _), (_, listener) = others(), others(lambda names: (heard.append(names), rung.set()))
    await listener.renew()

    def fails(tx):
        tx.wakes.add("mail")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await writer.write(fails)
    await writer.write(lambda tx: tx.wakes.add("inbox"))
    async with asyncio.timeout(10):
        await rung.wait()
    assert heard == [frozenset({"inbox"})]


async def test_a_server_that_is_not_there_is_said_in_a_sentence(postgres):
    place = database_place("postgresql://nobody@127.0.0.1:1/none", "canary")
    presence = presence_at(place, nobody_wakes)
    with pytest.raises(Transient, match="out of reach") as told:
        await presence.renew()
    assert "canary" not in str(told.value)
