"""Appeals against a declaration: until when, by whom."""

from dataclasses import replace

import pytest
from domain.ledgers import DEADLINE, draft, roll, rule_on

from bridge.domain.acts import Door, Verdict
from bridge.domain.appeals import appeal_until, appeals
from bridge.domain.ballots import Outcome
from bridge.domain.rules import Rule
from bridge.domain.tally import tally

ROUGH = Rule(mode="rough")


def appeal(person, at):
    return draft(person, Door.CHAT, "appeal", at=at, verdict=Verdict.LATE)


def count(*acts, rule=ROUGH):
    placed = [replace(act, seq=seq) for seq, act in enumerate(acts, start=1)]
    return tally(placed, roster=roll(), rule=rule, proposer=None, at=DEADLINE)


def test_each_persons_first_appeal_counts_in_the_order_they_were_made():
    made = [appeal("ben", 130), appeal("ada", 120), appeal("ben", 110)]
    assert [(act.person_ref, act.effective_at) for act in appeals(made)] == [
        ("ben", 110_000),
        ("ada", 120_000),
    ]
    assert appeals([draft("ada", Door.CHAT, "object")]) == ()


def test_an_appeal_changes_no_count():
    declared = rule_on("declare", "consensus", at=101)
    before, after = count(declared), count(declared, appeal("ada", 110))
    assert (after.outcome, after.positions) == (before.outcome, {}) == (Outcome.ADOPTED, {})
    assert [act.position for act in after.late] == ["appeal"]


@pytest.mark.parametrize(
    ("rule", "acts", "until"),
    [
        (ROUGH, [rule_on("declare", "consensus", at=101)], 5 + 72 * 3_600_000),
        (ROUGH, [], None),
        (replace(ROUGH, appeal=0), [rule_on("declare", "consensus", at=101)], None),
        (Rule(mode="silence"), [rule_on("declare", "consensus", at=101)], None),
    ],
)
def test_only_what_was_declared_can_be_appealed_from_the_result_on(rule, acts, until):
    assert appeal_until(rule, count(*acts, rule=rule), 5) == until
