"""The tally: a pure function of ledger, roll, rule and closing instant (spec 2.1, 2.5, 2.11).

Everything shown or mailed is derived from it. All numbers are integers, all ratios fractions.
Silence is counted as silence and never as anything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bridge.domain.acts import Act, Reason, Verdict, distinct, order_key
from bridge.domain.again import raised_again
from bridge.domain.breaking import broken_at
from bridge.domain.came_in import CameIn, came_in
from bridge.domain.counts import ROWS, Counts, numbers, raised_of, row_of
from bridge.domain.modes import decide
from bridge.domain.positions import Position
from bridge.domain.roster import RosterSnapshot
from bridge.domain.rules import Rule
from bridge.domain.rulings import admitted, after_voids, declared, is_ruling, rulings
from bridge.domain.standing import Fate, Objection, Standing, fates, standings
from bridge.ids import Instant, PersonId

__all__ = ["ROWS", "Tally", "tally"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally(Counts):
    """Counted positions at one instant, and all that is printed with them.

    Attributes:
        positions: the standing of each member who holds a position, by slug.
        objections: all that were raised by members, oldest first.
        late: late acts of members, in the order that counts.
        unconfirmed: who answered an earlier text and has not confirmed it; they are silent.
        rulings: the chair's acts, in the order that counts.
        voided: acts that the chair voided.
    """

    positions: Mapping[str, Standing]
    objections: tuple[Objection, ...]
    came_in: CameIn
    late: tuple[Act, ...]
    unconfirmed: tuple[str, ...] = ()
    rulings: tuple[Act, ...] = ()
    voided: tuple[Act, ...] = ()

    @property
    def open_objections(self) -> tuple[Objection, ...]:
        """The objections that stand in the way; the ballot is BLOCKED while there is one."""
        return tuple(objection for objection in self.objections if objection.is_open)

    @property
    def again(self) -> Mapping[int, Objection]:
        """The objections that were raised again, each with the one before; see ``again``."""
        return raised_again(self.objections)

    @property
    def reservations(self) -> tuple[Standing, ...]:
        """The reservations that are printed word for word, by slug."""
        return tuple(
            standing
            for _, standing in sorted(self.positions.items())
            if standing.position is Position.RESERVE and standing.text_given
        )

    @property
    def not_counted(self) -> Mapping[str, int]:
        """Rejected acts by reason."""
        return self.came_in.rejected


def tally(
    acts: Iterable[Act],
    *,
    roster: RosterSnapshot,
    rule: Rule,
    proposer: PersonId | None,
    at: Instant,
) -> Tally:
    """Count a ballot.

    Args:
        acts: the ledger, in any order; repeated deliveries are passed over.
        roster: the snapshot of the opening; whoever is not on it does not count.
        rule: the snapshot of the rule.
        proposer: never counts toward the support needed; None when unknown.
        at: the closing instant, or now (Unix ms).
    """
    known = after_voids(distinct(acts))
    people = roster.people | admitted(known)
    ledger = tuple(_believing_the_roll(act, people) for act in known)
    found = standings(ledger, rule, at)
    positions = {person: each for person, each in found.items() if each.position is not None}
    became = fates(ledger, rule, at)
    objections = _objections(found.values())
    counts = Tally(
        at=at,
        **numbers({who: row_of(each) for who, each in positions.items()}, len(people), proposer),
        raised=raised_of(objections),
        level=declared(ledger),
        positions=MappingProxyType(positions),
        objections=objections,
        came_in=came_in(ledger, became),
        late=tuple(act for act in ledger if became[act.seq].fate is Fate.LATE),
        unconfirmed=tuple(sorted(p for p, each in found.items() if each.unconfirmed)),
        rulings=rulings(ledger),
        voided=tuple(act for act in ledger if act.reason == Reason.VOIDED),
        broken=broken_at(ledger, at),
    )
    outcome, missing = decide(counts, rule)
    return replace(counts, outcome=outcome, missing=missing)


def _objections(found: Iterable[Standing]) -> tuple[Objection, ...]:
    raised = [objection for standing in found for objection in standing.objections]
    return tuple(sorted(raised, key=lambda objection: order_key(objection.raised_by)))


def _believing_the_roll(act: Act, people: Collection[str]) -> Act:
    """Refuse an accepted act of somebody outside the snapshot, whatever the ledger says."""
    if act.verdict is not Verdict.ACCEPTED or act.person_ref in people or is_ruling(act):
        return act
    return replace(act, verdict=Verdict.REJECTED, reason=Reason.NOT_ON_THE_ROLL.value)
