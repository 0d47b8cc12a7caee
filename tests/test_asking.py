"""A command goes through the inbox of the running bridge; its answer comes back."""

import asyncio

import pytest
from ballot_samples import LIST
from sqlalchemy import func, select

from bridge import asking
from bridge.asking import ask, is_running
from bridge.decode import decode
from bridge.events import DONE, CommandGiven
from bridge.loops import drain_inbox
from bridge.store import answers
from bridge.store.instance import STALE_AFTER_MS, ensure_instance, record_alive
from bridge.store.schema import inbox as inbox_table


def obey(item, tx):
    """Answer as the bridge does: with the command itself."""
    event = decode(item)
    assert isinstance(event, CommandGiven)
    text = f"{event.list_id} {event.verb} {dict(event.arguments)}"
    answers.record_answer(tx, event.key, is_done=event.verb != "close", text=text)
    return DONE


async def answered(store, *command):
    """Ask while somebody drains the inbox."""
    asked = asyncio.ensure_future(ask(store, *command))
    while not asked.done():
        await drain_inbox(store, obey)
        await asyncio.wait({asked}, timeout=0.01)
    return asked.result()


async def alive(store):
    await store.write(ensure_instance)
    await store.write(record_alive)


async def test_the_running_bridge_answers_what_was_asked(store):
    assert await answered(store, LIST, "status", {"ballot": "1"}) == (
        True,
        f"{LIST} status {{'ballot': '1'}}",
    )


async def test_a_no_comes_back_as_a_no(store):
    assert await answered(store, None, "close", {}) == (False, "None close {}")


async def test_asking_twice_is_two_commands(store):
    for _ in range(2):
        await answered(store, LIST, "list", {})
    assert await store.read(lambda c: c.scalar(select(func.count(inbox_table.c.id)))) == 2


async def test_a_bridge_that_does_not_answer_is_not_waited_for_for_ever(store, monkeypatch):
    monkeypatch.setattr(asking, "LOOKS", 2)
    monkeypatch.setattr(asking, "LOOK_EVERY_SECONDS", 0)
    assert await ask(store, LIST, "list", {}) is None


async def test_what_was_given_up_on_is_taken_back_and_never_obeyed(store, monkeypatch):
    monkeypatch.setattr(asking, "LOOKS", 0)
    assert await ask(store, LIST, "open", {"yes": "yes"}) is None
    obeyed = []
    await drain_inbox(store, lambda item, tx: obeyed.append(item) or DONE)
    assert obeyed == []
    assert await store.read(lambda c: c.scalar(select(inbox_table.c.state))) == "suppressed"


async def test_what_was_interrupted_is_taken_back_and_never_obeyed(store, monkeypatch):
    async def interrupted(_):
        raise asyncio.CancelledError

    monkeypatch.setattr(asking.asyncio, "sleep", interrupted)
    with pytest.raises(asyncio.CancelledError):
        await ask(store, LIST, "open", {"yes": "yes"})
    obeyed = []
    await drain_inbox(store, lambda item, tx: obeyed.append(item) or DONE)
    assert obeyed == []


async def test_what_was_obeyed_at_the_last_moment_is_answered_all_the_same(store, monkeypatch):
    monkeypatch.setattr(asking, "LOOKS", 1)

    async def obeyed_meanwhile(_):
        await drain_inbox(store, obey)

    monkeypatch.setattr(asking.asyncio, "sleep", obeyed_meanwhile)
    assert await ask(store, LIST, "open", {}) == (True, f"{LIST} open {{}}")


async def test_nobody_runs_on_a_database_nobody_used(store, clock):
    assert not await is_running(store, clock())


@pytest.mark.parametrize(("ago", "running"), [(0, True), (STALE_AFTER_MS, False)])
async def test_a_bridge_runs_while_it_shows_itself(store, clock, ago, running):
    await alive(store)
    assert await is_running(store, clock() + ago) is running
