"""Each outage is told to operators within five minutes, by a way that works (P24).

The clock is moved by hand, a minute at a time, as the watch looks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from fault_book import ALERTED, OPERATORS, operators_room
from playbook import Playbook
from playbook_cast import CHAIR, CLOSES_AT, Mail

from bridge.errors import Permanent, SecondedError, Transient
from bridge.events import Outcome
from bridge.store.database import Tx
from bridge.store.inbox import InboxItem

MINUTE = 60_000
GRACE = 10 * MINUTE
NEWS = Mail("News.1", "Something happened.\n")


def told_in_room(book: Playbook) -> str:
    bodies = [one["content"].get("body", "") for one in book.homeserver.rooms[OPERATORS].timeline]
    return _on_one_line("\n".join(bodies))


def told_by_mail(book: Playbook) -> str:
    mails = [one for one in book.smtp.delivered if one.recipients == ("operators@example.org",)]
    return _on_one_line("\n".join(one.raw.decode() for one in mails))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def told(book: Playbook) -> str:
    return told_in_room(book) + told_by_mail(book)


async def a_minute_passes(book: Playbook) -> None:
    try:
        await book.later(minutes=1)
    except Transient:
        # In life each loop is tried again by itself; here one that fails ends the round.
        await book.bridge._watch()


@pytest.fixture
async def watched(begin) -> Playbook:
    """A bridge with an open ballot, whose operators have a room and an address."""
    book = await begin(changes=ALERTED)
    book.homeserver.rooms.setdefault(OPERATORS, operators_room(book))
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    for _ in range(2):
        await a_minute_passes(book)
    assert (book.has_card, told(book)) == (True, "")
    return book


# -- what can go wrong


async def homeserver_down(book: Playbook, _patch: pytest.MonkeyPatch) -> None:
    book.homeserver.is_down = True


async def mail_server_down(book: Playbook, _patch: pytest.MonkeyPatch) -> None:
    book.smtp.is_down = True
    await book.chairs('withdraw 1 reason="Another text."')


async def database_locked(book: Playbook, patch: pytest.MonkeyPatch) -> None:
    async def refuse(_run: object) -> None:
        raise Transient("the database cannot write now: database is locked")

    patch.setattr(book.store, "write", refuse)


async def lane_stuck(book: Playbook, patch: pytest.MonkeyPatch) -> None:
    async def nothing() -> bool:
        return False

    # Its note would wait behind the mail, and in a playbook without pauses be made for ever.
    patch.setattr(book, "_sweep", nothing)
    await _failing(book, patch, Transient("not now"))


async def item_shunted(book: Playbook, patch: pytest.MonkeyPatch) -> None:
    await _failing(book, patch, Permanent("a bug"))


async def _failing(book: Playbook, patch: pytest.MonkeyPatch, error: SecondedError) -> None:
    """Post a mail that no handler can handle."""
    handle = book._handle

    def fail(item: InboxItem, tx: Tx) -> Outcome:
        if item.kind == "mail":
            raise error
        return handle(item, tx)

    patch.setattr(book, "_handle", fail)
    await book.post(NEWS)


async def sweep_failing(book: Playbook, patch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise Permanent("M_FORBIDDEN: you are not in the room")

    patch.setattr(book.homeserver, "annotations", refuse)


async def ballot_not_closed(book: Playbook, patch: pytest.MonkeyPatch) -> None:
    await book.at(CLOSES_AT + GRACE - MINUTE)
    assert "b/1" not in told(book)
    await sweep_failing(book, patch)
    await book.at(CLOSES_AT + GRACE)


async def disk_nearly_full(_book: Playbook, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bridge.watching.is_nearly_full", lambda _place: True)


async def clocks_apart(book: Playbook, _patch: pytest.MonkeyPatch) -> None:
    book.homeserver.ahead_ms = 20_000


Outage = Callable[[Playbook, pytest.MonkeyPatch], Awaitable[None]]
OUTAGES: list[tuple[Outage, str]] = [
    (homeserver_down, "The homeserver has been down"),
    (mail_server_down, "The mail server has been down"),
    (database_locked, "Nothing could be written to the database"),
    (lane_stuck, "Something that came in has waited"),
    (item_shunted, "were set aside because a human must look"),
    (sweep_failing, "The answers to an open ballot were last read anew"),
    (ballot_not_closed, "b/1 is past its deadline and could not be counted"),
    (disk_nearly_full, "disk is nearly full"),
    (clocks_apart, "seconds behind the homeserver's"),
]


@pytest.mark.parametrize(("outage", "words"), OUTAGES, ids=lambda one: getattr(one, "__name__", ""))
async def test_an_outage_is_told_within_five_minutes_and_once(watched, monkeypatch, outage, words):
    assert words not in told(watched)
    await outage(watched, monkeypatch)
    for _ in range(5):
        await a_minute_passes(watched)
    assert words in told(watched)
    in_room, by_mail = (told_in_room(watched).count(words), told_by_mail(watched).count(words))
    for _ in range(3):
        await a_minute_passes(watched)
    assert (told_in_room(watched).count(words), told_by_mail(watched).count(words)) == (
        in_room,
        by_mail,
    )
