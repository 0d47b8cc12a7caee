"""Who somebody is, and the roll that is frozen when a ballot opens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.roster import (
    Delegation,
    Member,
    Organisation,
    Person,
    Role,
    Roll,
    Roster,
    RosterSnapshot,
)

ADA = Person("ada", "Ada H.", ("ada@example.org",), ("@ada:hs.test",), "Africa/Tunis")
BEN = Person("ben", "Ben O.", ("Ben@Example.org",), zone="Asia/Tokyo")
CEM = Person("cem", "Cem L.", matrix=("@cem:hs.test", "@cem2:hs.test"), zone="Africa/Tunis")
LAB = Organisation("lab", "Example Lab", delegations=(Delegation("ben", "lab", Role.PRIMARY),))
FAR = Organisation("far", "Far Lab", delegations=(Delegation("zoe", "far", Role.PRIMARY),))
ROSTER = Roster(
    people={person.id: person for person in (ADA, BEN, CEM)},
    organisations={"lab": LAB, "far": FAR},
    rosters={"pc": Roll("pc", "Policy Committee", ("cem", "ada", "ben"), "ada")},
)
SNAPSHOT = ROSTER.snapshot("pc")


@pytest.mark.parametrize(
    ("user_id", "person"),
    [
        ("@ada:hs.test", "ada"),
        ("@cem2:hs.test", "cem"),
        ("@Ada:hs.test", None),
        ("@ada:hs.test.evil.example", None),
        ("@аda:hs.test", None),
        ("", None),
    ],
)
def test_a_matrix_id_decides_letter_by_letter(user_id, person):
    assert ROSTER.by_matrix(user_id) == person


@pytest.mark.parametrize(
    ("address", "person"),
    [
        ("ben@example.ORG ", "ben"),
        ("ada@example.org", "ada"),
        ("ada@example.com", None),
        ("", None),
    ],
)
def test_an_address_is_compared_without_regard_to_case(address, person):
    assert ROSTER.by_address(address) == person


def test_a_snapshot_holds_the_members_and_their_delegations_in_order():
    assert [member.person for member in SNAPSHOT.members] == ["ada", "ben", "cem"]
    assert SNAPSHOT.delegations == LAB.delegations
    assert SNAPSHOT.people == {"ada", "ben", "cem"}


def test_an_unknown_roll_is_a_key_error():
    with pytest.raises(KeyError):
        ROSTER.snapshot("other")


def test_a_snapshot_survives_the_store():
    read = RosterSnapshot.from_json(SNAPSHOT.to_json())
    assert read == SNAPSHOT
    assert (read.sha256, read.people) == (SNAPSHOT.sha256, SNAPSHOT.people)


def test_erasing_names_and_ids_keeps_the_hash():
    erased = replace(
        SNAPSHOT, title="", members=tuple(Member(m.person, "") for m in SNAPSHOT.members)
    )
    assert erased.sha256 == SNAPSHOT.sha256
    assert b"Ada" not in SNAPSHOT.hashed
    assert b"@" not in SNAPSHOT.hashed


@pytest.mark.parametrize(
    "changes",
    [
        {"members": SNAPSHOT.members[:2]},
        {"delegations": ()},
        {"delegations": (Delegation("ben", "lab", Role.EQUAL),)},
        {"name": "board"},
    ],
)
def test_another_roll_has_another_hash(changes):
    assert replace(SNAPSHOT, **changes).sha256 != SNAPSHOT.sha256


def test_a_member_without_matrix_id_has_no_way_to_answer():
    assert [member.person for member in SNAPSHOT.unreachable] == ["ben"]


def test_the_zones_are_each_named_once_the_most_frequent_first():
    assert SNAPSHOT.zones == ("Africa/Tunis", "Asia/Tokyo")


@pytest.mark.parametrize(("person", "name"), [("ada", "Ada H."), ("?abc", "?abc")])
def test_somebody_without_a_name_is_shown_by_reference(person, name):
    assert SNAPSHOT.name_of(person) == name


@pytest.mark.parametrize(("person", "may"), [("ben", True), ("ada", False), ("zoe", False)])
def test_only_a_delegate_may_speak_for_an_organisation(person, may):
    assert SNAPSHOT.may_speak_for(person, "lab") is may
