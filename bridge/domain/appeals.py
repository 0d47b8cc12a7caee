"""Appeals against a declaration of rough consensus (spec 2.5): until when, by whom, how many.

An appeal is an act of the ledger after the close. It never is a position, and changes no result:
what it asks for is that the list hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.domain.acts import Act, order_key
from bridge.domain.rules import Rule
from bridge.domain.tally import Tally
from bridge.ids import Instant

APPEAL: Final = "appeal"
"""The position of an act that appeals; everybody's first one counts."""


def appeal_until(rule: Rule, counted: Tally, announced_at: Instant) -> Instant | None:
    """Return until when a declaration can be appealed (Unix ms), None for not at all.

    Args:
        rule: the ballot's.
        counted: its count; says whether anything was declared.
        announced_at: when the list had shown the result (Unix ms).
    """
    return None if counted.level is None else appealable_until(rule, announced_at)


def appealable_until(rule: Rule, announced_at: Instant) -> Instant | None:
    """Return until when what a chair declared by this rule can be appealed, None for not at all."""
    if rule.mode != "rough" or not rule.appeal:
        return None
    return Instant(announced_at + rule.appeal * 1000)


def appeals(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Return the appeals, the first of each person, in the order in which they were made."""
    first: dict[str, Act] = {}
    for act in sorted(acts, key=order_key):
        if act.position == APPEAL:
            first.setdefault(act.person_ref, act)
    return tuple(first.values())
