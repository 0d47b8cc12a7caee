"""Lazy consensus: what breaks the silence, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from domain.ledgers import DEADLINE, ledger, react, roll, rule_on, unreact

from bridge.domain.ballots import Outcome
from bridge.domain.modes.silence import could_pass, decide, explain, is_lifted_too_late
from bridge.domain.rules import HOUR, Rule
from bridge.domain.tally import tally
from bridge.ids import Instant

RULE = Rule(mode="silence")
YES, HAND, GONE = react("ada", "✅", at=1), react("ben", "✋", at=2), unreact("ben", 2, at=3)


def decided(*drafts, rule=RULE, proposer="gil"):
    counts = tally(ledger(*drafts), roster=roll(), rule=rule, proposer=proposer, at=DEADLINE)
    return decide(counts, rule)


@pytest.mark.parametrize(
    ("drafts", "outcome", "missing"),
    [
        ([YES], Outcome.ADOPTED, "Nothing is missing."),
        ([], Outcome.TOO_FEW, "have 0, need 1"),
        ([react("gil", "✅", at=1)], Outcome.TOO_FEW, "have 0, need 1"),
        ([YES, HAND], Outcome.OBJECTED, "1 objection is open."),
        ([YES, HAND, GONE], Outcome.ADOPTED, "Nothing is missing."),
        ([YES, react("ben", "⏳", at=2)], Outcome.NOT_ADOPTED, "1 member asks for more time."),
    ],
)
def test_silence_adopts_only_without_objection_and_with_a_seconder(drafts, outcome, missing):
    found = decided(*drafts)
    assert found[0] is outcome
    assert missing in found[1]


@pytest.mark.parametrize(
    ("hard_stop", "outcome"),
    [
        (None, Outcome.ADOPTED),
        (3_000 + 24 * HOUR * 1000, Outcome.ADOPTED),
        (2_999 + 24 * HOUR * 1000, Outcome.OBJECTED),
    ],
)
def test_a_lifting_that_leaves_nobody_time_breaks_the_silence(hard_stop, outcome):
    rule = replace(RULE, hard_stop=None if hard_stop is None else Instant(hard_stop))
    counts = tally(ledger(YES, HAND, GONE), roster=roll(), rule=rule, proposer=None, at=DEADLINE)
    assert decide(counts, rule)[0] is outcome
    assert is_lifted_too_late(counts, rule) is (outcome is Outcome.OBJECTED)
    assert could_pass(counts, rule) is (outcome is Outcome.ADOPTED)


def test_what_is_set_aside_at_the_hard_stop_breaks_no_silence():
    rule = replace(RULE, hard_stop=Instant(3_000))
    aside = rule_on("set_aside", HAND, at=3)
    assert decided(YES, HAND, aside, rule=rule)[0] is Outcome.ADOPTED


def test_it_explains_itself():
    assert "at least 1 member other than the proposer says yes" in explain(RULE)
    assert "at least 2 members other than the proposer say yes" in explain(replace(RULE, k=2))
    assert "proposer" not in explain(replace(RULE, k=0))
