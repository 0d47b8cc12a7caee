"""The loop that empties the outbox: each letter leaves once, in the order of its lane.

Marked ``sending`` in one commit, carried, and written down in another. This is one of the
places with a catch-all: what nobody foresaw sets one letter aside and never stops a loop.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from bridge.delivery.errand import Abandoned, Errand, NotDue, Prepare, nobody_cares
from bridge.errors import Permanent, Transient
from bridge.failpoints import reach
from bridge.ids import Instant
from bridge.letters import ECHO_WAIT_MS
from bridge.loops import Bell, repeat
from bridge.places import Places
from bridge.ports import Clock
from bridge.retry import Breaker, delay_ms
from bridge.store import outbox
from bridge.store.database import Store, Tx
from bridge.store.outbox import OutboxItem
from bridge.store.presence import ALONE
from bridge.store.restored import Restored
from bridge.store.savepoints import Savepoint

log = structlog.get_logger()
LOOKS_IN_ONE_COMMIT = 20
WRITE_AGAIN_SECONDS = 0.5
MOST_FAILURES_ALONE = 20
"""How often a letter may fail, each time after another got through, before a human must look."""
NEVER_MS = 2**62
Port = TypeVar("Port")


@dataclass(frozen=True, slots=True)
class _Ready(Generic[Port]):
    item: OutboxItem
    errand: Errand[Port]


@dataclass(slots=True)
class Deliverer(Generic[Port]):
    """Delivers one destination's letters: one in flight a lane, so many lanes side by side.

    Attributes:
        abandoned: is told, in the same transaction, of a letter that will not leave by itself.
        patience_ms: how long after its first try a letter is given up, however often it failed.
        worker: the number of this process among those that share the database.
        restored: set when the database is a copy; what it takes for unsent may have left.
        ahead: letters beyond ``lanes`` that are marked ``sending`` and wait for a free place, so
            that no request waits for a commit. After a crash they are of unknown outcome, which
            an event does not mind and a mail does.
    """

    destination: str
    port: Port
    prepare: Prepare
    store: Store
    clock: Clock
    lanes: int
    abandoned: Abandoned = nobody_cares
    patience_ms: int = NEVER_MS
    worker: Callable[[], int] = lambda: ALONE
    restored: Restored | None = None
    ahead: int = 0
    breaker: Breaker = field(default_factory=Breaker)
    _places: Places = field(init=False)
    _busy: dict[int, str] = field(default_factory=dict)
    _unwritten: set[int] = field(default_factory=set)
    _asked_for: int = 0
    _is_in_doubt: bool = False
    _all_taken: asyncio.Event = field(default_factory=asyncio.Event)
    _launch: Callable[[_Ready[Port]], object] | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _arrived: int = 0
    _alone: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the places."""
        self._places = Places(self.lanes)

    async def run(self, stop: asyncio.Event, bell: Bell) -> None:
        """Deliver until told to stop, then let what is in flight end."""
        self._stop = stop
        async with asyncio.TaskGroup() as group:
            self._launch = lambda ready: group.create_task(self._deliver(ready, bell))
            await repeat(self.destination, self.look, stop=stop, bell=bell, idle=1.0)
            self._launch = None
            # What somebody's last look has marked ``sending`` must still leave.
            if self._asked_for:
                await self._all_taken.wait()

    async def look(self) -> bool:
        """Take what may leave now and start it; nothing before ``run`` and after the stop.

        It may be called while an earlier call still waits for its commit: places that one has
        asked for are not asked for twice.

        Raises:
            Transient: the database cannot write now; nothing was taken.
        """
        launch, free = self._launch, self._free()
        if launch is None or self._stop.is_set() or not free:
            return False
        self._asked_for += free
        self._all_taken.clear()
        self.breaker, taken = self.breaker.probing(), list[_Ready[Port]]()
        try:
            taken = await self._take(free)
            for ready in taken:
                self._busy[ready.item.id] = ready.item.letter.lane
                launch(ready)
        except Transient:
            # Its commit may stand although its answer did not come.
            self._is_in_doubt = True
            raise
        finally:
            if not taken:
                self.breaker = self.breaker.probed()
            self._asked_for -= free
            if not self._asked_for:
                self._all_taken.set()
        return False

    def _free(self) -> int:
        """Return how many letters may be taken now; none ahead while the breaker is open.

        A look costs much the same for one letter as for many. So while half of those taken ahead
        still wait for a place, no more are taken.
        """
        allowed = self.breaker.allows(self.clock(), self.lanes)
        ahead = self.ahead if allowed == self.lanes else 0
        free = allowed + ahead - len(self._busy) - self._asked_for
        return free if free >= max(1, ahead // 2) else 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let what else is asked of this destination tell the breaker that it does not answer.

        Meanwhile it is the one probe of an open breaker: whoever enters was allowed to just now.

        Raises:
            Transient: as it came.
        """
        self.breaker = self.breaker.probing()
        try:
            yield
        except Transient as error:
            self.breaker = self.breaker.failed(self.clock(), random.random(), error.retry_after)
            raise
        finally:
            self.breaker = self.breaker.probed()

    async def _take(self, free: int) -> list[_Ready[Port]]:
        """Mark the heads of free lanes ``sending`` in one commit and return them, resolved."""
        busy = tuple(self._busy.values())
        under_way = self._busy.keys() | self._unwritten
        # What another look has marked and not launched yet is not forgotten.
        is_in_doubt = self._is_in_doubt and self._asked_for == free
        self._is_in_doubt = self._is_in_doubt and not is_in_doubt

        def take(tx: Tx) -> list[_Ready[Port]]:
            if is_in_doubt:
                self._take_back(tx, under_way)
            found: list[_Ready[Port]] = []
            # Those that cannot leave yet must not take the places of those that can.
            for _ in range(LOOKS_IN_ONE_COMMIT):
                heads = outbox.heads(tx.conn, self.destination, tx.now, free - len(found), busy)
                found += [one for item in heads if (one := self._resolve(tx, item)) is not None]
                if not heads or len(found) == free:
                    break
            return found

        taken = await self.store.write(take)
        reach("take.committed")
        return taken

    def _take_back(self, tx: Tx, under_way: Collection[int]) -> None:
        due_at = Instant(tx.now + ECHO_WAIT_MS)
        lost = outbox.take_back(tx, self.destination, self.worker(), under_way, mail_due_at=due_at)
        if lost:
            log.warning("outcomes_unknown", letters=lost)

    def _resolve(self, tx: Tx, item: OutboxItem) -> _Ready[Port] | None:
        expires = item.letter.expires_at
        if expires is not None and tx.now > expires:
            outbox.mark_failed(tx, item.id, state="expired", reason="its instant has passed")
            self.abandoned(tx, item, "expired")
            log.warning("letter_expired", key=item.letter.key)
            return None
        savepoint = Savepoint(tx.conn)
        try:
            errand = self.prepare(tx, item)
            reach("take.resolved")
            savepoint.commit()
        except Permanent as error:
            savepoint.rollback()
            self._shunt(tx, item, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - set aside, with its trace
            savepoint.rollback()
            self._shunt(tx, item, f"{type(error).__name__}: {traceback.format_exc()}")
            return None
        if isinstance(errand, NotDue):
            outbox.put_back(tx, item, Instant(tx.now + errand.wait_ms), errand.reason)
            return None
        outbox.mark_sending(tx, item, self.worker())
        reach("take.marked")
        return _Ready(item, errand)

    async def _deliver(self, ready: _Ready[Port], bell: Bell) -> None:
        """Carry a letter when there is a place for it, write down what came of it, and look on."""
        item = ready.item
        try:
            try:
                async with self._places.place(item.letter.room):
                    outcome = await self._carry(ready)
                # The lane's next is taken in the commit that settles this one.
                self._unwritten.add(item.id)
                self._busy.pop(item.id, None)
                await self._write_and_look(outcome)
            except Exception as error:  # noqa: BLE001 - set aside, with its trace
                trace = f"{type(error).__name__}: {traceback.format_exc()}"
                await self._write(partial(self._shunt, item=item, reason=trace))
        finally:
            self._busy.pop(item.id, None)
            self._unwritten.discard(item.id)
            self.breaker = self.breaker.probed()
            bell.ring()

    async def _write_and_look(self, outcome: Callable[[Tx], None]) -> None:
        """Write an outcome down and take what may leave next, in one commit if both can be."""
        wrote, looked = await asyncio.gather(
            self._write(outcome), self.look(), return_exceptions=True
        )
        if isinstance(wrote, BaseException):
            raise wrote
        # A look that found the database locked is repeated by the loop, which the bell wakes.
        if isinstance(looked, BaseException) and not isinstance(looked, Transient):
            raise looked

    async def _carry(self, ready: _Ready[Port]) -> Callable[[Tx], None]:
        """Make the request and return how to write down what came of it."""
        item, started = ready.item, self.clock()
        reach(f"{self.destination}.carrying")
        try:
            remote_id = await ready.errand.carry(self.port, self._tried_at(item))
        except Transient as error:
            return self._later(item, error)
        except Permanent as error:
            return partial(self._shunt, item=item, reason=str(error))
        reach(f"{self.destination}.carried")
        self.breaker = self.breaker.succeeded()
        self._arrived += 1
        self._alone.pop(item.id, None)
        took = self.clock() - started
        log.info("letter_delivered", key=item.letter.key, remote=remote_id, took_ms=took)
        return partial(self._sent, ready=ready, remote_id=remote_id)

    def _tried_at(self, item: OutboxItem) -> Instant | None:
        """Return since when a letter may have arrived, None when it surely has not."""
        if self.restored is not None and self.restored.may_have_left(item.created_at):
            return min(self.restored.copied_at, item.first_try_at or self.restored.copied_at)
        return item.first_try_at if item.was_tried else None

    async def _write(self, outcome: Callable[[Tx], None]) -> None:
        """Write down what came of a request, however long the database cannot.

        The request was made: to forget that would be to make it again. The letter stays
        ``sending`` meanwhile, so that a crash leaves it for the next start to look at.
        """

        def write(tx: Tx) -> None:
            outcome(tx)
            reach(f"{self.destination}.recorded")

        while True:
            try:
                await self.store.write(write)
                return reach(f"{self.destination}.committed")
            except Transient as error:
                log.warning("outcome_not_written", reason=str(error))
                await asyncio.sleep(WRITE_AGAIN_SECONDS)

    @staticmethod
    def _sent(tx: Tx, ready: _Ready[Port], remote_id: str) -> None:
        outbox.mark_sent(tx, ready.item.id, remote_id)
        reach("sent.marked")
        ready.errand.record(tx, remote_id)

    def _later(self, item: OutboxItem, error: Transient) -> Callable[[Tx], None]:
        given_up = None if error.alone else self._why_given_up(item)
        if given_up is not None:
            return partial(self._shunt, item=item, reason=f"{given_up}: {error}")
        wait = delay_ms(item.attempts + 1, random.random(), error.retry_after)
        if error.outcome_unknown and self.destination == "mail":
            wait = max(wait, ECHO_WAIT_MS)
        state = "unknown" if error.outcome_unknown or item.was_tried else "pending"
        due_at, reason = Instant(self.clock() + wait), str(error)
        if not error.alone:
            self.breaker = self.breaker.failed(self.clock(), random.random(), error.retry_after)
        log.warning("letter_postponed", key=item.letter.key, wait_ms=wait, reason=reason)

        def put_back(tx: Tx) -> None:
            outbox.mark_failed(tx, item.id, state=state, reason=reason, due_at=due_at)
            reach("postponed.marked")

        return put_back

    def _why_given_up(self, item: OutboxItem) -> str | None:
        """Return why time will not heal a letter, None while it may.

        A destination that is down fails every letter; a letter that fails again and again while
        others get through is itself the reason (a homeserver answers 500 to some contents).
        """
        if item.first_try_at is not None and self.clock() - item.first_try_at > self.patience_ms:
            return f"given up {self.patience_ms // 3_600_000} hours after the first try"
        times, arrived = self._alone.get(item.id, (0, self._arrived))
        times += self._arrived > arrived
        self._alone[item.id] = (times, self._arrived)
        if times < MOST_FAILURES_ALONE:
            return None
        return f"it failed {times} times while others got through"

    def _shunt(self, tx: Tx, item: OutboxItem, reason: str) -> None:
        self._alone.pop(item.id, None)
        outbox.mark_failed(tx, item.id, state="shunted", reason=reason)
        self.abandoned(tx, item, "shunted")
        log.error("item_shunted", queue="outbox", key=item.letter.key, reason=reason[:200])


def describe(deliverers: list[Deliverer[Any]]) -> dict[str, bool]:
    """Return which destinations are taken for down."""
    return {one.destination: one.breaker.is_open for one in deliverers}
