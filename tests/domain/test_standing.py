"""One person's position beyond the vectors: reservations, holds, several reactions, fates."""

from __future__ import annotations

import pytest
from ledgers import DEADLINE, ledger, react, unreact, write

from bridge.domain.acts import Door, Verdict
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.standing import Fate, Fated, Lifted, Note, fates, standings
from bridge.ids import Instant

RULE = Rule(mode="silence", hold=20)


def ada(*drafts, at=DEADLINE, rule=RULE):
    return standings(ledger(*drafts), rule, at)["ada"]


@pytest.mark.parametrize(
    ("drafts", "position", "text_given"),
    [
        ([react("ada", "📝", at=1)], "reserve", False),
        ([react("ada", "📝", at=1), write("ada", "reserve", at=2, with_text=True)],
         "reserve", True),
        ([write("ada", "reserve", at=1, with_text=True), react("ada", "📝", at=2)],
         "reserve", True),
        ([write("ada", "reserve", at=1, with_text=True), write("ada", "reserve", at=2)],
         "reserve", True),
        ([write("ada", "reserve", at=1, with_text=True), write("ada", "endorse", at=2),
          react("ada", "📝", at=3)], "reserve", False),
        ([write("ada", "reserve", at=1, with_text=True), write("ada", "withdraw", at=2),
          react("ada", "📝", at=3)], "reserve", False),
        ([react("ada", "✋", at=1)], "object", False),
        ([react("ada", "✋", at=1), write("ada", "object", at=2, with_text=True)], "object", True),
        ([react("ada", "✅", at=1)], "endorse", False),
    ],
)  # fmt: skip
def test_words_belong_to_the_reservation_or_objection_they_were_given_for(
    drafts, position, text_given
):
    found = ada(*drafts)
    assert (found.position, found.text_given) == (position, text_given)
    assert (Note.WORDS_MISSING in found.notes) == (position != "endorse" and not text_given)


def test_an_objection_given_reasons_in_writing_outlives_its_sign():
    acts = [react("ada", "✋", at=1), write("ada", "object", at=2, with_text=True)]
    found = ada(*acts, unreact("ada", 1, at=3))
    assert found.objection_open
    assert len(found.objections) == 1


def test_an_objection_lifted_in_writing_does_not_return_with_its_sign():
    acts = [react("ada", "✋", at=1), write("ada", "endorse", at=2), react("ada", "🆗", at=3)]
    assert ada(*acts, unreact("ada", 3, at=4)).position is None


def test_a_second_sign_of_objection_keeps_the_objection_open():
    acts = [react("ada", "✋", at=1), react("ada", "🛑", at=2), unreact("ada", 1, at=3)]
    found = ada(*acts)
    assert found.objection_open
    assert [objection.how for objection in found.objections] == [Lifted.REMOVED, None]


def test_an_objection_still_showing_masks_what_came_after_it_when_another_is_removed():
    acts = [
        react("ada", "✋", at=1),
        react("ada", "🛑", at=2),
        react("ada", "⚪", at=3),
        unreact("ada", 1, at=4),
    ]
    assert ada(*acts).objection_open
    assert Note.OBJECTION_MASKS_A_TAP in ada(*acts).notes
    assert ada(*acts, unreact("ada", 2, at=5)).position is Position.ABSTAIN


def test_withdrawing_lifts_every_sign_of_an_objection():
    acts = [react("ada", "✋", at=1), react("ada", "🛑", at=2), write("ada", "withdraw", at=3)]
    assert ada(*acts).position is None


def test_withdrawing_without_an_objection_takes_back_everything_shown():
    acts = [react("ada", "✅", at=1), react("ada", "🆗", at=2), write("ada", "withdraw", at=3)]
    assert ada(*acts).position is None
    assert ada(*acts, unreact("ada", 2, at=4)).position is None


def test_removing_the_sign_that_counts_falls_back_to_the_latest_still_showing():
    acts = [react("ada", "✅", at=1), react("ada", "⚪", at=2), react("ada", "🆗", at=3)]
    assert Note.SHOWS_SEVERAL in ada(*acts).notes
    assert ada(*acts, unreact("ada", 3, at=4)).position is Position.ABSTAIN
    assert ada(*acts, unreact("ada", 1, at=4)).position is Position.NO_OBJECTION


def test_a_removal_dated_before_its_reaction_still_removes_it():
    assert ada(unreact("ada", 5, at=4), react("ada", "✅", at=5)).position is None


def test_nobody_else_can_take_a_reaction_back():
    acts = [react("ada", "✅", at=1), unreact("ben", 1, at=2, target="$ada1")]
    assert ada(*acts).position is Position.ENDORSE


@pytest.mark.parametrize(
    ("at", "position"),
    [(9, "endorse"), (10, "hold"), (29, "hold"), (30, "endorse"), (100, "endorse")],
)
@pytest.mark.parametrize("door", ["tap", "word"])
def test_a_hold_lies_over_the_position_until_it_expires(at, position, door):
    hold = react("ada", "⏳", at=10) if door == "tap" else write("ada", "hold", at=10)
    assert ada(react("ada", "✅", at=1), hold, at=Instant(at * 1000)).position == position


def test_a_hold_of_duration_zero_does_not_exist():
    acts = [react("ada", "✅", at=1), react("ada", "⏳", at=10)]
    found = ada(*acts, at=Instant(10_000), rule=Rule(mode="silence", hold=0))
    assert found.position is Position.ENDORSE
    assert Note.HOLD_EXPIRED in found.notes


def test_a_second_hold_is_ignored():
    acts = [write("ada", "hold", at=1), write("ada", "hold", at=15)]
    assert ada(*acts, at=Instant(20_000)).position is Position.HOLD
    assert ada(*acts, at=Instant(22_000)).position is None


def test_an_answer_ends_a_hold_and_taking_the_answer_back_shows_it_again():
    acts = [react("ada", "⏳", at=1), react("ada", "✅", at=2)]
    assert ada(*acts, at=Instant(3_000)).position is Position.ENDORSE
    assert ada(*acts, unreact("ada", 2, at=3), at=Instant(3_000)).position is Position.HOLD


def test_taking_a_hold_back_gives_the_position_below_again():
    acts = [write("ada", "endorse", at=1), react("ada", "⏳", at=2), unreact("ada", 2, at=3)]
    assert ada(*acts, at=Instant(4_000)).position is Position.ENDORSE


def test_an_open_objection_is_never_hidden_by_a_hold():
    acts = [react("ada", "✋", at=1), react("ada", "⏳", at=2)]
    assert ada(*acts, at=Instant(3_000)).objection_open


def test_a_written_withdrawal_after_the_deadline_is_a_remark():
    acts = [react("ada", "✅", at=1), write("ada", "withdraw", at=101, verdict=Verdict.LATE)]
    assert ada(*acts).position is Position.ENDORSE
    assert Note.WITHDRAWN_LATER in ada(*acts).notes


def test_the_capacities_of_one_person_are_apart():
    acts = [write("ada", "endorse", at=1), write("ada", "object", at=2, capacity="org")]
    assert ada(*acts).position is Position.ENDORSE
    assert standings(ledger(*acts), RULE, DEADLINE, capacity="org")["ada"].objection_open


@pytest.mark.parametrize(
    ("drafts", "expected"),
    [
        ([react("ada", "✅", at=1)], [Fated(Fate.STANDING)]),
        ([react("ada", "✅", at=1), react("ada", "⚪", at=2)],
         [Fated(Fate.REPLACED, 2), Fated(Fate.STANDING)]),
        ([react("ada", "✅", at=1), unreact("ada", 1, at=2)],
         [Fated(Fate.WITHDRAWN, 2), Fated(Fate.WITHDRAWN)]),
        ([react("ada", "✋", at=1), react("ada", "✅", at=2)],
         [Fated(Fate.STANDING), Fated(Fate.REPLACED, 1)]),
        ([react("ada", "✅", at=1), react("ada", "⏳", at=90)],
         [Fated(Fate.REPLACED, 2), Fated(Fate.STANDING)]),
        ([react("ada", "⏳", at=1)], [Fated(Fate.WITHDRAWN)]),
        ([react("ada", "✋", at=1), react("ada", "⏳", at=90)],
         [Fated(Fate.STANDING), Fated(Fate.REPLACED, 1)]),
        ([react("ada", "🎉", at=1)], [Fated(Fate.REJECTED)]),
        ([react("ada", "✅", at=101)], [Fated(Fate.LATE)]),
        ([write("ada", "endorse", at=1, verdict=Verdict.SUGGESTION)], [Fated(Fate.SUGGESTION)]),
        ([write("ada", "withdraw", at=1, door=Door.CHAT)], [Fated(Fate.WITHDRAWN)]),
    ],
)  # fmt: skip
def test_every_act_has_exactly_one_fate(drafts, expected):
    assert list(fates(ledger(*drafts), RULE, DEADLINE).values()) == expected
