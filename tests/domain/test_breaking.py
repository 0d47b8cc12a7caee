"""When a strict silence was broken, whatever became of the objection."""

from dataclasses import replace

import pytest
from domain.ledgers import draft, roll
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.acts import CHAIR, REMOVED, REMOVED_BY_MODERATOR, Act, Door, Verdict
from bridge.domain.ballots import Outcome
from bridge.domain.breaking import broken_at
from bridge.domain.modes import explain
from bridge.domain.rule_arguments import parse_rule
from bridge.domain.rules import Rule, RuleDefaults, RuleError
from bridge.domain.tally import tally

STRICT = Rule(mode="silence", k=0, strict=True)
HAND = draft("ada", Door.REACTION, "object", at=10, source="$hand")
GONE = draft("ada", Door.REACTION, REMOVED, at=20, source="$gone", target="$hand")


def count(*acts: Act, at: int = 100_000):
    placed = [replace(act, seq=seq) for seq, act in enumerate(acts, start=1)]
    return tally(placed, roster=roll("ada", "ben"), rule=STRICT, proposer=None, at=at)


@pytest.mark.parametrize(
    ("acts", "broken"),
    [
        ([HAND], 10_000),
        ([HAND, GONE], 10_000),
        ([HAND, draft("ada", Door.CHAT, "endorse", at=30)], 10_000),
        ([draft("ben", Door.CHAT, "object", at=40), HAND], 10_000),
        ([replace(HAND, verdict=Verdict.REJECTED)], None),
        ([replace(HAND, verdict=Verdict.LATE)], None),
        ([draft("zoe", Door.CHAT, "object", at=40)], None),
        ([draft("ada", Door.CHAT, "endorse", at=40)], None),
        ([replace(GONE, effective_at=5_000), HAND], None),
        (
            [replace(GONE, effective_at=5_000, flags=(REMOVED_BY_MODERATOR,)), HAND],
            10_000,
        ),
        (
            [
                HAND,
                draft("ada", Door.CHAIR, "void", at=50, target="reaction/$hand", capacity=CHAIR),
            ],
            None,
        ),
    ],
)
def test_the_first_objection_breaks_it_and_nothing_mends_it(acts, broken):
    counted = count(*acts)
    assert counted.broken == broken
    assert (counted.outcome is Outcome.OBJECTED) is (broken is not None)


def test_what_is_raised_after_the_instant_of_the_count_breaks_nothing():
    assert count(HAND, at=9_999).broken is None
    assert count(HAND, at=10_000).outcome is Outcome.OBJECTED


@given(st.permutations([HAND, GONE, draft("ben", Door.CHAT, "object", at=15)]))
def test_the_order_of_arrival_does_not_matter(acts):
    assert count(*acts).broken == 10_000


def test_an_empty_ledger_is_silence():
    assert broken_at([], 1) is None
    assert count().outcome is Outcome.ADOPTED


def test_the_rule_is_asked_for_says_so_and_keeps_old_hashes():
    rule = parse_rule({"rule": "silence", "strict": "yes"}, RuleDefaults())
    assert rule.strict
    assert "The first objection ends the procedure at once and for good" in explain(rule)
    assert "strict" not in Rule(mode="silence").hashed.decode()
    assert Rule.from_json(rule.to_json()) == rule
    for wrong in ({"rule": "silence", "strict": "maybe"}, {"rule": "rough", "strict": "yes"}):
        with pytest.raises(RuleError):
            parse_rule(wrong, RuleDefaults())
