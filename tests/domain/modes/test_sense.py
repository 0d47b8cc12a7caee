"""A sense check always tells its base, and adopts nothing."""

from __future__ import annotations

from domain.ledgers import DEADLINE, ledger, react, roll

from bridge.domain.ballots import Outcome
from bridge.domain.modes import positions_of
from bridge.domain.modes.sense import could_pass, decide, explain
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.tally import tally

RULE = Rule(mode="sense", hold=0)


def test_answers_are_told_with_how_many_could_have_answered():
    drafts = [react("ada", "✅", at=1), react("ben", "✋", at=2)]
    counts = tally(ledger(*drafts), roster=roll(), rule=RULE, proposer=None, at=DEADLINE)
    assert decide(counts, RULE) == (
        Outcome.COUNTED,
        "2 of 7 who count have answered.",
    )
    assert not could_pass(counts, RULE)


def test_there_is_no_hold():
    assert Position.HOLD not in positions_of(Rule(mode="sense"))


def test_it_explains_itself():
    assert "binds nobody" in explain(RULE)
