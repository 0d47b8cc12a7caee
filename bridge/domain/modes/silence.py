"""Lazy consensus: adopted when nobody objects and somebody besides the proposer has read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.domain.ballots import Outcome
from bridge.domain.deadlines import show_duration
from bridge.domain.modes.sentences import NOTHING_MISSING, count, so_many
from bridge.domain.rules import Rule

if TYPE_CHECKING:
    from bridge.domain.counts import Counts


def explain(rule: Rule) -> str:
    """Return the rule in words."""
    support = (
        f" and at least {count(rule.k, 'member')} other than the proposer"
        f" {'says' if rule.k == 1 else 'say'} yes"
        if rule.k
        else ""
    )
    if rule.strict:
        return (
            f"Silence procedure, strict. If nobody objects by the deadline{support}, we endorse. "
            "The first objection ends the procedure at once and for good: we do not endorse then."
        )
    return (
        f"Silence procedure. If nobody objects by the deadline{support}, we endorse. "
        "If anyone objects, we do not endorse by silence."
    )


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Break the silence at an open objection, ask for support otherwise."""
    if rule.strict and counts.broken is not None:
        return Outcome.OBJECTED, "The first objection broke the silence; the procedure ended then."
    raised = counts.objections_open
    if raised:
        return Outcome.OBJECTED, (
            f"{so_many(raised, 'objection')} open. "
            f"While {'it is' if raised == 1 else 'they are'}, we do not endorse by silence."
        )
    if is_lifted_too_late(counts, rule):
        return Outcome.OBJECTED, (
            "An objection was lifted so late that no "
            f"{show_duration(rule.after_lifting)} were left before the hard stop."
        )
    if counts.hold:
        asked = "1 member asks" if counts.hold == 1 else f"{counts.hold} members ask"
        return Outcome.NOT_ADOPTED, f"{asked} for more time."
    if counts.support < rule.k:
        return Outcome.TOO_FEW, (
            f"A yes from someone other than the proposer: have {counts.support}, need {rule.k}."
        )
    return Outcome.ADOPTED, NOTHING_MISSING


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say yes: any member may still say yes, and silence is no obstacle."""
    if rule.strict and counts.broken is not None:
        return False
    return not is_lifted_too_late(counts, rule)


def is_lifted_too_late(counts: Counts, rule: Rule) -> bool:
    """Say whether the hard stop leaves others no time after the last lifting (2.2)."""
    if rule.hard_stop is None or counts.last_ended is None:
        return False
    return counts.last_ended + rule.after_lifting * 1000 > rule.hard_stop
