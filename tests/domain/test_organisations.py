"""Who speaks for an organisation when several may."""

from __future__ import annotations

import pytest
from ledgers import DEADLINE, ledger, roll, write

from bridge.domain.organisations import distinct_people, organisation_standings
from bridge.domain.positions import Position
from bridge.domain.roster import Role
from bridge.domain.rules import Rule

RULE = Rule(mode="silence")


def org(drafts, *roles):
    """The organisation's standing with delegates of these roles (ada, ben, …)."""
    delegations = [(p, "org", r) for p, r in zip(("ada", "ben", "cem"), roles, strict=False)]
    acts = ledger(*(write(p, what, at=1, capacity="org") for p, what in drafts))
    return organisation_standings(acts, roll(delegations=delegations), RULE, DEADLINE)["org"]


@pytest.mark.parametrize(
    ("drafts", "roles", "position", "split"),
    [
        ([], [Role.PRIMARY], None, False),
        ([("ada", "endorse")], [Role.PRIMARY], Position.ENDORSE, False),
        ([("ada", "endorse"), ("ben", "object")], [Role.PRIMARY, Role.ALTERNATE], "endorse", False),
        ([("ben", "object")], [Role.PRIMARY, Role.ALTERNATE], Position.OBJECT, False),
        ([("ada", "abstain"), ("ben", "abstain")], [Role.EQUAL, Role.EQUAL], "abstain", False),
        ([("ada", "endorse"), ("ben", "abstain")], [Role.EQUAL, Role.EQUAL], None, True),
        ([("cem", "endorse")], [Role.EQUAL, Role.EQUAL], None, False),
    ],
)
def test_the_primary_speaks_then_equals_then_the_alternate(drafts, roles, position, split):
    found = org(drafts, *roles)
    assert (found.position, found.split) == (position, split)


def test_people_are_counted_once_in_whatever_capacity_they_speak():
    acts = ledger(
        write("ada", "endorse", at=1, capacity="org"),
        write("ben", "endorse", at=1),
        write("ben", "endorse", at=2, capacity="org"),
        write("zoe", "endorse", at=2),
    )
    assert distinct_people(acts, roll(), RULE, DEADLINE) == 2
