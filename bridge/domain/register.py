"""Who stands on a sign-on list after its publication: signed late, or withdrawn (spec 2.6).

The published result stays as it is. The register is read from the same ledger with what came
late taken as if it had come in time, so that it follows the rules of every other position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bridge.domain.acts import REMOVED, Act, Verdict, order_key
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.standing import standings
from bridge.ids import Instant

_FOR_EVER: Final = Instant(2**62)
_LEAVING: Final = frozenset({REMOVED, Position.WITHDRAW.value})


@dataclass(frozen=True, slots=True)
class Moved:
    """What changed on the list between two looks, in the order in which it was done.

    Attributes:
        signed: the acts of those whose name is new.
        withdrawn: the acts that took a name off.
    """

    signed: tuple[Act, ...]
    withdrawn: tuple[Act, ...]


def signers(acts: Iterable[Act], rule: Rule) -> Mapping[str, Act]:
    """Return whose name stands on the list now, each with the act that put it there."""
    taken = [
        replace(act, verdict=Verdict.ACCEPTED, reason=None) if act.verdict is Verdict.LATE else act
        for act in acts
    ]
    return {
        person: one.act
        for person, one in standings(taken, rule, _FOR_EVER).items()
        if one.position is Position.ENDORSE and one.act is not None
    }


def moved(acts: Iterable[Act], rule: Rule, *, upto: int) -> Moved:
    """Return who signed and who withdrew since the ledger had ``upto`` rows."""
    every = tuple(acts)
    before = signers((act for act in every if act.seq <= upto), rule)
    now = signers(every, rule)
    new = sorted((now[one] for one in now.keys() - before.keys()), key=order_key)
    leaving = {
        act.person_ref: act
        for act in sorted(every, key=order_key)
        if act.seq > upto and act.position in _LEAVING
    }
    gone = (leaving[one] for one in before.keys() - now.keys() if one in leaving)
    return Moved(tuple(new), tuple(sorted(gone, key=order_key)))


def withdrawn_since(acts: Iterable[Act], rule: Rule, published: Iterable[str]) -> tuple[Act, ...]:
    """Return the acts that took off names of the published list, for its next copy.

    Args:
        acts: the ledger.
        rule: the ballot's.
        published: whose names the list was published with.
    """
    every = tuple(acts)
    gone = set(published) - signers(every, rule).keys()
    last: dict[str, Act] = {}
    for act in sorted(every, key=order_key):
        if act.verdict is Verdict.LATE and act.position in _LEAVING and act.person_ref in gone:
            last[act.person_ref] = act
    return tuple(sorted(last.values(), key=order_key))
