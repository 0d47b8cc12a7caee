"""What the chair may do about a ballot is an act like any other, and names what it is about."""

from __future__ import annotations

import pytest
from ledgers import DEADLINE, amend, ledger, react, roll, rule_on, unreact, write

from bridge.domain.acts import Verdict
from bridge.domain.ballots import Outcome
from bridge.domain.fold import Lifted
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.rulings import (
    Amendment,
    Level,
    Ruling,
    act_name,
    admitted,
    after_voids,
    amendment_of,
    declared,
    is_ruling,
    rulings,
    substantive_versions,
)
from bridge.domain.standing import Fate, fates, standings
from bridge.domain.tally import tally

SILENCE = Rule(mode="silence", k=0)


def count(*drafts, rule=SILENCE, proposer=None):
    return tally(ledger(*drafts), roster=roll(), rule=rule, proposer=proposer, at=DEADLINE)


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (Ruling.ADDRESS, Lifted.ADDRESSED),
        (Ruling.OVERRULE, Lifted.OVERRULED),
        (Ruling.SET_ASIDE, Lifted.SET_ASIDE),
    ],
)
def test_what_the_chair_answered_is_open_no_more_and_counts_as_against_all_the_same(kind, how):
    hand = react("ada", "✋", at=1)
    counted = count(hand, rule_on(kind, hand, at=2))
    assert (counted.object, counted.open_objections) == (1, ())
    assert [one.how for one in counted.objections] == [how]
    assert counted.outcome is Outcome.ADOPTED


def test_a_ruling_in_the_same_millisecond_comes_after_what_it_is_about():
    hand = react("ada", "✋", at=1, source="$z")
    assert count(hand, rule_on(Ruling.OVERRULE, hand, at=1, source="$a")).open_objections == ()


def test_the_same_objection_raised_again_is_a_new_one():
    hand, again = react("ada", "✋", at=1), react("ada", "🛑", at=3)
    counted = count(hand, rule_on(Ruling.OVERRULE, hand, at=2), again)
    assert [one.how for one in counted.objections] == [Lifted.OVERRULED, None]
    assert counted.outcome is Outcome.OBJECTED


def test_after_a_ruling_a_tap_is_masked_no_more():
    hand = react("ada", "✋", at=1)
    counted = count(hand, rule_on(Ruling.ADDRESS, hand, at=2), react("ada", "✅", at=3))
    assert (counted.endorse, counted.object) == (1, 0)


def test_a_ruling_on_something_else_lifts_nothing():
    other = react("ben", "✋", at=1)
    hand = react("ada", "✋", at=1)
    assert len(count(hand, other, rule_on(Ruling.OVERRULE, other, at=2)).open_objections) == 1


def test_what_is_voided_was_never_cast_and_stays_in_the_books():
    spam = write("ada", "object", at=2, with_text=True)
    counted = count(react("ada", "✅", at=1), spam, rule_on(Ruling.VOID, spam, at=3))
    assert (counted.endorse, counted.objections) == (1, ())
    assert [act.source_id for act in counted.voided] == [spam.source_id]
    assert counted.not_counted == {"voided": 1}
    assert (counted.came_in.rulings, counted.came_in.rows) == (1, 3)


def test_a_ruling_is_voided_by_nothing():
    hand = react("ada", "✋", at=1)
    ruling = rule_on(Ruling.OVERRULE, hand, at=2)
    assert count(hand, ruling, rule_on(Ruling.VOID, ruling, at=3)).open_objections == ()


def test_whoever_is_admitted_counts_and_widens_the_base():
    before = react("zoe", "✅", at=1, on_roll=False)
    counted = count(before, rule_on(Ruling.ADMIT, "zoe", at=2), react("zoe", "✅", at=3))
    assert (counted.endorse, counted.eligible) == (1, 8)
    assert counted.not_counted == {"not_on_the_roll": 1}


def test_a_chair_who_is_not_on_the_roll_rules_all_the_same():
    hand = react("ada", "✋", at=1)
    ruling = rule_on(Ruling.OVERRULE, hand, at=2)
    assert (
        tally(
            ledger(hand, ruling), roster=roll("ada"), rule=SILENCE, proposer=None, at=DEADLINE
        ).open_objections
        == ()
    )


@pytest.mark.parametrize("at", [50, 150])
def test_a_ruling_counts_after_the_close_as_well(at):
    hand = react("ada", "✋", at=1)
    assert count(hand, rule_on(Ruling.SET_ASIDE, hand, at=at)).outcome is Outcome.ADOPTED


def test_a_ruling_that_was_not_accepted_does_nothing():
    hand = react("ada", "✋", at=1)
    refused = rule_on(Ruling.OVERRULE, hand, at=2, verdict=Verdict.REJECTED)
    assert count(hand, refused).outcome is Outcome.OBJECTED


def test_the_last_declaration_counts():
    acts = ledger(rule_on("declare", "divergence", at=1), rule_on("declare", "consensus", at=2))
    assert declared(acts) is Level.CONSENSUS
    assert declared(ledger(rule_on("declare", "nonsense", at=1))) is None
    assert declared(()) is None


def test_every_ruling_has_one_fate():
    acts = ledger(*[rule_on(kind, "x", at=1) for kind in Ruling])
    assert {one.fate for one in fates(acts, SILENCE, DEADLINE).values()} == {Fate.RULING}
    assert all(map(is_ruling, acts))
    assert rulings(acts) == acts
    assert len(rulings(acts, Ruling.VOID)) == 1
    assert admitted(acts) == {"x"}
    assert after_voids(acts) == acts


@pytest.mark.parametrize("target", ["", "editorial", "editorial/x/0", "editorial/²/0", "a/1/2/3"])
def test_an_amendment_that_cannot_be_read_is_none(target):
    assert amendment_of(rule_on("amend", target, at=1)) is None


def test_an_amendment_is_read_as_it_was_written():
    act = amend("substantive", 2, at=1)
    assert amendment_of(act) == Amendment("substantive", 2, "0" * 64)
    assert amendment_of(act).target == act.target
    assert amendment_of(react("ada", "✅", at=1)) is None
    assert list(substantive_versions([amend("editorial", 3, at=2), act])) == [2]


def test_an_act_is_named_by_its_door_and_its_source():
    assert act_name(react("ada", "✅", at=1)) == "reaction/$ada1"


def test_an_answered_objection_whose_sign_still_shows_is_not_raised_again():
    hand = react("ada", "✋", at=1)
    acts = [hand, rule_on(Ruling.OVERRULE, hand, at=2), react("ada", "✅", at=3)]
    counted = count(*acts, unreact("ada", 3, at=4))
    assert (counted.object, counted.open_objections) == (1, ())


def test_an_objection_withdrawn_after_it_was_overruled_leaves_the_sign_below():
    hand = react("ada", "✋", at=2)
    acts = [react("ada", "✅", at=1), hand, rule_on(Ruling.OVERRULE, hand, at=3)]
    found = standings(ledger(*acts, unreact("ada", 2, at=4)), SILENCE, DEADLINE)["ada"]
    assert found.position is Position.ENDORSE
    assert [one.how for one in found.objections] == [Lifted.OVERRULED]
