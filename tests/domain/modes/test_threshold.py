"""Quorum and threshold: exact fractions, and what could still carry it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from domain.ledgers import DEADLINE, PEOPLE, ledger, react, roll

from bridge.domain.ballots import Outcome
from bridge.domain.modes.threshold import could_pass, decide, explain
from bridge.domain.rules import Rule
from bridge.domain.tally import tally


def counted(keys, rule):
    drafts = [react(person, key, at=1) for person, key in zip(PEOPLE, keys, strict=False)]
    return tally(ledger(*drafts), roster=roll(), rule=rule, proposer=None, at=DEADLINE)


TWO_THIRDS = {"threshold": Fraction(2, 3), "comparison": "at_least"}


@pytest.mark.parametrize(
    ("keys", "changes", "outcome", "could"),
    [
        ("✅✅✅✅✋✋", TWO_THIRDS, Outcome.ADOPTED, True),
        ("✅✅✅✅✋✋", {**TWO_THIRDS, "comparison": "more_than"}, Outcome.NOT_ADOPTED, True),
        ("✅✋✋✋✋✋", TWO_THIRDS, Outcome.NOT_ADOPTED, False),
        ("✅", {"quorum": 4}, Outcome.NOT_QUORATE, True),
        ("", {}, Outcome.NOT_ADOPTED, True),
        ("✅✅✅✅✋", {"blocking": True}, Outcome.OBJECTED, False),
        ("✅✅✅✅✋", {}, Outcome.ADOPTED, True),
        ("⏳📝", {"quorum": 7}, Outcome.NOT_QUORATE, True),
    ],
)
def test_a_share_is_exact_and_silence_may_still_speak(keys, changes, outcome, could):
    rule = Rule(mode="threshold", **changes)
    counts = counted(keys, rule)
    assert decide(counts, rule)[0] is outcome
    assert could_pass(counts, rule) is could


def test_what_is_missing_names_the_number_that_is_needed():
    rule = Rule(mode="threshold", quorum=Fraction(1, 2), **TWO_THIRDS)
    assert decide(counted("✅", rule), rule)[1] == "Answers: have 1, the quorum needs 4."
    assert decide(counted("✅✅✋✋", rule), rule)[1].endswith("needed is at least 2/3.")


def test_it_explains_itself():
    assert "more than 1/2 of those who say yes or no" in explain(Rule(mode="threshold"))
    assert "at least 7 members answer" in explain(Rule(mode="threshold", quorum=7))
    assert "An open objection blocks it." in explain(Rule(mode="threshold", blocking=True))


def test_a_share_of_one_is_all_and_never_one_person():
    rule = Rule(mode="threshold", quorum=Fraction(1), threshold=Fraction(1), comparison="at_least")
    assert "all members who count answer and all of those who say yes or no" in explain(rule)
    assert "1" not in explain(rule)
    assert decide(counted("✅✅✅✅✅✅✋", rule), rule)[1].endswith("needed is all of them.")
    assert "at least 1 member answers and" in explain(Rule(mode="threshold", quorum=1))
