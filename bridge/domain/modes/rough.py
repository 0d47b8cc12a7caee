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
    waits = " While one is not, the close waits, up to the hard stop." if rule.hard_stop else ""
    return (
        f"Rough consensus. {call} the chair declares whether there is consensus; "
        f"each objection must have been answered before, with a link or a reason.{waits}{appeal}"
    )


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Adopt what the chair declared, if a final call followed the last objection's answer."""
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
    if is_answered_too_late(counts, rule):
        return Outcome.NO_DECISION, too_late(rule)
    return Outcome.ADOPTED, NOTHING_MISSING


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say whether the hard stop leaves time for a final call; open objections are asked before."""
    if counts.last_ended is None or rule.hard_stop is None:
        return True
    return counts.last_ended + rule.notice * 1000 <= rule.hard_stop


def is_answered_too_late(counts: Counts, rule: Rule) -> bool:
    """Say whether no final call ran from the last objection's end to the close (2.5, edge 47)."""
    return counts.last_ended is not None and counts.last_ended + rule.notice * 1000 > counts.at


def too_late(rule: Rule) -> str:
    """Return what is missing when an objection was answered too late."""
    return (
        f"No final call of {show_duration(rule.notice)} followed the last answer to an objection, "
        "as the hard stop came first."
    )
