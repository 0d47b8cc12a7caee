"""The modes of a ballot, one module each: how it is decided, and how that is said (spec 2.5).

Each mode explains itself in one sentence, and says in one sentence what is still missing. Both
are functions of frozen values; nothing here knows who voted how, only how many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridge.domain.ballots import Outcome
from bridge.domain.modes import rough, sense, signon, silence, threshold
from bridge.domain.modes.sentences import NOBODY
from bridge.domain.positions import Position
from bridge.domain.rules import Rule

if TYPE_CHECKING:
    from bridge.domain.counts import Counts

ALL: Final = frozenset(Position)


@dataclass(frozen=True, slots=True)
class ModeRules:
    """What a mode is.

    Attributes:
        name: what people call it.
        explain: the rule in one sentence, the same in command, call and result.
        decide: the outcome of a count, and in one sentence what is missing for adoption.
        could_pass: whether those who are silent could still bring it about; a final call waits
            for that.
        positions: what a member can answer.
    """

    name: str
    explain: Callable[[Rule], str]
    decide: Callable[[Counts, Rule], tuple[Outcome, str]]
    could_pass: Callable[[Counts, Rule], bool]
    positions: frozenset[Position] = ALL


MODES: Final[Mapping[str, ModeRules]] = {
    "silence": ModeRules("silence procedure", silence.explain, silence.decide, silence.could_pass),
    "threshold": ModeRules(
        "quorum and threshold", threshold.explain, threshold.decide, threshold.could_pass
    ),
    "rough": ModeRules("rough consensus", rough.explain, rough.decide, rough.could_pass),
    "signon": ModeRules(
        "sign-on",
        signon.explain,
        signon.decide,
        signon.could_pass,
        frozenset({Position.ENDORSE, Position.WITHDRAW}),
    ),
    "sense": ModeRules(
        "sense check",
        sense.explain,
        sense.decide,
        sense.could_pass,
        ALL - {Position.HOLD},
    ),
}
"""Mode -> its rules."""


def explain(rule: Rule) -> str:
    """Return the rule in words."""
    return MODES[rule.mode].explain(rule)


def decide(counts: Counts, rule: Rule) -> tuple[Outcome, str]:
    """Return the outcome of a count, and what is missing in one sentence."""
    if rule.decides and counts.base == 0:
        return Outcome.NOT_ADOPTED, NOBODY
    return MODES[rule.mode].decide(counts, rule)


def could_pass(counts: Counts, rule: Rule) -> bool:
    """Say whether no objection stands in the way and the rule could still be met."""
    if counts.in_the_way(rule):
        return False
    return MODES[rule.mode].could_pass(counts, rule)


def positions_of(rule: Rule) -> frozenset[Position]:
    """Return what a member can answer under a rule."""
    return MODES[rule.mode].positions - (frozenset() if rule.hold else {Position.HOLD})
