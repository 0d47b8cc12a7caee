"""The vectors of the specification (2.6): any implementation must reproduce them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from ledgers import DEADLINE, ledger, react, roll, unreact, write

from bridge.domain.acts import (
    GRACE,
    REMOVED_BY_MODERATOR,
    Door,
    Facts,
    InTime,
    Reason,
    Verdict,
    effective_time,
    is_in_time,
    judge,
)
from bridge.domain.organisations import distinct_people, organisation_standings
from bridge.domain.positions import Position, position_of_key
from bridge.domain.roster import Role
from bridge.domain.rules import Rule
from bridge.domain.standing import Note, standings
from bridge.domain.tally import tally
from bridge.ids import Instant

SILENCE = Rule(mode="silence")
WRITTEN = (Door.MAIL, Door.CHAT, Door.CLI, Door.CHAIR)


def ada(*drafts):
    """Ada's standing after her acts."""
    return standings(ledger(*drafts), SILENCE, DEADLINE)["ada"]


def test_v1_a_reaction_taken_back_is_silence():
    acts = ledger(react("ada", "👍", at=1), unreact("ada", 1, at=2))
    assert ada(*acts).position is None
    assert tally(acts, roster=roll(), rule=SILENCE, proposer=None, at=DEADLINE).silent == 7


def test_v2_skin_tone_and_variation_selector_are_one_endorsement():
    acts = ledger(react("ada", "👍🏿", at=1), react("ada", "👍\ufe0f", at=2))
    counted = tally(acts, roster=roll(), rule=SILENCE, proposer=None, at=DEADLINE)
    assert (counted.endorse, counted.silent) == (1, 6)


def test_v3_an_objection_after_an_endorsement_blocks():
    acts = ledger(react("ada", "👍", at=1), react("ada", "✋", at=2))
    counted = tally(acts, roster=roll(), rule=SILENCE, proposer=None, at=DEADLINE)
    assert (counted.endorse, counted.object, len(counted.open_objections)) == (0, 1, 1)


def test_v4_removing_the_objection_gives_the_endorsement_back():
    found = ada(react("ada", "👍", at=1), react("ada", "✋", at=2), unreact("ada", 2, at=3))
    assert found.position is Position.ENDORSE
    assert Note.OBJECTION_WITHDRAWN in found.notes


def test_v5_a_tap_does_not_lift_an_objection_and_is_asked_about():
    found = ada(react("ada", "✋", at=1), react("ada", "👍", at=2))
    assert found.objection_open
    assert Note.OBJECTION_MASKS_A_TAP in found.notes


@pytest.mark.parametrize("door", WRITTEN)
def test_v5b_a_written_endorsement_lifts_an_objection(door):
    found = ada(react("ada", "✋", at=1), write("ada", "endorse", at=2, door=door))
    assert found.position is Position.ENDORSE
    assert Note.OBJECTION_WITHDRAWN_IN_WRITING in found.notes


@pytest.mark.parametrize("door", WRITTEN)
def test_v5c_a_tap_does_not_lift_a_written_objection_until_withdrawn(door):
    acts = [write("ada", "object", at=1, door=door, with_text=True), react("ada", "👍", at=2)]
    assert ada(*acts).objection_open
    assert Note.OBJECTION_MASKS_A_TAP in ada(*acts).notes
    assert ada(*acts, write("ada", "withdraw", at=3)).position is Position.ENDORSE


@pytest.mark.parametrize("door", WRITTEN)
def test_v6_a_removed_objection_does_not_return_to_an_older_mail(door):
    found = ada(
        write("ada", "endorse", at=1, door=door), react("ada", "✋", at=2), unreact("ada", 2, at=3)
    )
    assert found.position is None
    assert Note.NO_POSITION_LEFT in found.notes


@pytest.mark.parametrize("door", WRITTEN)
def test_v7_v8_the_later_word_counts_and_removing_the_older_tap_changes_nothing(door):
    acts = [react("ada", "👍", at=1), write("ada", "abstain", at=2, door=door)]
    assert ada(*acts).position is Position.ABSTAIN
    assert ada(*acts, unreact("ada", 1, at=3)).position is Position.ABSTAIN


@pytest.mark.parametrize("remover", ["ada", "?moderator"])
@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REJECTED])
def test_v9_a_moderator_removes_no_position(remover, verdict):
    removal = unreact("ada", 1, at=2, verdict=verdict, flags=(REMOVED_BY_MODERATOR,))
    acts = ledger(react("ada", "👍", at=1), removal)
    assert ada(*acts).position is Position.ENDORSE
    assert Note.REMOVED_BY_MODERATOR in ada(*acts).notes


def test_v9_a_reaction_first_read_after_a_moderator_removed_it_counts_and_is_flagged():
    found = ada(react("ada", "👍", at=1, flags=(REMOVED_BY_MODERATOR,)))
    assert found.position is Position.ENDORSE
    assert Note.REMOVED_BY_MODERATOR in found.notes


def test_v10_somebody_not_on_the_roll_is_shown_and_not_counted():
    acts = ledger(react("zoe", "👍", at=1, on_roll=False))
    counted = tally(acts, roster=roll(), rule=SILENCE, proposer=None, at=DEADLINE)
    assert counted.not_counted == {"not_on_the_roll": 1}
    assert (counted.endorse, counted.silent) == (0, 7)


@pytest.mark.parametrize(
    ("claimed", "arrived", "verdict"),
    [
        (99, 99, InTime.YES),
        (100, 100, InTime.YES),
        (99, 103, InTime.GRACE),
        (99, 105, InTime.GRACE),
        (99, 140, InTime.LATE),
        (101, 101, InTime.LATE),
        (101, 103, InTime.LATE),
        (500, 99, InTime.YES),
    ],
)
def test_v11_in_time_is_when_it_was_done_and_received_within_the_grace(claimed, arrived, verdict):
    received = Instant(arrived * 1000)
    effective = effective_time(Instant(claimed * 1000), received)
    assert is_in_time(effective, received, deadline=DEADLINE, grace=5) is verdict


def test_v11_what_is_counted_by_the_grace_is_flagged():
    assert Note.GRACE in ada(react("ada", "👍", at=99, flags=(GRACE,))).notes


def test_v12_a_removal_after_the_deadline_is_a_remark():
    found = ada(react("ada", "👍", at=1), unreact("ada", 1, at=101, verdict=Verdict.LATE))
    assert found.position is Position.ENDORSE
    assert Note.WITHDRAWN_LATER in found.notes


@pytest.mark.parametrize("order", [("endorse", "object"), ("object", "endorse")])
def test_v13_equal_delegates_who_differ_are_split_and_the_objection_stays_open(order):
    acts = ledger(
        write("ada", order[0], at=1, capacity="org"), write("ben", order[1], at=2, capacity="org")
    )
    equals = roll(delegations=[("ada", "org", Role.EQUAL), ("ben", "org", Role.EQUAL)])
    found = organisation_standings(acts, equals, SILENCE, DEADLINE)["org"]
    assert (found.position, found.split, found.objection_open) == (None, True, True)


def test_v14_a_second_delivery_around_a_change_changes_nothing():
    first = write("ada", "endorse", at=1, source="one@example.org")
    change = write("ada", "abstain", at=2, source="two@example.org")
    again = write("ada", "endorse", at=3, source="one@example.org")
    assert ada(first, change, again).position is Position.ABSTAIN


def test_v15_answering_as_self_and_for_an_organisation_is_one_human_being():
    acts = ledger(write("ada", "endorse", at=1), write("ada", "endorse", at=2, capacity="org"))
    delegates = roll(delegations=[("ada", "org", Role.PRIMARY)])
    counted = tally(acts, roster=delegates, rule=SILENCE, proposer=None, at=DEADLINE)
    organisations = organisation_standings(acts, delegates, SILENCE, DEADLINE)
    assert counted.endorse == 1
    assert [each.position for each in organisations.values()] == [Position.ENDORSE]
    assert distinct_people(acts, delegates, SILENCE, DEADLINE) == 1


def test_v16_speaking_for_an_organisation_not_ones_own_is_rejected():
    delegates = roll(delegations=[("ada", "org", Role.PRIMARY)])
    facts = Facts(on_roll=True, in_time=InTime.YES, delegate=delegates.may_speak_for("ben", "org"))
    assert judge(facts) == (Verdict.REJECTED, Reason.NOT_A_DELEGATE)


@pytest.mark.parametrize("key", ["mxc://hs.test/abc", ":+1:", "❤", "❤\ufe0f", "🎉", "👏", ""])
def test_v17_custom_emoji_shortcodes_and_applause_are_not_an_option(key):
    facts = Facts(on_roll=True, in_time=InTime.YES, recognised=position_of_key(key) is not None)
    assert judge(facts) == (Verdict.REJECTED, Reason.NOT_AN_OPTION)


@pytest.mark.parametrize(
    ("comparison", "yes", "no", "carried"),
    [
        ("at_least", 6, 3, True),
        ("more_than", 6, 3, False),
        ("at_least", 0, 0, False),
        ("more_than", 0, 0, False),
        ("more_than", 7, 2, True),
        ("at_least", 5, 4, False),
    ],
)
def test_v18_six_of_nine_is_exactly_two_thirds(comparison, yes, no, carried):
    rule = Rule(mode="threshold", threshold=Fraction(2, 3), comparison=comparison)
    assert rule.is_carried(yes, no) is carried
