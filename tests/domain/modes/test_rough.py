"""Rough consensus: the chair declares, and only when every objection is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from domain.ledgers import DEADLINE, ledger, react, roll, rule_on, unreact

from bridge.domain.ballots import Outcome
from bridge.domain.modes.rough import could_pass, decide, explain
from bridge.domain.rules import Rule
from bridge.domain.tally import tally
from bridge.ids import Instant

RULE = Rule(mode="rough", final_call=48, after_lifting=24)
HAND = react("ada", "✋", at=1)
ANSWERED = rule_on("address", HAND, at=2)
CONSENSUS = rule_on("declare", "consensus", at=110)


def in_time(kind):
    """An answer that leaves the 48 seconds of the final call before the close at 100."""
    return rule_on(kind, HAND, at=52)


def too_late(kind):
    return rule_on(kind, HAND, at=53)


@pytest.mark.parametrize(
    ("drafts", "outcome", "missing"),
    [
        ([], Outcome.NO_DECISION, "has not declared"),
        ([HAND], Outcome.OBJECTED, "must answer each"),
        ([HAND, rule_on("declare", "consensus", at=3)], Outcome.OBJECTED, "1 objection is open"),
        ([HAND, ANSWERED], Outcome.NO_DECISION, "has not declared"),
        ([HAND, ANSWERED, rule_on("declare", "consensus", at=3)], Outcome.ADOPTED, "Nothing"),
        ([HAND, in_time("address"), CONSENSUS], Outcome.ADOPTED, "Nothing"),
        (
            [HAND, too_late("address"), CONSENSUS],
            Outcome.NO_DECISION,
            "No final call of 48 seconds",
        ),
        ([HAND, too_late("overrule"), CONSENSUS], Outcome.NO_DECISION, "No final call"),
        ([HAND, too_late("set_aside"), CONSENSUS], Outcome.ADOPTED, "Nothing"),
        ([HAND, unreact("ada", 1, at=53), CONSENSUS], Outcome.NO_DECISION, "No final call"),
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


@pytest.mark.parametrize(("stop", "could"), [(None, True), (50_000, True), (49_999, False)])
def test_no_final_call_begins_that_the_hard_stop_would_cut_short(stop, could):
    rule = replace(RULE, hard_stop=None if stop is None else Instant(stop))
    counts = tally(ledger(HAND, ANSWERED), roster=roll(), rule=rule, proposer=None, at=DEADLINE)
    assert could_pass(counts, rule) is could


def test_it_explains_itself_and_the_appeal():
    assert "4 members may appeal within 72 hours." in explain(RULE)
    assert "After a final call of 24 hours the chair declares" in explain(Rule(mode="rough"))
    assert "the close waits, up to the hard stop" in explain(replace(RULE, hard_stop=DEADLINE))
    assert "final call" not in explain(replace(RULE, final_call=0))
    assert "appeal" not in explain(replace(RULE, appeal=0))
