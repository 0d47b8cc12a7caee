"""Sense check: what most people think, never binding, always with its base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.domain.ballots import Outcome
from bridge.domain.rules import Rule

if TYPE_CHECKING:
    from bridge.domain.counts import Counts


def explain(rule: Rule) -> str:
    """Return the rule in words."""
    del rule
    return (
        "Sense check. It asks what members think, binds nobody and adopts nothing; the numbers "
        "are told with how many were asked."
    )


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Count the answers, and say of how many."""
    del rule
    return Outcome.COUNTED, f"{counts.answered} of {counts.base} who count have answered."


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say no: there is nothing to pass, so there is no final call."""
    del counts, rule
    return False
