"""What moves an open ballot between OPEN and its FINAL CALL; pure (spec 2.2).

A final call begins a while before the deadline, and only while no objection is open and the
rule could still be met; an objection ends it. The clock goes on all the while.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from bridge.domain.ballots import Ballot, State, Trigger
from bridge.domain.counts import EVER, Counts, Raised, is_blocking
from bridge.domain.deadlines import closing_instant, is_as_written
from bridge.domain.modes import could_pass
from bridge.domain.rules import Rule
from bridge.ids import Instant


def is_blocked(ballot: Ballot, counted: Counts) -> bool:
    """Say whether the ballot has the flag BLOCKED: an open objection stands in its way."""
    return bool(counted.in_the_way(ballot.rule))


def may_move(ballot: Ballot, now: Instant) -> bool:
    """Say whether a count could move the ballot now; before that none is needed."""
    begins = ballot.deadline.instant - ballot.rule.final_call * 1000
    is_due = ballot.state is State.OPEN and ballot.rule.final_call > 0 and now >= begins
    return is_due or ballot.state is State.FINAL_CALL


def next_trigger(ballot: Ballot, counted: Counts, now: Instant) -> Trigger | None:
    """Return what moves the ballot now, None when it stays where it is.

    Args:
        ballot: in whatever state.
        counted: its count of this instant.
        now: Unix ms.
    """
    if not may_move(ballot, now):
        return None
    if ballot.state is State.FINAL_CALL:
        return Trigger.OBJECTION if is_blocked(ballot, counted) else None
    return Trigger.FINAL_CALL if could_pass(counted, ballot.rule) else None


def may_be_prolonged(ballot: Ballot) -> bool:
    """Say whether a lifting could ever move the close; else nothing need be counted for it."""
    return ballot.rule.blocks or (ballot.rule.decides and bool(ballot.earlier))


def waits_for_the_chair(ballot: Ballot, counted: Counts) -> bool:
    """Say whether the deadline has come with an objection that the chair can still answer (2.2).

    Only a rough consensus waits: elsewhere none but the objector lifts an objection.
    """
    stop = ballot.rule.hard_stop
    is_due = stop is not None and ballot.deadline.instant < min(counted.at, stop)
    return is_due and ballot.rule.mode == "rough" and is_blocked(ballot, counted)


def is_lifted_too_late(rule: Rule, counted: Counts) -> bool:
    """Say whether nothing is open, but the hard stop leaves others no time after the last lifting.

    Then nothing can be adopted any more, as nothing is extended beyond the hard stop (2.2).
    """
    is_over = rule.mode in {"silence", "rough"} and not counted.objections_open
    if not is_over or rule.hard_stop is None or counted.last_ended is None:
        return False
    return counted.last_ended + rule.notice * 1000 > rule.hard_stop


def closes(ballot: Ballot, counted: Counts) -> Instant:
    """Return when the ballot closes: its deadline, or later after an objection was lifted.

    Where the chair answers objections, an open one moves the close as often as it is reached.
    Whoever lifts the last one, others must have time to read that; never beyond the hard stop. A
    lifting that left another one open ended nothing, and what the chair sets aside after the
    close lifts an objection: both move nothing.
    """
    at = ballot.deadline.instant
    if waits_for_the_chair(ballot, counted):
        return _later(ballot, at)
    blocking = (one for one in counted.raised if is_blocking(one, ballot.rule))
    for lifted_at, learnt_at in _last_lifted(blocking):
        # It was lifted by its own clock, but posted when we had it: clocks may lie.
        if lifted_at <= at:
            at = max(at, _later(ballot, learnt_at))
    return at


def moved_by(ballot: Ballot, counted: Counts) -> Instant | None:
    """Return when the objection was lifted whose lifting moved the close to where it was, or None.

    A close at the hard stop may have been there from the beginning, so nothing is said of it.
    """
    if is_as_written(ballot.deadline):
        return None
    blocking = (one for one in counted.raised if is_blocking(one, ballot.rule))
    for lifted_at, learnt_at in _last_lifted(blocking):
        if learnt_at + ballot.rule.notice * 1000 == ballot.closed_at:
            return lifted_at
    return None


def _last_lifted(raised: Iterable[Raised]) -> Iterator[tuple[Instant, Instant]]:
    """Yield when no objection was left, and when we learnt of it, in the order of the liftings."""
    every = sorted(raised, key=lambda one: one.raised_at)
    begins = [one.raised_at for one in every]
    ends = [EVER if one.lifted_at is None else one.lifted_at for one in every]
    # Until when something stands in the way, of all that was raised so far.
    until = list(accumulate(ends, max))
    for lifted_at, learnt_at in sorted(zip(ends, (one.learnt_at for one in every), strict=True)):
        raised_before = bisect_right(begins, lifted_at)
        if lifted_at < EVER and (not raised_before or until[raised_before - 1] <= lifted_at):
            yield lifted_at, learnt_at


def _later(ballot: Ballot, since: Instant) -> Instant:
    """Return when people have had the time after an instant that the rule gives them."""
    return closing_instant(
        ballot.deadline,
        lifted_at=since,
        after_lifting=ballot.rule.notice,
        hard_stop=ballot.rule.hard_stop,
    )
