"""Failpoints: named places around every durable step, where a test lets the bridge fail.

``reach(name)`` looks into a dictionary that is empty, and that is all it does in production: no
option of the configuration fills it. A test arms a fault in its own process, or for a bridge
that it starts with the hidden ``seconded run --fail-at NAME=KIND``.

The dictionary is the one global of this program, on purpose: handed in as an argument, a thing
that only tests use would run through every signature on the road of a mail.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

Fault = Callable[[], None]

POINTS: Final[Mapping[str, str]] = {
    "start.noted": "the start is written, not committed",
    "start.committed": "what was in flight at the last end is unknown now; nothing listens yet",
    "arrival.offered": "a mail was read from its connection; nothing of it is stored",
    "arrival.stored": "its row is written, not committed",
    "arrival.committed": "it is durable; its sender has no 250 yet",
    "events.pushed": "a transaction was read; nothing of it is stored",
    "events.stored": "its rows are written, not committed",
    "events.committed": "they are durable; the homeserver has no 200 yet",
    "ask.stored": "a command line's wish is written, not committed",
    "ask.committed": "the wish is durable; its answer is not awaited yet",
    "drain.claimed": "a batch was read from the inbox; nothing is handled",
    "mail.parsing": "a mail that is not big is about to be parsed inside the transaction",
    "drain.handled": "an item's handler is done; its savepoint stands",
    "drain.settled": "the item is settled, not committed",
    "drain.finished": "the whole batch is handled, not committed",
    "drain.committed": "the batch is durable; nobody was woken yet",
    "apart.read": "a big mail was read by a process of its own; nothing is handled",
    "apart.committed": "it is handled and durable; its lane waits still",
    "take.resolved": "a letter's names are resolved; it is not marked",
    "take.marked": "it is marked as sending, not committed",
    "take.committed": "sending is durable; no request has left",
    "matrix.carrying": "the request is about to be made",
    "matrix.looked_up": "an old unknown outcome was looked up in the room",
    "matrix.ghost_stands": "the author's ghost stands in the room; its event is not sent",
    "matrix.room_made": "the room exists at the homeserver; whose it is was not read",
    "matrix.bot_named": "it is ours and shows our name; the store knows nothing of it",
    "matrix.pins_read": "what is pinned was read; nothing is changed",
    "matrix.joined": "the bot stands in the operators' room; nothing is said",
    "matrix.carried": "the homeserver has answered; nothing is written",
    "matrix.recorded": "what came of it is written, not committed",
    "matrix.committed": "what came of it is durable; its lane is busy still",
    "mail.carrying": "a mail of ours is about to be handed over",
    "mail.carried": "our mail server has answered; nothing is written",
    "mail.recorded": "what came of it is written, not committed",
    "mail.committed": "what came of it is durable; its lane is busy still",
    "names.carrying": "the DNS is about to be asked about an author",
    "names.carried": "it has answered, and what it proves is known; nothing is written",
    "names.recorded": "what speaks for the author is written, not committed",
    "names.committed": "it is durable",
    "sent.marked": "a letter is marked as sent; what it became is not recorded",
    "postponed.marked": "a failed letter is put back, not committed",
    "tick.due": "what became due stands in the inbox, not committed",
    "tick.committed": "it is durable",
    "watch.queued": "alerts are queued, not committed",
    "watch.committed": "they are durable",
    "sweep.begun": "a card is about to be read",
    "sweep.annotations_read": "its reactions were read, its thread was not",
    "sweep.read": "all was read; nothing is noted",
    "sweep.noted": "what it shows stands in the inbox, not committed",
    "sweep.committed": "it is durable",
    "room.read": "a room's state was read; nothing is noted",
    "room.noted": "it is written, not committed",
    "room.committed": "it is durable",
    "file.read": "a file was taken out of its mail; no request has left",
    "file.uploaded": "the homeserver has the file; its address is not written",
    "backup.copied": "the database is copied; the copy has no name yet",
    "backup.named": "the copy has its name",
    "migrate.step": "one step of several is done, not committed; the next is not begun",
    "migrate.upgraded": "every step is done, not committed",
    "migrate.committed": "the new schema is durable",
}
"""Each place, and what has happened there and what has not."""

EXIT_STATUS: Final = 70
"""With which a bridge ends that was told to end at a failpoint (EX_SOFTWARE)."""
HANG_SECONDS: Final = 70.0
"""Longer than any request and any acceptance of a mail may take."""

_armed: dict[str, Fault] = {}


def reach(name: str) -> None:
    """Say that execution is here; does nothing unless a test has armed a fault for it."""
    fault = _armed.get(name)
    if fault is not None:
        fault()


@contextmanager
def armed(faults: Mapping[str, Fault]) -> Iterator[None]:
    """Arm faults for the time of a test.

    Raises:
        KeyError: there is no such place.
    """
    for name, fault in faults.items():
        _armed[_known(name)] = fault
    try:
        yield
    finally:
        for name in faults:
            _armed.pop(name, None)


class Injected(RuntimeError):  # noqa: N818 - it stands for any bug, and says where it was put
    """What nobody foresaw; raised by a failpoint, as a bug would be."""


def arm(order: str) -> None:
    """Arm a fault for good, as ``--fail-at`` says it: ``NAME=KIND`` or ``NAME=KIND@N``.

    Args:
        order: the place, ``exit``, ``exception`` or ``hang``, and at which time there.

    Raises:
        ValueError: no such place or kind, or the number is none.
    """
    name, _, what = order.partition("=")
    kind, _, number = what.partition("@")
    if name not in POINTS or kind not in KINDS:
        raise ValueError(f"{order!r} is not NAME=KIND; kinds are {', '.join(KINDS)}")
    _armed[name] = at_time(int(number or "1"), KINDS[kind])


def at_time(number: int, fault: Fault) -> Fault:
    """Return a fault that happens at one time a place is reached, and never again."""
    times = itertools.count(1)

    def fall() -> None:
        if next(times) == number:
            fault()

    return fall


def _known(name: str) -> str:
    POINTS[name]
    return name


def _exit() -> None:
    os._exit(EXIT_STATUS)


def _raise() -> None:
    raise Injected("a failpoint was armed here")


def _hang() -> None:
    time.sleep(HANG_SECONDS)


KINDS: Final[Mapping[str, Fault]] = {"exit": _exit, "exception": _raise, "hang": _hang}
"""What can happen at a place in a process of its own."""
