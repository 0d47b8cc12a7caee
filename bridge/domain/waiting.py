"""What a ballot waits for by the clock alone; pure."""

from __future__ import annotations

from bridge.domain.appeals import appealable_until
from bridge.domain.ballots import Ballot, State
from bridge.ids import Instant

FINAL_CALL = "final_call"
CONFIRM = "confirm"
RED_LINE = "red_line"
OUTAGE = "outage"
BY_TWO_CLOCKS = frozenset({CONFIRM, RED_LINE})
"""What cannot be undone: it waits until the homeserver's clock says so, too, like a close."""
DAY_MS = 24 * 60 * 60 * 1000
READ_FOR_MS = 30 * DAY_MS
"""For how long after its result a card is still read for late answers the homeserver lost."""
LATE_MS = 30 * 60 * 1000
"""A ballot that closes later than this after its deadline was closed by a bridge that was down."""


def confirmed_from(ballot: Ballot, swept_at: Instant | None) -> Instant:
    """Return from when the chair's time to confirm runs: the closing instant.

    After an outage it runs from the sweep that closed the ballot, or no chair could say a word.

    Args:
        ballot: a closed one.
        swept_at: when the sweep that closed it began (Unix ms), None when unknown.
    """
    assert ballot.closed_at is not None
    in_time_until = ballot.closed_at + ballot.rule.grace_chat * 1000 + LATE_MS
    if swept_at is not None and swept_at > in_time_until:
        return swept_at
    return ballot.closed_at


def due_now(
    ballot: Ballot, now: Instant, *, swept_at: Instant | None = None
) -> tuple[tuple[str, Instant], ...]:
    """Return what has become due, each with the instant it was due at (Unix ms).

    The deadline is not here: a ballot closes after a sweep, never by the clock.
    """
    rule = ballot.rule
    waits: list[tuple[str, int]] = []
    if ballot.state is State.COMMENT and ballot.comments_until is not None:
        waits.append((RED_LINE, ballot.comments_until))
    if ballot.state is State.OPEN and rule.final_call:
        waits.append((FINAL_CALL, ballot.deadline.instant - rule.final_call * 1000))
    if ballot.state is State.CLOSED and rule.confirm and ballot.closed_at is not None:
        waits.append((CONFIRM, confirmed_from(ballot, swept_at) + rule.confirm * 1000))
    return tuple((what, Instant(at)) for what, at in waits if now >= at)


def next_look(
    ballot: Ballot, now: Instant, *, every_ms: int, announced_at: Instant | None
) -> Instant | None:
    """Return when the card of a ballot that is over is read again; None for never again.

    What is given after the close can still matter: a name taken off before the list is published,
    an appeal, an answer for the late register.

    Args:
        ballot: one that does not count any more.
        now: when it was read (Unix ms).
        every_ms: how often while something can still be decided; later it is once a day.
        announced_at: when the list had shown the result (Unix ms), None when it has not.
    """
    if ballot.state is State.CLOSED:
        return Instant(now + every_ms)
    if ballot.state is not State.ANNOUNCED or announced_at is None:
        return None
    until = appealable_until(ballot.rule, announced_at)
    if until is not None and now < until:
        return Instant(min(now + every_ms, until))
    tomorrow = Instant(now + DAY_MS)
    return tomorrow if tomorrow <= announced_at + READ_FOR_MS else None
