"""A sign-on counts names and adopts nothing."""

from __future__ import annotations

from domain.ledgers import DEADLINE, ledger, react, roll, unreact

from bridge.domain.acts import UNTIL_PUBLICATION
from bridge.domain.ballots import Outcome
from bridge.domain.modes import positions_of
from bridge.domain.modes.signon import could_pass, decide, explain
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.tally import tally

RULE = Rule(mode="signon", hold=0)


def count(*drafts, on=None):
    return tally(ledger(*drafts), roster=on or roll(), rule=RULE, proposer=None, at=DEADLINE)


def test_names_are_counted_and_nothing_is_adopted():
    counts = count(react("ada", "✅", at=1), react("ben", "✅", at=2))
    assert decide(counts, RULE) == (Outcome.COUNTED, "2 names so far; nothing is missing.")
    assert could_pass(counts, RULE)
    assert counts.outcome is Outcome.COUNTED


def test_nobody_at_all_is_a_count_too():
    assert count(on=roll("ada")).outcome is Outcome.COUNTED


def test_one_signs_or_one_does_not():
    assert positions_of(RULE) == {Position.ENDORSE, Position.WITHDRAW}


def test_a_name_may_be_taken_off_between_the_close_and_the_publication():
    signed = react("ada", "✅", at=1)
    late = unreact("ada", 1, at=150, flags=(UNTIL_PUBLICATION,))
    assert count(signed, late).endorse == 0
    assert count(signed, unreact("ada", 1, at=150)).endorse == 1


def test_it_explains_itself():
    assert "Nothing is decided by numbers." in explain(RULE)
