"""What it means for a ballot that the service was down for a while; pure (spec 2.9).

An outage is a stretch between two signs of life, from and to in Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.domain.ballots import Ballot
from bridge.domain.waiting import LATE_MS
from bridge.ids import Instant

Outage = tuple[Instant, Instant]

WORTH_ASKING_MS = 30 * 60 * 1000
"""Down for longer than this in the last quarter of the window, and the chair is asked to extend."""


def within(outages: Sequence[Outage], begin: Instant, end: Instant) -> tuple[Outage, ...]:
    """Return what of the outages lies between two instants, in order."""
    cut = ((max(one, begin), min(other, end)) for one, other in sorted(outages))
    return tuple((one, other) for one, other in cut if one < other)


def of_ballot(ballot: Ballot, outages: Sequence[Outage]) -> tuple[Outage, ...]:
    """Return the outages while a ballot was open."""
    if ballot.opened_at is None:
        return ()
    return within(outages, ballot.opened_at, ballot.closed_at or ballot.deadline.instant)


def is_worth_extending(ballot: Ballot, outages: Sequence[Outage]) -> bool:
    """Say whether we were down for more than 30 minutes in the last quarter of the window."""
    if ballot.opened_at is None:
        return False
    deadline = ballot.deadline.instant
    begin = Instant(deadline - (deadline - ballot.opened_at) // 4)
    down = within(outages, begin, deadline)
    return sum(end - begin for begin, end in down) > WORTH_ASKING_MS


def was_behind(ballot: Ballot, outages: Sequence[Outage], seen_at: Instant | None) -> bool:
    """Say whether we did not see the deadline pass: down at that instant, or unable to read.

    Args:
        ballot: closed, or past its deadline.
        outages: all that are known.
        seen_at: when the reading that closed it began; now, if none has yet.
    """
    deadline = ballot.closed_at or ballot.deadline.instant
    if any(begin < deadline <= end for begin, end in outages):
        return True
    in_time_until = deadline + ballot.rule.grace_chat * 1000 + LATE_MS
    return (seen_at or 0) > in_time_until
