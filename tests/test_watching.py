from dataclasses import replace
from pathlib import Path

import pytest
from ballot_samples import ballot
from config_samples import ENVIRON, write_config
from hand_clock import HandClock
from sqlalchemy import select

from bridge.config import Config, load_config
from bridge.domain.ballots import State
from bridge.events import Outcome
from bridge.ids import Instant
from bridge.outside import Outside
from bridge.store import ballots, inbox
from bridge.store.database import Reading, Store, Tx
from bridge.store.schema import outbox as outbox_table
from bridge.watching import alerts_now, watch

DAY_MS = 86_400_000


@pytest.fixture
def config(tmp_path: Path) -> Config:
    operators = {"room": "#operators:example.org", "mail": "operators@example.org"}
    path = write_config(tmp_path, {("operators",): operators, ("keep_raw",): "10d"})
    return load_config(path, ENVIRON)


def _shunt_a_mail(tx: Tx) -> None:
    inbox.add(tx, lane="list:a", kind="mail", key="one", raw=b"From: x\r\n\r\n", meta={})
    inbox.settle(tx, 1, Outcome("shunted", "a bug"))


def _queued(conn: Reading) -> list[tuple[str, str]]:
    rows = conn.execute(select(outbox_table.c.destination, outbox_table.c.kind))
    return sorted((row.destination, row.kind) for row in rows)


def _about_shunted(conn: Reading) -> list[str]:
    wanted = outbox_table.c.key.like("alert:shunted:%:room")
    return list(conn.scalars(select(outbox_table.c.key).where(wanted)))


async def test_operators_are_told_in_their_room_and_by_mail(store: Store, config: Config) -> None:
    await store.write(_shunt_a_mail)
    await store.write(lambda tx: watch(tx, config))
    assert await store.read(_queued) == [("mail", "mail"), ("matrix", "alert")]


async def test_the_same_condition_is_told_once_a_day(
    store: Store, config: Config, clock: HandClock
) -> None:
    await store.write(_shunt_a_mail)
    for _ in range(3):
        await store.write(lambda tx: watch(tx, config))
    assert len(await store.read(_about_shunted)) == 1
    clock.forward(DAY_MS)
    await store.write(lambda tx: watch(tx, config))
    assert len(await store.read(_about_shunted)) == 2


async def test_a_second_occurrence_is_told_within_the_day_and_an_hour_after_the_first(
    store: Store, config: Config, clock: HandClock
) -> None:
    def again(tx: Tx) -> None:
        inbox.unshunt(tx, 1)
        inbox.settle(tx, 1, Outcome())

    def another(tx: Tx) -> None:
        inbox.add(tx, lane="list:a", kind="mail", key="two", raw=b"", meta={})
        inbox.settle(tx, 2, Outcome("shunted", "a bug"))

    await store.write(_shunt_a_mail)
    await store.write(lambda tx: watch(tx, config))
    await store.write(again)
    await store.write(lambda tx: watch(tx, config))
    await store.write(another)
    await store.write(lambda tx: watch(tx, config))
    assert len(await store.read(_about_shunted)) == 1
    clock.forward(DAY_MS // 24)
    await store.write(lambda tx: watch(tx, config))
    await store.write(lambda tx: watch(tx, config))
    assert len(await store.read(_about_shunted)) == 2


@pytest.mark.parametrize(
    ("down", "operators", "way"),
    [
        ("matrix", {}, [("mail", "mail")]),
        ("mail", {}, [("matrix", "alert")]),
        # Late is better than never.
        ("matrix", {"mail": None}, [("matrix", "alert")]),
        ("mail", {"room": None}, [("mail", "mail")]),
    ],
)
async def test_a_server_that_is_down_is_not_told_of_its_own_outage(
    store: Store, config: Config, down: str, operators: dict[str, None], way: list[tuple[str, str]]
) -> None:
    told = config.model_copy(update={"operators": config.operators.model_copy(update=operators)})
    outside = Outside({down: Instant(1)})
    await store.write(lambda tx: watch(tx, told, outside))
    await store.write(lambda tx: watch(tx, told, outside))
    assert await store.read(_queued) == way


@pytest.mark.parametrize(
    ("down", "way"),
    [
        ({"matrix": Instant(1)}, [("mail", "mail")]),
        ({"mail": Instant(1)}, [("matrix", "alert")]),
        ({"matrix": Instant(1), "mail": Instant(1)}, [("mail", "mail"), ("matrix", "alert")]),
        ({"matrix": Instant(0), "mail": Instant(0)}, [("mail", "mail"), ("matrix", "alert")]),
    ],
)
async def test_whatever_is_told_goes_by_each_way_that_is_not_known_to_be_down(
    store: Store, config: Config, down: dict[str, Instant], way: list[tuple[str, str]]
) -> None:
    def about_shunted(conn: Reading) -> list[tuple[str, str]]:
        wanted = select(outbox_table.c.destination, outbox_table.c.kind).where(
            outbox_table.c.payload.contains("set aside") | outbox_table.c.key.like("%shunted%")
        )
        return sorted((row.destination, row.kind) for row in conn.execute(wanted))

    await store.write(_shunt_a_mail)
    await store.write(lambda tx: watch(tx, config, Outside(down)))
    assert await store.read(about_shunted) == way


async def test_a_ballot_past_its_deadline_is_told_while_it_counts(
    store: Store, config: Config, clock: HandClock
) -> None:
    one = ballot()
    due = one.deadline.instant + one.rule.grace_chat * 1000 + 240_000

    def names(conn: Reading, at: int) -> list[str]:
        return [alert.name for alert in alerts_now(conn, Instant(at), config)]

    await store.write(lambda tx: ballots.record_ballot(tx, one, None))
    assert await store.read(lambda conn: names(conn, due)) == []
    assert await store.read(lambda conn: names(conn, due + 1)) == ["ballot_overdue"]
    closed = replace(one, state=State.CLOSED)
    await store.write(lambda tx: ballots.update_ballot(tx, closed))
    assert await store.read(lambda conn: names(conn, due + 1)) == []


async def test_without_operators_nobody_is_written_to(store: Store, config: Config) -> None:
    nobody = config.model_copy(
        update={"operators": config.operators.model_copy(update={"room": None, "mail": None})}
    )
    await store.write(_shunt_a_mail)
    await store.write(lambda tx: watch(tx, nobody))
    assert await store.read(_queued) == []


async def test_a_quiet_bridge_queues_nothing(store: Store, config: Config) -> None:
    await store.write(lambda tx: watch(tx, config))
    assert await store.read(_queued) == []


async def test_old_raw_mail_goes_and_shunted_mail_stays(
    store: Store, config: Config, clock: HandClock
) -> None:
    def arrive(tx: Tx) -> None:
        for key, state in (("done", "suppressed"), ("set aside", "shunted"), ("new", None)):
            inbox.add(tx, lane="list:a", kind="mail", key=key, raw=b"bytes", meta={})
            if state:
                item = inbox.claim(tx.conn, tx.now, 10)[0]
                inbox.settle(tx, item.id, replace(Outcome(), state=state))

    await store.write(arrive)
    clock.forward(11 * DAY_MS)
    await store.write(lambda tx: watch(tx, config))
    kept = await store.read(lambda conn: [inbox.by_id(conn, n) for n in (1, 2, 3)])
    assert [one.raw for one in kept if one] == [b"", b"bytes", b"bytes"]
