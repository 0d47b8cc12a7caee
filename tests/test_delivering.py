"""The outbox's loop: one bad letter holds nobody up, and what leaves leaves once and in order."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from bridge import delivering
from bridge.delivering import MOST_FAILURES_ALONE, Deliverer, describe
from bridge.delivery.errand import NotDue
from bridge.errors import Permanent, Transient
from bridge.events import DONE
from bridge.ids import Instant
from bridge.letters import ECHO_WAIT_MS
from bridge.loops import Bell, drain_inbox
from bridge.store import inbox, outbox
from bridge.store.books import outbox_counts
from bridge.store.database import Store
from bridge.store.outbox import Letter


@dataclass
class Port:
    """A destination by hand: what it is asked waits until it is answered, unless it is quick.

    Attributes:
        errors: by key, the errors of the next tries.
        tries: every request in its order, with when an earlier try had begun.
        hold: keys whose request waits until ``go`` is called.
    """

    errors: dict[str, list[Exception]] = field(default_factory=dict)
    tries: list[tuple[str, Instant | None]] = field(default_factory=list)
    hold: dict[str, asyncio.Event] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)
    most_at_once: int = 0

    @property
    def tried(self):
        return [key for key, _ in self.tries]

    async def carry(self, key, tried_at):
        self.tries.append((key, tried_at))
        self.under_way.add(key)
        self.most_at_once = max(self.most_at_once, len(self.under_way))
        try:
            if key in self.hold:
                await self.hold[key].wait()
            if self.errors.get(key):
                raise self.errors[key].pop(0)
            return f"${key}"
        finally:
            self.under_way.discard(key)


@dataclass
class KeyErrand:
    key: str
    recorded: list[str]

    async def carry(self, port, tried_at):
        return await port.carry(self.key, tried_at)

    def record(self, tx, remote_id):
        self.recorded.append(remote_id)


@dataclass
class Road:
    """A deliverer under test, its port, and its bell."""

    deliverer: Deliverer
    port: Port
    bell: Bell
    recorded: list[str]

    async def until(self, is_so):
        """Let it run until something is so."""
        async with asyncio.timeout(10):
            while not is_so():
                self.bell.ring()
                await asyncio.sleep(0)

    async def until_state(self, key, state):
        async with asyncio.timeout(10):
            while (await self.item(key)).state != state:
                self.bell.ring()

    async def settled(self):
        """Let it run until nothing is due and nothing is under way."""
        deliverer = self.deliverer
        async with asyncio.timeout(10):
            while await deliverer.store.write(self._has_work):
                self.bell.ring()

    def _has_work(self, tx):
        now, one = self.deliverer.clock(), self.deliverer
        may = one.breaker.probed().allows(now, one.lanes)
        under_way = one._busy or outbox_counts(tx.conn).get((one.destination, "sending"))
        return bool(under_way or (may and outbox.heads(tx.conn, one.destination, now, may)))

    async def item(self, key):
        return await self.deliverer.store.read(lambda conn: outbox.by_key(conn, key))


def deliverer_of(store, clock, *, lanes=16, ahead=0):
    return Deliverer(
        destination="matrix",
        port=Port(),
        prepare=lambda tx, item: KeyErrand(item.letter.key, []),
        store=store,
        clock=clock,
        lanes=lanes,
        ahead=ahead,
    )


@asynccontextmanager
async def on_the_road(
    store, clock, *, destination="matrix", lanes=16, ahead=0, port=None, prepare=None
):
    """Run a deliverer; at the end let what is in flight end."""
    port, bell, stop, recorded = port or Port(), Bell(), asyncio.Event(), []
    deliverer = Deliverer(
        destination=destination,
        port=port,
        prepare=prepare or (lambda tx, item: KeyErrand(item.letter.key, recorded)),
        store=store,
        clock=clock,
        lanes=lanes,
        ahead=ahead,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(deliverer.run(stop, bell))
        yield Road(deliverer, port, bell, recorded)
        stop.set()
        bell.ring()
        for event in port.hold.values():
            event.set()


async def queue(store, *keys, destination="matrix", **changes):
    """Queue letters named LANE NUMBER, such as ``a1``."""

    def add_all(tx):
        for key in keys:
            outbox.add(tx, Letter(destination, key[0], "say", key, {}, **changes))

    await store.write(add_all)


LOST = Transient("the answer was lost", outcome_unknown=True)
DOWN = Transient("no connection")


async def test_letters_of_a_lane_leave_in_order_one_at_a_time(store, clock):
    await queue(store, "a1", "a2", "a3")
    async with on_the_road(store, clock) as road:
        await road.until_state("a3", "sent")
    assert road.port.tried == ["a1", "a2", "a3"]
    assert road.port.most_at_once == 1
    assert road.recorded == ["$a1", "$a2", "$a3"]


async def test_lanes_run_side_by_side(store, clock):
    port = Port(hold={"a1": asyncio.Event(), "b1": asyncio.Event()})
    await queue(store, "a1", "a2", "b1", "b2")
    async with on_the_road(store, clock, port=port) as road:
        await road.until(lambda: port.under_way == {"a1", "b1"})
        port.hold["b1"].set()
        await road.until_state("b2", "sent")
        assert (await road.item("a1")).state == "sending"
        assert port.tried == ["a1", "b1", "b2"]


async def test_no_more_lanes_than_allowed_are_in_flight(store, clock):
    port = Port(hold={f"{lane}1": asyncio.Event() for lane in "abcd"})
    await queue(store, *port.hold)
    async with on_the_road(store, clock, lanes=2, port=port) as road:
        await road.until(lambda: len(port.under_way) == 2)
        for event in port.hold.values():
            event.set()
        await road.until_state("d1", "sent")
    assert port.most_at_once == 2


async def test_sending_is_durable_before_the_request_leaves(store, clock):
    port = Port(hold={"a1": asyncio.Event()})
    await queue(store, "a1")
    async with on_the_road(store, clock, port=port) as road:
        await road.until(lambda: port.under_way == {"a1"})
        assert (await road.item("a1")).state == "sending"


@pytest.mark.parametrize("error", [Permanent("M_TOO_LARGE"), ValueError("a bug")])
async def test_a_poison_letter_is_shunted_and_its_lane_goes_on(store, clock, error):
    await queue(store, "a1", "a2")
    async with on_the_road(store, clock, port=Port({"a1": [error]})) as road:
        await road.until_state("a2", "sent")
        item = await road.item("a1")
    assert item.state == "shunted"
    assert item.reason.rstrip().endswith(str(error))


async def test_a_letter_that_cannot_be_prepared_is_shunted_and_its_lane_goes_on(store, clock):
    def prepare(tx, item):
        if item.letter.key == "a1":
            raise KeyError("message_id")
        return KeyErrand(item.letter.key, [])

    await queue(store, "a1", "a2")
    async with on_the_road(store, clock, prepare=prepare) as road:
        await road.until_state("a2", "sent")
        assert (await road.item("a1")).state == "shunted"


async def test_what_time_heals_holds_its_own_lane_only(store, clock):
    await queue(store, "a1", "a2", "b1", "b2")
    async with on_the_road(store, clock, port=Port({"a1": [DOWN]})) as road:
        await road.until_state("b2", "sent")
        await road.settled()
        item = await road.item("a1")
        assert (item.state, item.attempts, item.reason) == ("pending", 1, "no connection")
        assert "a2" not in road.port.tried
        clock.forward(2_000)
        await road.until_state("a2", "sent")
    assert [key for key in road.port.tried if key[0] == "a"] == ["a1", "a1", "a2"]


async def test_what_fails_alone_says_nothing_about_the_destination(store, clock):
    alone, tries = Transient("this one's server is silent", alone=True), 40
    await queue(store, "a1", *(f"b{number}" for number in range(tries)))
    async with on_the_road(store, clock, port=Port({"a1": [alone] * tries})) as road:
        for number in range(tries):
            await road.until_state(f"b{number}", "sent")
            await road.settled()
            clock.forward(300_000)
            road.bell.ring()
        await road.until_state("a1", "sent")
        assert not road.deliverer.breaker.is_open


async def test_a_letter_that_never_arrived_is_not_taken_for_tried(store, clock):
    await queue(store, "a1")
    async with on_the_road(store, clock, port=Port({"a1": [DOWN]})) as road:
        await road.until_state("a1", "pending")
        await road.settled()
        clock.forward(2_000)
        await road.until_state("a1", "sent")
    assert road.port.tries == [("a1", None), ("a1", None)]


async def test_a_lost_answer_is_remembered_with_when_the_try_began(store, clock):
    began = clock()
    await queue(store, "a1")
    async with on_the_road(store, clock, port=Port({"a1": [LOST, DOWN]})) as road:
        await road.until_state("a1", "unknown")
        for _ in range(2):
            await road.settled()
            clock.forward(300_000)
        await road.until_state("a1", "sent")
    assert road.port.tries == [("a1", None), ("a1", began), ("a1", began)]


async def test_an_expired_letter_never_leaves_and_its_lane_goes_on(store, clock):
    await queue(store, "a1", expires_at=Instant(clock() - 1))
    await queue(store, "a2", expires_at=clock())
    async with on_the_road(store, clock) as road:
        await road.until_state("a2", "sent")
        assert (await road.item("a1")).state == "expired"
    assert road.port.tried == ["a2"]


async def test_a_letter_that_expires_between_two_tries_does_not_leave_again(store, clock):
    await queue(store, "a1", expires_at=Instant(clock() + 1_000))
    async with on_the_road(store, clock, port=Port({"a1": [DOWN]})) as road:
        await road.until(lambda: road.port.tried == ["a1"])
        await road.settled()
        clock.forward(2_001)
        await road.until_state("a1", "expired")
    assert road.port.tried == ["a1"]


async def test_a_letter_that_is_not_due_is_looked_at_again_and_counts_no_try(store, clock):
    answers = [NotDue("the room does not exist yet"), KeyErrand("a1", [])]
    await queue(store, "a1")
    async with on_the_road(store, clock, prepare=lambda tx, item: answers.pop(0)) as road:
        await road.until(lambda: len(answers) == 1)
        await road.settled()
        item = await road.item("a1")
        assert (item.attempts, item.reason) == (0, "the room does not exist yet")
        clock.forward(2_000)
        await road.until_state("a1", "sent")


async def test_a_shunted_root_lets_its_replies_go(store, clock):
    await queue(store, "a1")
    await queue(store, "b1", needs="a1")
    async with on_the_road(store, clock, port=Port({"a1": [Permanent("no")]})) as road:
        await road.until_state("b1", "sent")
    assert road.port.tried == ["a1", "b1"]


async def test_a_mail_of_unknown_outcome_waits_for_its_echo_before_it_is_sent_again(store, clock):
    await queue(store, "a1", destination="mail")
    port = Port({"a1": [LOST]})
    async with on_the_road(store, clock, destination="mail", port=port) as road:
        await road.until_state("a1", "unknown")
        clock.forward(ECHO_WAIT_MS - 1)
        await road.settled()
        assert port.tried == ["a1"]
        clock.forward(1)
        await road.until_state("a1", "sent")
    assert port.tried == ["a1", "a1"]


async def test_a_mail_whose_echo_came_is_not_sent_again(store, clock):
    await queue(store, "a1", destination="mail")
    port = Port({"a1": [LOST]})
    async with on_the_road(store, clock, destination="mail", port=port) as road:
        await road.until_state("a1", "unknown")
        await store.write(lambda tx: outbox.settle_by_proof(tx, "a1", "the list's copy"))
        clock.forward(ECHO_WAIT_MS)
        await road.settled()
    assert port.tried == ["a1"]


async def test_a_mail_whose_echo_came_before_its_answer_was_lost_is_not_sent_again(store, clock):
    await queue(store, "a1", destination="mail")
    port = Port({"a1": [LOST]}, hold={"a1": asyncio.Event()})
    async with on_the_road(store, clock, destination="mail", port=port) as road:
        await road.until(lambda: port.under_way == {"a1"})
        await store.write(lambda tx: outbox.settle_by_proof(tx, "a1", "the list's copy"))
        port.hold.pop("a1").set()
        await road.until(lambda: not port.under_way)
        await road.settled()
        clock.forward(ECHO_WAIT_MS)
        await road.settled()
    assert port.tried == ["a1"]


async def test_a_destination_that_is_down_is_tried_once_a_pause_and_drains_in_order(store, clock):
    keys = [f"{lane}{n}" for lane in "abcdefgh" for n in (1, 2)]
    port = Port({key: [DOWN] * 20 for key in keys})
    await queue(store, *keys)
    async with on_the_road(store, clock, port=port) as road:
        await road.until(lambda: road.deliverer.breaker.is_open)
        await road.settled()
        burst = len(port.tries)
        assert burst == 8
        assert describe([road.deliverer]) == {"matrix": True}
        clock.value = road.deliverer.breaker.retry_at
        await road.until(lambda: len(port.tries) > burst)
        await road.settled()
        assert len(port.tries) == burst + 1
        port.errors.clear()
        clock.forward(300_000)
        await road.until_state("h2", "sent")
        await road.settled()
    assert describe([road.deliverer]) == {"matrix": False}
    last = {key: n for n, key in enumerate(port.tried)}
    assert all(last[f"{lane}1"] < last[f"{lane}2"] for lane in "abcdefgh")


async def test_an_outage_costs_few_connections_however_many_lanes_wait(store, clock):
    """An hour here; the arithmetic of 72 hours is in test_retry."""
    random.seed(72)
    keys = [f"{chr(0x4E00 + n)}1" for n in range(60)]
    port = Port({key: [DOWN] * 1_000 for key in keys})
    await queue(store, *keys)
    end = clock() + 3_600_000
    async with on_the_road(store, clock, port=port) as road:
        await road.settled()
        while clock() < end:
            clock.value = max(clock() + 1, road.deliverer.breaker.retry_at)
            await road.settled()
    assert 20 < len(port.tries) <= 60


async def test_stopping_lets_what_is_in_flight_end(store, clock):
    port = Port(hold={"a1": asyncio.Event()})
    await queue(store, "a1", "a2")
    async with on_the_road(store, clock, port=port) as road:
        await road.until(lambda: port.under_way == {"a1"})
    assert (await road.item("a1")).state == "sent"
    assert port.tried == ["a1"]


async def test_a_cancelled_request_stays_sending_and_is_looked_at_after_the_restart(store, clock):
    port = Port(hold={"a1": asyncio.Event()})
    await queue(store, "a1")
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as limit, on_the_road(store, clock, port=port) as road:
            await road.until(lambda: port.under_way == {"a1"})
            limit.reschedule(0)
            await asyncio.Event().wait()
    assert (await road.item("a1")).state == "sending"
    restart = partial(outbox.take_over, living=(), mail_due_at=clock())
    assert await store.write(restart) == 1


# -- what must not happen a second time, or for ever


@dataclass
class Stubborn:
    """A store that cannot write for a while, from the moment it is told so."""

    store: Store
    refusals: int = 0

    async def write(self, run):
        if self.refusals:
            self.refusals -= 1
            raise Transient("the database cannot write now")
        return await self.store.write(run)

    async def read(self, run):
        return await self.store.read(run)


async def test_what_arrived_is_written_down_as_soon_as_the_database_can(store, clock, monkeypatch):
    monkeypatch.setattr("bridge.delivering.WRITE_AGAIN_SECONDS", 0)
    stubborn, port = Stubborn(store), Port(hold={"a1": asyncio.Event()})
    await queue(store, "a1", destination="mail")
    async with on_the_road(stubborn, clock, destination="mail", port=port) as road:
        await road.until(lambda: port.under_way == {"a1"})
        stubborn.refusals = 3
        port.hold.pop("a1").set()
        await road.until_state("a1", "sent")
        await road.settled()
    assert port.tried == ["a1"]


@dataclass
class Forgetful:
    """A store whose answers get lost, though what they answer was committed."""

    store: Store
    lost: int = 0

    async def write(self, run):
        value = await self.store.write(run)
        if self.lost:
            self.lost -= 1
            raise Transient("the connection was lost in mid-commit")
        return value

    async def read(self, run):
        return await self.store.read(run)


@pytest.mark.parametrize("destination", ["matrix", "mail"])
async def test_what_a_commit_marked_whose_answer_was_lost_leaves_all_the_same(
    store, clock, destination, monkeypatch
):
    monkeypatch.setattr("bridge.delivering.WRITE_AGAIN_SECONDS", 0)
    forgetful, port = Forgetful(store), Port(hold={"z1": asyncio.Event()})
    await queue(store, "z1", destination=destination)
    async with on_the_road(forgetful, clock, destination=destination, port=port) as road:
        await road.until(lambda: port.under_way == {"z1"})
        await queue(store, "a1", "b1", "a2", destination=destination)
        forgetful.lost = 1
        road.bell.ring()
        await road.until(lambda: not forgetful.lost)
        # Nobody knows of a mail whether it has left: its echo is waited for.
        road.bell.ring()
        await road.until_state("a1", "unknown" if destination == "mail" else "sent")
        assert (await road.item("z1")).state == "sending"
        clock.value += ECHO_WAIT_MS
        road.bell.ring()
        await road.until_state("a2", "sent")
        await road.until_state("b1", "sent")
    assert sorted(port.tried) == ["a1", "a2", "b1", "z1"]


async def test_lanes_that_cannot_leave_take_no_places_of_those_that_can(store, clock):
    def prepare(tx, item):
        if item.letter.key != "z1":
            return NotDue("the room is closed", wait_ms=1)
        return KeyErrand("z1", [])

    await queue(store, *(f"{lane}1" for lane in "abcdefghijk"), "z1")
    async with on_the_road(store, clock, lanes=2, prepare=prepare) as road:
        await road.until_state("z1", "sent")


def holding(*keys):
    return Port(hold={key: asyncio.Event() for key in keys})


async def test_what_a_handler_queues_is_taken_before_the_drain_is_over(store, clock):
    def handle(item, tx):
        outbox.add(tx, Letter("matrix", "a", "say", "a1", {}))
        return DONE

    await store.write(lambda tx: inbox.add(tx, lane="x", kind="k", key="x1", raw=b""))
    deliverer, launched = deliverer_of(store, clock), []
    deliverer._launch = launched.append
    await drain_inbox(store, handle, look=deliverer.look)
    assert [ready.item.letter.key for ready in launched] == ["a1"]


async def test_letters_ahead_are_marked_but_leave_one_at_a_time(store, clock):
    port = holding("a1")
    await queue(store, "a1", "b1", "c1", "d1")
    async with on_the_road(store, clock, lanes=1, ahead=2, port=port) as road:
        await road.until_state("c1", "sending")
        states = [(await road.item(key)).state for key in ("a1", "b1", "c1", "d1")]
        assert (states, port.tried) == (["sending"] * 3 + ["pending"], ["a1"])
        port.hold["a1"].set()
        await road.until_state("d1", "sent")
    assert port.most_at_once == 1
    assert sorted(port.tried) == ["a1", "b1", "c1", "d1"]


async def test_letters_are_taken_ahead_several_at_a_time(store, clock):
    keys, taken = [f"{lane}1" for lane in "abcdefghijklmnopq"], []
    deliverer = deliverer_of(store, clock, lanes=1, ahead=8)
    deliverer._launch = taken.append
    await queue(store, *keys)
    await deliverer.look()
    assert len(taken) == 9
    for number, ready in enumerate(taken[:4], 1):
        del deliverer._busy[ready.item.id]
        await deliverer.look()
        assert len(taken) == (9 if number < 4 else 13)


async def test_a_lane_s_next_letter_is_never_taken_ahead(store, clock):
    port = holding("a1")
    await queue(store, "a1", "a2", "b1")
    async with on_the_road(store, clock, lanes=1, ahead=2, port=port) as road:
        await road.until_state("b1", "sending")
        assert (await road.item("a2")).state == "pending"
        port.hold["a1"].set()
        await road.until_state("a2", "sent")
    assert port.tried.index("a1") < port.tried.index("a2")


async def test_nothing_is_taken_ahead_while_the_destination_is_taken_for_down(store, clock):
    await queue(store, *(f"{lane}1" for lane in "abcdefgh"))
    port = Port({f"{lane}1": [DOWN] * 3 for lane in "abcdefgh"})
    async with on_the_road(store, clock, lanes=5, ahead=2, port=port) as road:
        await road.until(lambda: road.deliverer.breaker.is_open)
        await road.settled()
        tried = len(port.tries)
        clock.forward(300_000)
        await road.until(lambda: len(port.tries) > tried)
        await road.settled()
        assert len(port.tries) == tried + 1


async def test_what_a_look_has_marked_leaves_although_it_was_told_to_stop(store, clock):
    await queue(store, "a1")
    looks = []
    async with on_the_road(store, clock) as road:
        await road.until_state("a1", "sent")
        await queue(store, "b1")
        looks.append(asyncio.ensure_future(road.deliverer.look()))
        await asyncio.sleep(0)
    await looks[0]
    assert (await road.item("b1")).state == "sent"


async def test_nothing_is_taken_when_nobody_runs(store, clock):
    await queue(store, "a1")
    async with on_the_road(store, clock) as road:
        pass
    await queue(store, "b1")
    assert not await road.deliverer.look()
    assert (await road.item("b1")).state == "pending"


async def test_a_letter_that_fails_while_others_get_through_is_shunted_at_last(store, clock):
    port = Port({"a1": [Transient("500", outcome_unknown=True)] * 100})
    await queue(store, "a1", "a2")
    async with on_the_road(store, clock, port=port) as road:
        for number in range(MOST_FAILURES_ALONE + 2):
            await road.settled()
            await queue(store, f"b{number}")
            await road.until_state(f"b{number}", "sent")
            clock.forward(300_000)
        await road.until_state("a2", "sent")
        item = await road.item("a1")
    assert (item.state, item.reason) == (
        "shunted",
        "it failed 20 times while others got through: 500",
    )


async def test_no_outage_makes_a_letter_give_up(store, clock):
    port = Port({"a1": [DOWN] * 50})
    await queue(store, "a1")
    async with on_the_road(store, clock, port=port) as road:
        for _ in range(60):
            await road.settled()
            clock.forward(300_000)
        await road.until_state("a1", "sent")
    assert len(port.tries) == 51


async def test_patience_ends_and_whoever_cares_is_told(store, clock):
    told = []
    await queue(store, "a1")
    await queue(store, "b1", expires_at=Instant(clock() - 1))
    async with on_the_road(store, clock, port=Port({"a1": [DOWN] * 9})) as road:
        road.deliverer.patience_ms = 1_000_000
        road.deliverer.abandoned = lambda tx, item, state: told.append((item.letter.key, state))
        for _ in range(6):
            await road.settled()
            clock.forward(300_000)
        await road.until_state("a1", "shunted")
    assert sorted(told) == [("a1", "shunted"), ("b1", "expired")]


async def test_a_letter_that_can_never_leave_is_shunted_in_words(store, clock):
    def prepare(tx, item):
        raise Permanent("what it stands on was set aside")

    await queue(store, "a1")
    async with on_the_road(store, clock, prepare=prepare) as road:
        await road.until_state("a1", "shunted")
        assert (await road.item("a1")).reason == "what it stands on was set aside"


@dataclass
class FillingDisk:
    """A store whose next writes fail, when told so."""

    store: Store
    failures: int = 0

    async def write(self, run):
        if self.failures:
            self.failures -= 1
            raise Transient("the database cannot write now: disk is full")
        return await self.store.write(run)

    async def read(self, run):
        return await self.store.read(run)


@pytest.mark.parametrize(
    ("error", "state"),
    [(None, "sent"), (DOWN, "pending"), (Permanent("no"), "shunted"), (ValueError(), "shunted")],
    ids=["sent", "down", "refused", "a bug"],
)
async def test_what_came_of_a_letter_is_written_down_when_the_disk_has_room_again(
    store, clock, monkeypatch, error, state
):
    monkeypatch.setattr(delivering, "WRITE_AGAIN_SECONDS", 0)
    disk, port = FillingDisk(store), Port({"a1": [error] if error else []})
    port.hold["a1"] = asyncio.Event()
    await queue(store, "a1", destination="mail")
    async with on_the_road(disk, clock, destination="mail", port=port) as road:
        await road.until(lambda: port.under_way == {"a1"})
        disk.failures = 3
        port.hold.pop("a1").set()
        await road.until_state("a1", state)
    assert port.tried == ["a1"]
