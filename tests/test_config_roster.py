from __future__ import annotations

import pytest
from config_samples import ABSENT, ROSTER, changed

from bridge.config_roster import parse_roster
from bridge.domain.roster import Delegation, Role
from bridge.errors import ConfigError
from bridge.ids import PersonId, UserId


def test_roster_is_read_into_the_domain_values():
    roster = parse_roster(ROSTER)
    assert roster.by_matrix(UserId("@amina:example.org")) == "amina"
    assert roster.by_address("JAN@network.example") == "jan"
    assert roster.organisations["alliance"].delegations == (
        Delegation(PersonId("amina"), "alliance", Role.PRIMARY),
    )
    assert roster.rosters["pc"].members == ("amina", "jan")
    assert roster.snapshot("pc").zones == ("Africa/Tunis",)


def test_member_named_twice_counts_once():
    roster = parse_roster(changed(ROSTER, {("rosters", "pc", "members", 2): "amina"}))
    assert roster.rosters["pc"].members == ("amina", "jan")


def test_organisations_and_chair_may_be_left_out():
    leave_out = {("organisations",): ABSENT, ("rosters", "pc", "chair"): ABSENT}
    roster = parse_roster(changed(ROSTER, leave_out))
    assert (roster.organisations, roster.rosters["pc"].chair) == ({}, None)


MISTAKES = [
    (("people", "jan", "zone"), "Europe/Prag", "people.jan.zone: 'Europe/Prag' is no zone we kn"),
    (("people", "jan", "zone"), "../etc/passwd", "people.jan.zone: '../etc/passwd' is no zone"),
    (("people", "jan", "zone"), "CST", "people.jan.zone: 'CST' is no zone we know; write an IANA"),
    (("people", "jan", "adresses"), [], "people.jan.adresses: unknown option; did you mean addr"),
    (("people", "jan", "addresses", 1), "Jan <j@x.org>", "people.jan.addresses[1]: 'Jan <j@x.org"),
    (("people", "jan", "matrix"), ["jan:x.org"], "people.jan.matrix[0]: 'jan:x.org' does not fit"),
    (("people", "Jan Doe"), {"name": "J"}, "people.Jan Doe: 'Jan Doe' does not fit; write slugs"),
    (("people", "eve"), None, "people.eve: is empty; write its options indented below (addresses,"),
    (("people", "jan", "addresses"), ["AMINA@alliance.example"], "people.jan.addresses[0]: 'AMIN"),
    (("people", "jan", "matrix"), ["@amina:example.org"], "people.jan.matrix[0]: '@amina:example"),
    (("organisations", "alliance", "country"), False, "organisations.alliance.country: False doe"),
    (
        ("organisations", "alliance", "delegates"),
        [{"person": "amena", "role": "equal"}],
        "organisations.alliance.delegates[0].person: 'amena' is not under people; did you mean am",
    ),
    (
        ("organisations", "alliance", "delegates"),
        [{"person": "amina", "role": "boss"}],
        "organisations.alliance.delegates[0].role: 'boss' does not fit; write primary, alternate",
    ),
    (("rosters", "pc", "members"), [], "rosters.pc.members: is empty; write at least one"),
    (("rosters", "pc", "members", 2), "zoe", "rosters.pc.members[2]: 'zoe' is not under people;"),
    (("rosters", "pc", "chair"), "zoe", "rosters.pc.chair: 'zoe' is not under people; add the p"),
    (("rosters", "pc", "title"), ABSENT, "rosters.pc.title: missing; write the roll's name"),
]


@pytest.mark.parametrize(("place", "value", "sentence"), MISTAKES, ids=lambda v: str(v)[:40])
def test_mistake_names_its_path_and_the_right_form(place, value, sentence):
    with pytest.raises(ConfigError) as caught:
        parse_roster(changed(ROSTER, {place: value}))
    assert any(one.startswith(sentence) for one in caught.value.mistakes), caught.value.mistakes


def test_matrix_ids_that_differ_in_case_are_two_people():
    look_alike = {("people", "jan", "matrix"): ["@Amina:example.org"]}
    roster = parse_roster(changed(ROSTER, look_alike))
    assert roster.by_matrix(UserId("@Amina:example.org")) == "jan"
