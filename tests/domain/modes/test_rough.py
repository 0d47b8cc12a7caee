"""Rough consensus: the chair declares, and only when every objection is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from domain.ledgers import DEADLINE, ledger, react, roll, rule_on

from bridge.domain.ballots import Outcome
from bridge.domain.modes.rough import could_pass, decide, explain
from bridge.domain.rules import Rule
from bridge.domain.tally import tally

RULE = Rule(mode="rough")
HAND = react("ada", "✋", at=1)
ANSWERED = rule_on("address", HAND, at=2)


@pytest.mark.parametrize(
    ("drafts", "outcome", "missing"),
    [
        ([], Outcome.NO_DECISION, "has not declared"),
        ([HAND], Outcome.OBJECTED, "must answer each"),
        ([HAND, rule_on("declare", "consensus", at=3)], Outcome.OBJECTED, "1 objection is open"),
        ([HAND, ANSWERED], Outcome.NO_DECISION, "has not declared"),
        ([HAND, ANSWERED, rule_on("declare", "consensus", at=3)], Outcome.ADOPTED, "Nothing"),
        ([rule_on("declare", "full_consensus", at=3)], Outcome.ADOPTED, "Nothing"),
        ([rule_on("declare", "strong_support", at=3)], Outcome.NOT_ADOPTED, "opposition"),
        ([rule_on("declare", "divergence", at=3)], Outcome.NOT_ADOPTED, "divergence"),
    ],
)
def test_the_chair_declares_when_every_objection_is_answered(drafts, outcome, missing):
    counts = tally(ledger(*drafts), roster=roll(), rule=RULE, proposer=None, at=DEADLINE)
    found = decide(counts, RULE)
    assert found[0] is outcome
    assert missing in found[1]
    assert could_pass(counts, RULE)


def test_it_explains_itself_and_the_appeal():
    assert "4 members may appeal within 72 hours." in explain(RULE)
    assert "After a final call of 24 hours the chair declares" in explain(RULE)
    assert "final call" not in explain(replace(RULE, final_call=0))
    assert "appeal" not in explain(replace(RULE, appeal=0))
