"""Sign-on: names confirmed by the deadline go into the published copy; nothing is adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.domain.ballots import Outcome
from bridge.domain.modes.sentences import count
from bridge.domain.rules import Rule

if TYPE_CHECKING:
    from bridge.domain.counts import Counts


def explain(rule: Rule) -> str:
    """Return the rule in words."""
    del rule
    return (
        "Sign-on. The names of all who sign by the deadline are published with the text; "
        "later ones are listed as such. Nothing is decided by numbers."
    )


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Count the names."""
    del rule
    return Outcome.COUNTED, f"{count(counts.endorse, 'name')} so far; nothing is missing."


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say yes: everybody may still sign."""
    del counts, rule
    return True
