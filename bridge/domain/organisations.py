"""What an organisation's delegates amount to (spec 2.4, 3); a table apart from the people's.

A person's own position and the position of an organisation they speak for are separate acts
in separate capacities: taking one back leaves the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bridge.domain.acts import CHAIR, SELF, Act
from bridge.domain.positions import Position
from bridge.domain.roster import Role, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.domain.rulings import admitted
from bridge.domain.standing import Standing, standings
from bridge.ids import Instant


@dataclass(frozen=True, slots=True)
class OrganisationStanding:
    """The position of one organisation.

    Attributes:
        position: None when nobody spoke for it, or when its delegates differ.
        split: equal delegates differ: "no common position", neither for nor against.
        objection_open: a delegate whose word counts objects; it blocks even in a split.
        spoken_by: the delegates whose positions made it.
    """

    organisation: str
    position: Position | None
    split: bool
    objection_open: bool
    spoken_by: tuple[str, ...]


def organisation_standings(
    acts: Iterable[Act], roster: RosterSnapshot, rule: Rule, at: Instant
) -> Mapping[str, OrganisationStanding]:
    """Return the position of every organisation that has a delegate on the roll."""
    ledger = tuple(acts)
    organisations = sorted({delegation.organisation for delegation in roster.delegations})
    return {name: _standing_of(name, ledger, roster, rule, at) for name in organisations}


def distinct_people(acts: Iterable[Act], roster: RosterSnapshot, rule: Rule, at: Instant) -> int:
    """Return how many human beings hold a position, in whatever capacity; each counts once."""
    ledger = tuple(acts)
    people = roster.people | admitted(ledger)
    return len(
        {
            person
            for capacity in {SELF, *(act.capacity for act in ledger)} - {CHAIR}
            for person, standing in standings(ledger, rule, at, capacity=capacity).items()
            if standing.position is not None and person in people
        }
    )


def _standing_of(
    organisation: str, acts: tuple[Act, ...], roster: RosterSnapshot, rule: Rule, at: Instant
) -> OrganisationStanding:
    given = standings(acts, rule, at, capacity=organisation)
    voices = _voices(organisation, given, roster)
    positions = {standing.position for standing in voices}
    return OrganisationStanding(
        organisation=organisation,
        position=next(iter(positions)) if len(positions) == 1 else None,
        split=len(positions) > 1,
        objection_open=any(standing.objection_open for standing in voices),
        spoken_by=tuple(standing.person_ref for standing in voices),
    )


def _voices(
    organisation: str, given: Mapping[str, Standing], roster: RosterSnapshot
) -> tuple[Standing, ...]:
    """Return the standings that speak: the primaries', else the equals', else the alternates'."""
    for role in (Role.PRIMARY, Role.EQUAL, Role.ALTERNATE):
        delegates = {
            d.person for d in roster.delegations if (d.organisation, d.role) == (organisation, role)
        }
        voices = tuple(
            standing
            for person, standing in sorted(given.items())
            if person in delegates and standing.position is not None
        )
        if voices:
            return voices
    return ()
