"""A substantive change asks for every position anew; an editorial one does not."""

from __future__ import annotations

import pytest
from ledgers import DEADLINE, amend, ledger, react, roll, unreact, write

from bridge.domain.ballots import Outcome
from bridge.domain.epochs import epochs_of, latest_version
from bridge.domain.fold import Lifted
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.standing import Fate, Note, fates, standings
from bridge.domain.tally import tally

SILENCE = Rule(mode="silence", k=0)


def count(*drafts):
    return tally(ledger(*drafts), roster=roll(), rule=SILENCE, proposer=None, at=DEADLINE)


def ada(*drafts):
    return standings(ledger(*drafts), SILENCE, DEADLINE)["ada"]


def test_a_position_for_an_earlier_text_is_none_until_it_is_confirmed():
    acts = [react("ada", "✅", at=1), amend("substantive", 2, at=2)]
    before, after = count(*acts), count(*acts, react("ada", "✅", at=3, version=2))
    assert (before.endorse, before.silent, before.unconfirmed) == (0, 7, ("ada",))
    assert (after.endorse, after.silent, after.unconfirmed) == (1, 6, ())
    assert ada(*acts).unconfirmed.position == Position.ENDORSE
    assert ada(*acts).notes == (Note.UNCONFIRMED,)


def test_the_version_decides_and_not_the_clock():
    acts = [amend("substantive", 2, at=9), react("ada", "✅", at=8, version=2)]
    assert count(*acts).endorse == 1


@pytest.mark.parametrize("label", ["editorial", "substantive"])
def test_only_a_substantive_change_begins_an_epoch(label):
    acts = ledger(react("ada", "✅", at=1), amend(label, 2, at=2))
    assert latest_version(acts) == 2
    assert len(epochs_of(acts, acts)) == (1 if label == "editorial" else 2)


def test_what_was_given_before_an_editorial_change_is_marked():
    found = ada(react("ada", "✅", at=1), amend("editorial", 2, at=2))
    assert (found.position, found.notes) == (Position.ENDORSE, (Note.EARLIER_VERSION,))


def test_an_objection_to_an_earlier_text_ends_with_it_and_is_not_forgotten():
    counted = count(react("ada", "✋", at=1), amend("substantive", 2, at=2))
    assert [one.how for one in counted.objections] == [Lifted.NEW_TEXT]
    assert counted.outcome is Outcome.ADOPTED
    assert counted.unconfirmed == ("ada",)


def test_an_objection_that_was_lifted_before_keeps_how_it_was():
    acts = [react("ada", "✋", at=1), unreact("ada", 1, at=2), amend("substantive", 2, at=3)]
    assert [one.how for one in count(*acts).objections] == [Lifted.REMOVED]


def test_whoever_took_it_back_for_the_new_text_has_nothing_to_confirm():
    acts = [
        react("ada", "✅", at=1),
        amend("substantive", 2, at=2),
        react("ada", "✅", at=3, version=2),
        unreact("ada", 3, at=4, version=2),
    ]
    assert count(*acts).unconfirmed == ()


def test_what_was_withdrawn_for_the_text_between_does_not_wait():
    acts = [
        react("ada", "✅", at=1),
        amend("substantive", 2, at=2),
        react("ada", "✅", at=3, version=2),
        unreact("ada", 3, at=4, version=2),
        amend("substantive", 3, at=5),
    ]
    assert count(*acts).unconfirmed == ()


def test_a_position_two_texts_ago_still_waits():
    acts = [
        react("ada", "✅", at=1),
        amend("substantive", 2, at=2),
        amend("substantive", 3, at=3),
        write("ben", "object", at=4, version=2),
    ]
    assert count(*acts).unconfirmed == ("ada", "ben")


def test_each_act_has_one_fate_over_all_epochs():
    acts = ledger(
        react("ada", "✅", at=1),
        react("ben", "✅", at=1),
        amend("substantive", 2, at=2),
        react("ada", "✅", at=3, version=2),
    )
    found = fates(acts, SILENCE, DEADLINE)
    assert [found[seq].fate for seq in (1, 2, 3, 4)] == [
        Fate.REPLACED,
        Fate.UNCONFIRMED,
        Fate.RULING,
        Fate.STANDING,
    ]
    assert found[1].by == 4


def test_more_time_is_given_once_for_each_text_that_everybody_is_asked_about():
    rule = Rule(mode="silence", hold=10)
    acts = [
        write("ada", "hold", at=80),
        write("ada", "hold", at=85),
        amend("substantive", 2, at=90),
        write("ada", "hold", at=95, version=2),
    ]
    found = standings(ledger(*acts), rule, DEADLINE)["ada"]
    assert (found.position, found.act.seq, found.hold_until) == (Position.HOLD, 4, 105_000)
    once = standings(ledger(*acts[:2]), rule, DEADLINE)["ada"]
    assert (once.position, once.hold_until) == (None, 90_000)
