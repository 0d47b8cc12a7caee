"""Rough consensus: the chair declares it, each objection answered; the chair can be appealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.domain.ballots import Outcome
from bridge.domain.deadlines import show_duration
from bridge.domain.modes.sentences import NOTHING_MISSING, so_many
from bridge.domain.rules import Rule
from bridge.domain.rulings import ADOPTING, LEVELS

if TYPE_CHECKING:
    from bridge.domain.counts import Counts


def explain(rule: Rule) -> str:
    """Return the rule in words."""
    appeal = (
        f" {rule.cosigners} members may appeal within {show_duration(rule.appeal)}."
        if rule.appeal
        else ""
    )
    call = f"After a final call of {show_duration(rule.final_call)}" if rule.final_call else "Then"
    return (
        f"Rough consensus. {call} the chair declares whether there is consensus; "
        "each objection must have been answered, with a link or a reason, by then."
        f"{appeal}"
    )


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Adopt what the chair declared, once no objection is unanswered."""
    del rule
    raised = counts.objections_open
    if raised:
        return Outcome.OBJECTED, (
            f"{so_many(raised, 'objection')} open: the chair must answer each, with a link or a "
            "reason."
        )
    if counts.level is None:
        return Outcome.NO_DECISION, "The chair has not declared whether there is consensus."
    if counts.level not in ADOPTING:
        return Outcome.NOT_ADOPTED, f"The chair declared {LEVELS[counts.level]}: no consensus."
    return Outcome.ADOPTED, NOTHING_MISSING


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say yes: what stands in the way is an open objection, and that is asked before."""
    del counts, rule
    return True
