"""The loops: one bad item holds nobody up, and what leaves leaves once and in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bridge.apart import Apart
from bridge.errors import Permanent, Transient
from bridge.events import DONE, Outcome
from bridge.loops import (
    BATCH,
    Bell,
    drain_inbox,
    read_apart,
    repeat,
)
from bridge.mail.limits import QUICK
from bridge.store import inbox
from bridge.store.schema import inbox as inbox_table

# -- the inbox


@dataclass
class Handling:
    """A handler that keeps what it was handed; some keys fail, once or always."""

    errors: dict[str, Exception] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def __call__(self, item, tx):
        if item.key in self.errors:
            inbox.add(tx, lane="z", kind="k", key=f"written by {item.key}", raw=b"")
            raise self.errors[item.key]
        self.done.append(item.key)
        return DONE


async def arrive(store, *keys):
    def add_all(tx):
        for key in keys:
            inbox.add(tx, lane=key[0], kind="k", key=key, raw=b"")

    await store.write(add_all)


async def states(store):
    def read(conn):
        rows = conn.execute(select(inbox_table.c.key, inbox_table.c.state))
        return {row.key: row.state for row in rows}

    return await store.read(read)


@pytest.mark.parametrize("error", [ValueError("a bug"), Permanent("look at me")])
async def test_a_poison_item_never_holds_up_its_lane(store, error):
    handling = Handling({"a1": error})
    await arrive(store, "a1", "a2", "b1")
    await drain_inbox(store, handling)
    assert handling.done == ["a2", "b1"]
    assert await states(store) == {"a1": "shunted", "a2": "done", "b1": "done"}


async def test_what_a_poison_item_wrote_is_undone_and_its_trace_is_kept(store):
    await arrive(store, "a1")
    await drain_inbox(store, Handling({"a1": ValueError("a bug")}))
    (item,) = await store.read(inbox.shunted)
    assert item.reason.startswith("ValueError: Traceback")
    assert item.reason.rstrip().endswith("a bug")
    assert "written by a1" not in await states(store)


async def test_an_item_that_needs_a_human_says_why_in_its_own_words(store):
    await arrive(store, "a1")
    await drain_inbox(store, Handling({"a1": Permanent("over a limit: parts")}))
    (item,) = await store.read(inbox.shunted)
    assert item.reason == "over a limit: parts"


async def test_what_time_heals_holds_its_own_lane_only_and_keeps_its_order(store, clock):
    handling = Handling({"a1": Transient("not yet")})
    await arrive(store, "a1", "a2", "b1", "b2")
    await drain_inbox(store, handling)
    assert handling.done == ["b1", "b2"]
    handling.errors.clear()
    await drain_inbox(store, handling)
    assert handling.done == ["b1", "b2"], "its time has not come"
    clock.forward(300_000)
    await drain_inbox(store, handling)
    assert handling.done == ["b1", "b2", "a1", "a2"]


async def test_what_the_error_asked_for_is_never_undercut(store, clock):
    await arrive(store, "a1")
    await drain_inbox(store, Handling({"a1": Transient("not yet", retry_after=1_000)}))
    clock.forward(999_999)
    handling = Handling()
    await drain_inbox(store, handling)
    assert handling.done == []


async def test_the_outcome_is_written_beside_the_item(store):
    await arrive(store, "a1")
    await drain_inbox(store, lambda item, tx: Outcome("suppressed", "echo", "a@x"))
    found = await store.read(lambda conn: inbox.by_id(conn, 1))
    assert (found.state, found.reason) == ("suppressed", "echo")


async def test_a_batch_says_that_there_may_be_more(store):
    await arrive(store, *(f"a{n}" for n in range(BATCH + 1)))
    handling = Handling()
    assert [await drain_inbox(store, handling) for _ in range(3)] == [True, True, False]
    assert handling.done == [f"a{n}" for n in range(BATCH + 1)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_disk_that_fills_up_inside_a_handler_shunts_nothing(store):
    await arrive(store, "a1")

    def fills(item, tx):
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        inbox.add(tx, lane="z", kind="k", key="big", raw=b"x" * 1_000_000)
        return DONE

    with pytest.raises(Transient):
        await drain_inbox(store, fills)
    assert await states(store) == {"a1": "new"}


# -- big mails


BIG = b"x" * (QUICK + 1)
"""More than is read inside a transaction."""


@dataclass
class Readings:
    """Reads big mails by hand; what it reads is their number of bytes."""

    errors: dict[str, Exception] = field(default_factory=dict)
    read_in: list[str] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)

    async def read(self, item):
        self.read_in.append(item.key)
        if item.key in self.errors:
            raise self.errors[item.key]
        return len(item.raw)

    def handle(self, item, tx, read):
        self.done.append((item.key, read))
        return DONE


async def big_mails(store, *keys):
    def add_all(tx):
        for key in keys:
            inbox.add(tx, lane=key[0], kind="mail", key=key, raw=BIG)

    await store.write(add_all)


async def drained(store, handling, apart):
    while await drain_inbox(store, handling, apart=apart):
        pass


async def test_a_big_mail_is_handled_as_it_was_read_and_in_its_place(store):
    handling, readings = Handling(), Readings()
    apart = Apart(readings.read, readings.handle)
    await arrive(store, "a1")
    await big_mails(store, "a2")
    await arrive(store, "a3", "b1")
    await drained(store, handling, apart)
    assert (handling.done, readings.read_in) == (["a1", "b1"], [])
    assert await read_apart(store, apart)
    assert readings.done == [("a2", len(BIG))]
    await drained(store, handling, apart)
    assert handling.done == ["a1", "b1", "a3"]
    assert not await read_apart(store, apart)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Permanent("reading it took longer than 5 seconds"), "reading it took longer than 5"),
        (ValueError("a bug of the reader's"), "ValueError: Traceback"),
    ],
)
async def test_a_mail_that_cannot_be_read_is_set_aside_whole_and_its_lane_goes_on(
    store, error, reason
):
    handling, readings = Handling(), Readings({"a1": error})
    apart = Apart(readings.read, readings.handle)
    await big_mails(store, "a1")
    await arrive(store, "a2")
    await drained(store, handling, apart)
    await read_apart(store, apart)
    await drained(store, handling, apart)
    (item,) = await store.read(inbox.shunted)
    assert item.raw == BIG
    assert item.reason.startswith(reason)
    assert handling.done == ["a2"]


async def test_a_flood_of_poison_on_one_list_costs_another_at_most_one_reading(store):
    poison = [f"a{n}" for n in range(30)]
    too_long = Permanent("reading it took longer than 5 seconds")
    handling, readings = Handling(), Readings(dict.fromkeys(poison, too_long))
    apart = Apart(readings.read, readings.handle)
    await big_mails(store, *poison, "b1")
    await arrive(store, "b2", *(f"c{n}" for n in range(40)))
    await drained(store, handling, apart)
    assert len(handling.done) == 40, "lists without a big mail wait for no reading"
    for _ in range(2):
        await read_apart(store, apart)
        await drained(store, handling, apart)
    assert readings.read_in == ["a0", "b1"]
    assert handling.done[-1] == "b2"


async def test_a_reading_that_cannot_begin_is_begun_later_and_loses_nothing(store):
    handling, readings = Handling(), Readings({"a1": Transient("no process can be started")})
    apart = Apart(readings.read, readings.handle)
    await big_mails(store, "a1")
    await drained(store, handling, apart)
    with pytest.raises(Transient):
        await read_apart(store, apart)
    readings.errors.clear()
    await read_apart(store, apart)
    assert await states(store) == {"a1": "done"}


async def test_a_bridge_that_was_killed_while_it_read_reads_again(store):
    handling, readings = Handling(), Readings()
    await big_mails(store, "a1")
    await drained(store, handling, Apart(readings.read, readings.handle))
    another = Apart(readings.read, readings.handle)
    await drained(store, handling, another)
    await read_apart(store, another)
    assert readings.done == [("a1", len(BIG))]


async def test_of_two_bridges_that_read_one_mail_the_first_handles_it(store):
    handling, readings = Handling(), Readings()
    both = [Apart(readings.read, readings.handle) for _ in range(2)]
    await big_mails(store, "a1")
    for apart in both:
        await drained(store, handling, apart)
    for apart in both:
        assert await read_apart(store, apart)
        assert not apart.lanes
    assert readings.done == [("a1", len(BIG))]


async def test_a_reading_wakes_the_inbox_and_a_big_mail_the_reading(store):
    heard = []
    store.on_commit(heard.append)
    readings = Readings()
    apart = Apart(readings.read, readings.handle)
    await big_mails(store, "a1")
    await drained(store, Handling(), apart)
    await read_apart(store, apart)
    assert [one for one in heard if one] == [{"inbox"}, {"apart"}, {"inbox"}]


# -- bells and steps


async def test_a_ring_before_the_wait_is_not_lost_and_several_are_one():
    bell = Bell()
    bell.ring()
    bell.ring()
    await bell.wait(1_000)
    waiting = asyncio.ensure_future(bell.wait(1_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()
    await waiting


async def test_nobody_rings_and_the_wait_ends_all_the_same():
    await Bell().wait(0)


async def test_a_step_is_repeated_until_it_is_told_to_stop():
    stop, bell, runs = asyncio.Event(), Bell(), []

    async def step():
        runs.append(1)
        if len(runs) == 5:
            stop.set()
        bell.ring()
        return len(runs) < 3

    await repeat("test", step, stop=stop, bell=bell, idle=1_000)
    assert len(runs) == 5


async def test_a_step_that_time_heals_is_tried_again():
    stop, bell, runs = asyncio.Event(), Bell(), []

    async def step(why):
        runs.append(1)
        bell.ring()
        if len(runs) < 3:
            raise Transient(why)
        stop.set()
        return False

    with capture_logs() as said:
        locked = partial(step, "the database is locked")
        await repeat("inbox", locked, stop=stop, bell=bell, idle=1_000)
    assert len(runs) == 3
    assert [(one["event"], one["step"]) for one in said] == [("step_postponed", "inbox")] * 2


async def test_a_bug_of_the_loop_itself_ends_it():
    async def step():
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await repeat("test", step, stop=asyncio.Event(), bell=Bell(), idle=1_000)
