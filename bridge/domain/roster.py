"""People, organisations and who may answer; never who did (spec 2.1 and 2.4).

A ``Roster`` is what the configuration says today. A ``RosterSnapshot`` is what it said when a
ballot opened: its hash covers slugs, organisations and delegations only, so that names and
ids can be erased later and the published hash still verifies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from bridge.domain.acts import canonical_json
from bridge.domain.lookalikes import skeleton
from bridge.ids import PersonId, UserId

WITHDRAWN: Final = "withdrawn"
"""What stands in the place of an erased name."""


class Role(StrEnum):
    """How a delegate speaks: alone, in the other's absence, or with equals (2.4, 3)."""

    PRIMARY = "primary"
    ALTERNATE = "alternate"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the roster knows.

    Attributes:
        name: as shown in mails and on cards.
        addresses: mail addresses, compared without regard to case.
        matrix: Matrix ids, compared letter by letter; a display name never decides.
        zone: IANA zone, for the deadline in local time; or None.
    """

    id: PersonId
    name: str
    addresses: tuple[str, ...] = ()
    matrix: tuple[UserId, ...] = ()
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """Who may speak for an organisation, and how."""

    person: PersonId
    organisation: str
    role: Role


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by its slug, with those who may speak for it."""

    id: str
    name: str
    country: str | None = None
    delegations: tuple[Delegation, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """One named list of members, such as a policy committee."""

    name: str
    title: str
    members: tuple[PersonId, ...]
    chair: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An entry of a snapshot. ``name``, ``matrix`` and ``zone`` may be erased later.

    The slug stays, because the roll's hash and the ledger's are made of it.
    """

    person: PersonId
    name: str
    matrix: tuple[UserId, ...] = ()
    zone: str | None = None

    @property
    def is_erased(self) -> bool:
        """Tell whether name and ids were erased; a roster file names everybody."""
        return not self.name

    @property
    def shown(self) -> str:
        """What people read: the name, or that it is gone."""
        return self.name or WITHDRAWN


@dataclass(frozen=True, slots=True)
class RosterSnapshot:
    """Who may answer one ballot, frozen when it opened.

    Attributes:
        name: the roll's name in the configuration.
        members: in alphabetical order of slugs.
        delegations: of every organisation that a member speaks for, in order.
        admitted: whom the chair admitted after the opening; the ledger says so, and the hash,
            which is of the opening, does not.
    """

    name: str
    title: str
    members: tuple[Member, ...]
    delegations: tuple[Delegation, ...] = ()
    admitted: tuple[Member, ...] = ()
    people: frozenset[PersonId] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "people", frozenset(member.person for member in self.members))

    @property
    def everybody(self) -> tuple[Member, ...]:
        """All who may answer: the snapshot's members, then those admitted since."""
        return (*self.members, *self.admitted)

    @property
    def unreachable(self) -> tuple[Member, ...]:
        """The members without a Matrix id: they have no way to answer by reaction or word.

        Whoever was erased had one or not; nobody can say any more.
        """
        return tuple(one for one in self.members if not one.matrix and not one.is_erased)

    @property
    def zones(self) -> tuple[str, ...]:
        """The members' zones, each once, the most frequent first."""
        zones = [member.zone for member in self.members if member.zone]
        return tuple(sorted(set(zones), key=lambda zone: (-zones.count(zone), zone)))

    def name_of(self, person: str) -> str:
        """Return the member's name, "withdrawn" when it is erased, else the reference itself."""
        return next((one.shown for one in self.everybody if one.person == person), person)

    def without(self, person: str) -> RosterSnapshot:
        """Return the snapshot without a person's name, ids and zone; its hash is the same."""
        kept, admitted = (
            tuple(Member(one.person, "") if one.person == person else one for one in members)
            for members in (self.members, self.admitted)
        )
        return replace(self, members=kept, admitted=admitted)

    def may_speak_for(self, person: str, organisation: str) -> bool:
        """Say whether the snapshot holds a delegation of that person by that organisation."""
        return any((d.person, d.organisation) == (person, organisation) for d in self.delegations)

    @property
    def hashed(self) -> bytes:
        """The canonical JSON that is hashed and exported: no name, no id, nothing personal."""
        return canonical_json(
            {
                "name": self.name,
                "members": sorted(self.people),
                "delegations": sorted(
                    [d.organisation, d.person, d.role.value] for d in self.delegations
                ),
            }
        )

    @property
    def sha256(self) -> str:
        """The roll's hash (hex), printed in call and result."""
        return hashlib.sha256(self.hashed).hexdigest()

    def to_json(self) -> str:
        """Return everything, names and ids included, as JSON text for the store."""
        return json.dumps(
            {
                "name": self.name,
                "title": self.title,
                "members": [asdict(member) for member in self.members],
                "delegations": [asdict(delegation) for delegation in self.delegations],
                "admitted": [asdict(member) for member in self.admitted],
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> RosterSnapshot:
        """Return the snapshot that ``to_json`` wrote."""
        row = json.loads(text)
        return cls(
            name=row["name"],
            title=row["title"],
            members=_members(row["members"]),
            admitted=_members(row.get("admitted", ())),
            delegations=tuple(
                Delegation(**d | {"role": Role(d["role"])}) for d in row["delegations"]
            ),
        )


def _members(rows: Iterable[Mapping[str, Any]]) -> tuple[Member, ...]:
    return tuple(Member(**{**row, "matrix": tuple(row["matrix"])}) for row in rows)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody the configuration knows, and the rolls made of them.

    Attributes:
        people: by slug.
        organisations: by slug.
        rosters: the rolls by name.
    """

    people: Mapping[PersonId, Person]
    organisations: Mapping[str, Organisation]
    rosters: Mapping[str, Roll]
    _addresses: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, frozenset[str]] = {}
        for person in self.people.values():
            drawn = skeleton(person.name)
            mine = frozenset(map(str.casefold, person.addresses))
            found[drawn] = found.get(drawn, frozenset()) | mine
        object.__setattr__(self, "_addresses", found)

    def is_imitated(self, name: str, address: str | None) -> bool:
        """Say whether a name looks like somebody's here while the address is not that person's."""
        theirs = self._addresses.get(skeleton(name))
        return theirs is not None and (address or "").strip().casefold() not in theirs

    def by_matrix(self, user_id: UserId) -> PersonId | None:
        """Return whose Matrix id this is, letter by letter; look-alikes are strangers."""
        return next((p.id for p in self.people.values() if user_id in p.matrix), None)

    def by_address(self, address: str) -> PersonId | None:
        """Return whose mail address this is, without regard to case."""
        wanted = address.strip().casefold()
        return next(
            (p.id for p in self.people.values() if wanted in map(str.casefold, p.addresses)), None
        )

    def member(self, person: PersonId) -> Member:
        """Return a person as an entry of a snapshot.

        Raises:
            KeyError: nobody has that slug.
        """
        one = self.people[person]
        return Member(one.id, one.name, one.matrix, one.zone)

    def snapshot(self, roll_name: str) -> RosterSnapshot:
        """Freeze a roll for one ballot.

        Raises:
            KeyError: no roll has that name.
        """
        roll = self.rosters[roll_name]
        members = [self.member(person) for person in sorted(set(roll.members))]
        delegations = [
            delegation
            for organisation in self.organisations.values()
            for delegation in organisation.delegations
            if delegation.person in roll.members
        ]
        return RosterSnapshot(
            name=roll.name,
            title=roll.title,
            members=tuple(members),
            delegations=tuple(sorted(delegations, key=lambda d: (d.organisation, d.person))),
        )
