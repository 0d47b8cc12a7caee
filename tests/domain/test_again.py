"""An objection that is raised again is a new one, and linked to the one before that ended."""

from __future__ import annotations

import pytest
from ledgers import DEADLINE, amend, ledger, react, roll, rule_on, unreact, write

from bridge.domain.again import HOW, how_it_ended
from bridge.domain.fold import Lifted, Objection
from bridge.domain.rules import Rule
from bridge.domain.rulings import Ruling
from bridge.domain.tally import tally

RULE = Rule(mode="rough")
HAND = react("ada", "✋", at=1)
WORDS = write("ada", "object", at=9, with_text=True, version=2)


def links(*drafts):
    """Return which row was raised again after which, with how that one had ended."""
    counted = tally(ledger(*drafts), roster=roll(), rule=RULE, proposer=None, at=DEADLINE)
    return {seq: (one.raised_by.seq, one.how) for seq, one in counted.again.items()}


@pytest.mark.parametrize(
    ("ending", "how"),
    [
        (unreact("ada", 1, at=2), Lifted.REMOVED),
        (write("ada", "endorse", at=2), Lifted.REPLACED),
        (write("ada", "withdraw", at=2), Lifted.WITHDRAWN),
        (rule_on(Ruling.ADDRESS, HAND, at=2), Lifted.ADDRESSED),
        (rule_on(Ruling.OVERRULE, HAND, at=2), Lifted.OVERRULED),
        (rule_on(Ruling.SET_ASIDE, HAND, at=2), Lifted.SET_ASIDE),
        (amend("substantive", 2, at=2), Lifted.NEW_TEXT),
    ],
)
def test_however_the_first_one_ended_the_next_one_is_linked_to_it(ending, how):
    assert links(HAND, ending, WORDS) == {3: (1, how)}


def test_the_third_one_is_linked_to_the_second():
    second, third = react("ada", "🛑", at=3), react("ada", "⛔", at=5)
    acts = [HAND, unreact("ada", 1, at=2), second, rule_on(Ruling.OVERRULE, second, at=4), third]
    assert links(*acts) == {3: (1, Lifted.REMOVED), 5: (3, Lifted.OVERRULED)}


def test_the_chairs_word_about_the_first_one_is_none_about_the_next():
    late = rule_on(Ruling.OVERRULE, HAND, at=12)
    acts = ledger(HAND, unreact("ada", 1, at=2), WORDS, late)
    counted = tally(acts, roster=roll(), rule=RULE, proposer=None, at=DEADLINE)
    assert [one.raised_by.seq for one in counted.open_objections] == [3]


@pytest.mark.parametrize(
    "acts",
    [
        # Nobody's was raised before.
        (HAND, write("ben", "object", at=2)),
        # The reason that follows a raised hand: one objection.
        (HAND, write("ada", "object", at=2, with_text=True)),
        # Two signs of one raised hand: the second never ended, whichever is taken down.
        (HAND, react("ada", "🛑", at=2), unreact("ada", 1, at=3)),
        # To the label of a change, and to the text.
        (HAND, write("ada", "endorse", at=2), write("ada", "object", at=3, flags=("contest",))),
        # What the chair voided was never said.
        (HAND, rule_on(Ruling.VOID, HAND, at=2), WORDS),
    ],
    ids=["another person", "a reason", "two signs", "a contest", "voided"],
)
def test_what_is_not_raised_again_is_not_linked(acts):
    assert links(*acts) == {}


def test_clocks_that_date_the_next_text_before_its_change_do_not_cut_the_link():
    acts = [HAND, amend("substantive", 2, at=10), WORDS]
    assert links(*acts) == {3: (1, Lifted.NEW_TEXT)}


@pytest.mark.parametrize("how", Lifted)
def test_it_is_said_how_and_when_the_earlier_one_ended(how):
    said = how_it_ended(Objection(HAND, rule_on("address", HAND, at=2), how))
    assert said == f"{HOW[how]} on Thu 1 Jan 1970 00:00:02 UTC"
