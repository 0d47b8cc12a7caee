"""The loops that keep the bridge going, and the one that drains the inbox.

Each is a step that is repeated until the stop event, woken by commits. This is one of the
places with a catch-all: what nobody foresaw sets one item aside and never stops a loop.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable

import structlog

from bridge.apart import Apart
from bridge.errors import Permanent, Transient
from bridge.events import Outcome
from bridge.failpoints import reach
from bridge.ids import Instant
from bridge.mail.limits import QUICK
from bridge.retry import delay_ms
from bridge.store import inbox
from bridge.store.database import Store, Tx
from bridge.store.inbox import InboxItem
from bridge.store.savepoints import Savepoint

log = structlog.get_logger()
BATCH = 20
"""Items handled in one commit, at most. There is one writer: while it handles them, no mail that
arrives can be stored, hence acknowledged; so a batch ends early, but not before
``LEAST_IN_ONE_COMMIT``, when somebody waits for it. A long one is also much to do again for a
bridge that is killed (measured with 200)."""
LEAST_IN_ONE_COMMIT = 5
Handle = Callable[[InboxItem, Tx], Outcome]


class Bell:
    """Wakes a loop; rings are never lost, several are one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits, now or next."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Wait for a ring, at most so long."""
        if not self._event.is_set():
            by_then = asyncio.get_running_loop().call_later(seconds, self._event.set)
            try:
                await self._event.wait()
            finally:
                by_then.cancel()
        self._event.clear()


async def repeat(
    name: str,
    step: Callable[[], Awaitable[bool]],
    *,
    stop: asyncio.Event,
    bell: Bell,
    idle: float,
) -> None:
    """Run a step again and again; it says whether there is more to do at once.

    A step that time may heal (the database is locked, the disk is full) is tried again; anything
    else it raises is a bug of the loop itself and ends the program with its traceback.
    """
    failures = 0
    while not stop.is_set():
        try:
            more = await step()
            failures = 0
        except Transient as error:
            failures += 1
            log.warning("step_postponed", step=name, reason=str(error))
            await bell.wait(delay_ms(failures, random.random()) / 1000)
            continue
        if not more:
            await bell.wait(idle)


async def drain_inbox(
    store: Store,
    handle: Handle,
    *,
    look: Callable[[], Awaitable[object]] | None = None,
    apart: Apart | None = None,
) -> bool:
    """Handle the next batch in one commit, a savepoint each; True when there may be more.

    Args:
        store: where the inbox is.
        handle: what is done about an item.
        look: a deliverer's; its transaction shares the commit, so that what handlers have queued
            is on its way after one sync instead of two.
        apart: is told of mails too big to be read here; their lanes wait, the others go on.
    """
    passing_over = apart.lanes if apart else ()
    quick = QUICK if apart else None

    def drain(tx: Tx) -> list[InboxItem]:
        items = inbox.claim(tx.conn, tx.now, BATCH, quick=quick, passing_over=passing_over)
        reach("drain.claimed")
        blocked: set[str] = set()
        small = [item for item in items if not item.is_big]
        for done, item in enumerate(small, 1):
            if item.lane not in blocked and not _handle_one(tx, item, handle):
                blocked.add(item.lane)
            if done >= LEAST_IN_ONE_COMMIT and store.is_waited_for:
                break
        reach("drain.finished")
        return items

    if look is None:
        items = await store.write(drain)
    else:
        items, _ = await asyncio.gather(store.write(drain), look())
    reach("drain.committed")
    big = [item for item in items if item.is_big]
    if apart and big:
        apart.wait_for(big)
        store.wake(frozenset({"apart"}))
    return bool(items)


async def read_apart(store: Store, apart: Apart) -> bool:
    """Read the next big mail beside all transactions and handle it in one of its own.

    Raises:
        Transient: it cannot be read now, or what it says not be written; its lane waits.
    """
    number = apart.next()
    if number is None:
        return False
    item = await store.read(lambda conn: inbox.by_id(conn, number))
    if item is not None and item.state == "new":
        handle_it = await _read_one(item, apart)
        reach("apart.read")

        def settle(tx: Tx) -> None:
            if inbox.lease(tx.conn, item.id):
                _handle_one(tx, item, handle_it)

        await store.write(settle)
        reach("apart.committed")
    apart.go_on(number)
    store.wake(frozenset({"inbox"}))
    return True


async def _read_one(item: InboxItem, apart: Apart) -> Handle:
    """Return how to handle a mail that was read, or could not be: then it is set aside."""
    try:
        post = await apart.read(item)
    except Transient:
        raise
    except Exception as error:  # noqa: BLE001 - raised again where items are set aside
        failure = error

        def fail(_item: InboxItem, _tx: Tx) -> Outcome:
            raise failure

        return fail
    return lambda item, tx: apart.handle(item, tx, post)


def _handle_one(tx: Tx, item: InboxItem, handle: Handle) -> bool:
    """Handle one item; False when its lane must wait."""
    savepoint = Savepoint(tx.conn)
    try:
        outcome = handle(item, tx)
        reach("drain.handled")
        savepoint.commit()
    except Transient as error:
        savepoint.rollback()
        wait = delay_ms(item.attempts + 1, random.random(), error.retry_after)
        inbox.retry_later(tx, item.id, Instant(tx.now + wait), str(error))
        return False
    except Permanent as error:
        savepoint.rollback()
        inbox.settle(tx, item.id, Outcome("shunted", str(error)))
        log.error("item_shunted", queue="inbox", item=item.id, reason=str(error))  # noqa: TRY400
        return True
    except Exception as error:  # noqa: BLE001 - set aside, with its trace
        savepoint.rollback()
        trace = f"{type(error).__name__}: {traceback.format_exc()}"
        inbox.settle(tx, item.id, Outcome("shunted", trace))
        log.error("item_shunted", queue="inbox", item=item.id, error=type(error).__name__)  # noqa: TRY400
        return True
    inbox.settle(tx, item.id, outcome)
    reach("drain.settled")
    _log_handled(item, outcome)
    return True


def _log_handled(item: InboxItem, outcome: Outcome) -> None:
    """One line for each mail and each event that did something; our own echoes are many.

    What follows the colon of a reason is a stranger's words, and may be an address.
    """
    write = log.debug if (item.kind, outcome.state) == ("matrix", "suppressed") else log.info
    why = (outcome.reason or "").partition(":")[0] or None
    write("item_handled", kind=item.kind, item=item.id, state=outcome.state, why=why)
