"""Quorum and threshold, in integers and fractions; an open objection may block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.domain.ballots import Outcome
from bridge.domain.modes.sentences import NOTHING_MISSING, count, so_many
from bridge.domain.rules import Rule

if TYPE_CHECKING:
    from bridge.domain.counts import Counts


def explain(rule: Rule) -> str:
    """Return the rule in words."""
    if rule.quorum is None:
        quorum = ""
    elif isinstance(rule.quorum, int):
        answer = "answers" if rule.quorum == 1 else "answer"
        quorum = f"at least {count(rule.quorum, 'member')} {answer} and "
    elif rule.quorum == 1:
        quorum = "all members who count answer and "
    else:
        quorum = f"at least {rule.quorum} of the members who count answer and "
    block = " An open objection blocks it." if rule.blocking else ""
    return (
        f"Quorum and threshold. We endorse if {quorum}{_share(rule)} "
        f"of those who say yes or no say yes.{block}"
    )


def needed(rule: Rule) -> str:
    """Return the share of yes that is needed; "1 of those" would read as one person."""
    return "all of them" if rule.threshold == 1 else _share(rule)


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Ask for the quorum first, then for the share of yes."""
    quorum = rule.quorum_of(counts.base)
    if counts.answered < quorum:
        return Outcome.NOT_QUORATE, f"Answers: have {counts.answered}, the quorum needs {quorum}."
    if not rule.is_carried(counts.yes, counts.object):
        return Outcome.NOT_ADOPTED, (
            f"Yes: {counts.yes} of {counts.yes + counts.object} who said yes or no; "
            f"needed is {needed(rule)}."
        )
    if in_the_way := counts.in_the_way(rule):
        return Outcome.OBJECTED, f"{so_many(len(in_the_way), 'objection')} open."
    return Outcome.ADOPTED, NOTHING_MISSING


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say whether it would pass if everybody who has not answered said yes."""
    waiting = counts.silent + counts.hold + counts.reserve_without_words
    hopeful = replace(
        counts, endorse=counts.endorse + waiting, silent=0, hold=0, reserve_without_words=0
    )
    return decide(hopeful, rule)[0] is Outcome.ADOPTED


def _share(rule: Rule) -> str:
    if rule.threshold == 1:
        return "all"
    return f"{'at least' if rule.comparison == 'at_least' else 'more than'} {rule.threshold}"
