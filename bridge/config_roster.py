"""The roster's YAML: people, organisations, and the rolls that ballots are put to.

The values live in ``bridge.domain.roster``; here is only how they are written. A person is one
slug, however many addresses and Matrix ids: an address or id under two people is refused, since
then nobody could say whose position it carries.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from bridge.config_mistakes import path_of, sentences
from bridge.config_section import Section
from bridge.config_types import NOT_EMPTY, Address, Line, MatrixId, Slug, Zone
from bridge.config_yaml import read_yaml
from bridge.domain.roster import Delegation, Organisation, Person, Role, Roll, Roster
from bridge.errors import ConfigError
from bridge.ids import PersonId, UserId

EMPTY_ROSTER = Roster(people={}, organisations={}, rosters={})


class PersonEntry(Section):
    """A person as written, under a slug."""

    name: Line = Field(description="the person's name as mails show it")
    addresses: tuple[Address, ...] = Field(default=(), description="a list of mail addresses")
    matrix: tuple[MatrixId, ...] = Field(
        default=(), description='a list such as ["@jane:example.org"]'
    )
    zone: Zone | None = Field(default=None, description="an IANA zone such as Africa/Tunis")


class DelegateEntry(Section):
    """Somebody who may speak for the organisation above."""

    person: Slug
    role: Role = Field(description="primary, alternate or equal")


class OrganisationEntry(Section):
    """An organisation as written, under a slug."""

    name: Line = Field(description="the organisation's name")
    country: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}$", description='a country code in quotes, such as "NO"'
    )
    delegates: tuple[DelegateEntry, ...] = Field(default=(), description="a list of {person, role}")


class RollEntry(Section):
    """A roll as written, under its name."""

    title: Line = Field(description="the roll's name for people")
    members: Annotated[tuple[Slug, ...], NOT_EMPTY] = Field(description="a list of slugs of people")
    chair: Slug | None = None


_SLUGS = "slugs of lower case letters, digits, - and _, each with its entry below"


class RosterFile(Section):
    """The whole file."""

    people: dict[Slug, PersonEntry] = Field(description=_SLUGS)
    organisations: dict[Slug, OrganisationEntry] = Field(default={}, description=_SLUGS)
    rosters: dict[Slug, RollEntry] = Field(description=_SLUGS)


def load_roster(path: Path) -> Roster:
    """Return the roster that the file holds.

    Raises:
        ConfigError: with every mistake at once.
    """
    return parse_roster(read_yaml(path))


def parse_roster(written: Mapping[str, object]) -> Roster:
    """Return the roster that the YAML mapping describes.

    Raises:
        ConfigError: with every mistake at once.
    """
    try:
        file = RosterFile.model_validate(written)
    except ValidationError as error:
        raise ConfigError(sentences(error, RosterFile)) from error
    mistakes = [*_unknown_people(file), *_shared(file, "addresses"), *_shared(file, "matrix")]
    if mistakes:
        raise ConfigError(mistakes)
    return _roster(file)


def _unknown_people(file: RosterFile) -> Iterator[str]:
    for location, person in _mentions(file):
        if person not in file.people:
            near = difflib.get_close_matches(person, sorted(file.people), n=1)
            hint = f"did you mean {near[0]}?" if near else "add the person there"
            yield f"{path_of(location)}: {person!r} is not under people; {hint}"


def _mentions(file: RosterFile) -> Iterator[tuple[Sequence[int | str], str]]:
    for slug, organisation in file.organisations.items():
        for place, delegate in enumerate(organisation.delegates):
            yield ("organisations", slug, "delegates", place, "person"), delegate.person
    for slug, roll in file.rosters.items():
        for place, member in enumerate(roll.members):
            yield ("rosters", slug, "members", place), member
        if roll.chair is not None:
            yield ("rosters", slug, "chair"), roll.chair


def _shared(file: RosterFile, option: str) -> Iterator[str]:
    owners: dict[str, str] = {}
    for slug, person in file.people.items():
        for place, written in enumerate(getattr(person, option)):
            # Matrix ids are compared letter by letter, addresses are not.
            key = written.casefold() if option == "addresses" else written
            owner = owners.setdefault(key, slug)
            if owner != slug:
                where = path_of(("people", slug, option, place))
                yield f"{where}: {written!r} belongs to {owner} already; keep it under one person"


def _roster(file: RosterFile) -> Roster:
    return Roster(
        people={PersonId(slug): _person(slug, entry) for slug, entry in file.people.items()},
        organisations={slug: _organisation(slug, e) for slug, e in file.organisations.items()},
        rosters={slug: _roll(slug, entry) for slug, entry in file.rosters.items()},
    )


def _person(slug: str, entry: PersonEntry) -> Person:
    matrix = tuple(UserId(user_id) for user_id in entry.matrix)
    return Person(PersonId(slug), entry.name, entry.addresses, matrix, entry.zone)


def _organisation(slug: str, entry: OrganisationEntry) -> Organisation:
    delegations = tuple(Delegation(PersonId(d.person), slug, d.role) for d in entry.delegates)
    return Organisation(slug, entry.name, entry.country, delegations)


def _roll(slug: str, entry: RollEntry) -> Roll:
    members = tuple(dict.fromkeys(PersonId(member) for member in entry.members))
    chair = None if entry.chair is None else PersonId(entry.chair)
    return Roll(slug, entry.title, members, chair)
