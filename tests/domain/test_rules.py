"""The rule snapshot: exact numbers, the floors of a window, the words."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.modes import explain
from bridge.domain.rules import (
    ADDED,
    FLOOR,
    HOUR,
    Rule,
    RuleDefaults,
    RuleError,
    fit_window,
    may_open,
    must_be_possible,
)

DEFAULTS = RuleDefaults()
SHORT = RuleDefaults(allow_short_windows=True)
SILENCE = Rule(mode="silence")
WITH_REASON = Rule(mode="silence", shortened_reason="the alliance publishes on Monday")


@pytest.mark.parametrize(
    "rule",
    [
        SILENCE,
        Rule(mode="threshold", quorum=Fraction(1, 3), threshold=Fraction(2, 3), blocking=True),
        Rule(mode="threshold", quorum=7, comparison="at_least", short=True),
    ],
)
def test_a_rule_survives_the_store(rule):
    assert Rule.from_json(rule.to_json()) == rule
    assert Rule.from_json(rule.to_json()).sha256 == rule.sha256


def test_a_rule_that_was_hashed_before_a_field_came_keeps_its_hash():
    written = json.loads(SILENCE.to_json())
    assert ADDED.isdisjoint(written)
    assert Rule.from_json(SILENCE.to_json()).sha256 == SILENCE.sha256
    stopped = Rule(mode="silence", hard_stop=5)
    assert json.loads(stopped.to_json())["hard_stop"] == 5
    assert Rule.from_json(stopped.to_json()) == stopped


def test_rough_consensus_has_a_final_call_of_two_days_or_is_refused():
    rule = Rule(mode="rough", final_call=48 * HOUR)
    assert fit_window(rule, window=96 * HOUR, defaults=DEFAULTS).final_call == 48 * HOUR
    with pytest.raises(RuleError, match="a window of at least 96 hours"):
        fit_window(rule, window=95 * HOUR, defaults=DEFAULTS)
    assert fit_window(rule, window=HOUR, defaults=SHORT).final_call == 0


@pytest.mark.parametrize(
    ("rule", "blocks", "decides"),
    [
        (SILENCE, True, True),
        (Rule(mode="rough"), True, True),
        (Rule(mode="threshold"), False, True),
        (Rule(mode="threshold", blocking=True), True, True),
        (Rule(mode="signon"), False, False),
        (Rule(mode="sense"), False, False),
    ],
)
def test_a_rule_says_what_an_objection_does_and_whether_it_decides(rule, blocks, decides):
    assert (rule.blocks, rule.decides) == (blocks, decides)


def test_another_rule_has_another_hash():
    assert SILENCE.sha256 != Rule(mode="silence", k=2).sha256


@pytest.mark.parametrize(
    ("rule", "largest"),
    [
        (Rule(mode="silence", k=7), "k=6 or less"),
        (Rule(mode="threshold", quorum=8), "quorum=7 or less"),
        (Rule(mode="rough", cosigners=8), "write cosigners=7 or less"),
    ],
)
def test_what_a_roll_could_never_reach_is_refused(rule, largest):
    with pytest.raises(RuleError, match=largest):
        must_be_possible(rule, members=7, supporters=6)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(mode="silence", k=6),
        Rule(mode="silence", k=0),
        Rule(mode="threshold", quorum=7),
        Rule(mode="threshold", quorum=Fraction(1)),
        Rule(mode="threshold", k=9),
        Rule(mode="rough", cosigners=7),
        Rule(mode="rough", cosigners=9, appeal=0),
    ],
)
def test_what_a_roll_could_just_reach_is_allowed(rule):
    must_be_possible(rule, members=7, supporters=6)


@pytest.mark.parametrize(
    ("quorum", "base", "needed"),
    [
        (None, 9, 0),
        (7, 9, 7),
        (Fraction(1, 2), 9, 5),
        (Fraction(1, 2), 8, 4),
        (Fraction(2, 3), 9, 6),
        (Fraction(1, 2), 0, 0),
    ],
)
def test_a_quorum_is_rounded_up(quorum, base, needed):
    assert Rule(mode="threshold", quorum=quorum).quorum_of(base) == needed


@given(st.integers(0, 200), st.integers(0, 200), st.fractions(0, 1).filter(bool))
def test_at_least_and_more_than_differ_only_at_the_very_threshold(yes, no, threshold):
    least = Rule(mode="threshold", threshold=threshold, comparison="at_least")
    more = Rule(mode="threshold", threshold=threshold, comparison="more_than")
    at_it = yes + no > 0 and Fraction(yes, yes + no) == threshold
    assert (least.is_carried(yes, no) != more.is_carried(yes, no)) == at_it


@pytest.mark.parametrize(
    ("rule", "hours", "defaults", "expected"),
    [
        (SILENCE, 72, DEFAULTS, (72, False, None)),
        (WITH_REASON, 72, DEFAULTS, (72, False, None)),
        (WITH_REASON, 60, DEFAULTS, (48, False, WITH_REASON.shortened_reason)),
        (WITH_REASON, 48, DEFAULTS, (48, False, WITH_REASON.shortened_reason)),
        (WITH_REASON, 47, SHORT, (0, True, WITH_REASON.shortened_reason)),
        (SILENCE, 0, SHORT, (0, True, None)),
        (Rule(mode="silence", minimum_window=HOUR), 2, SHORT, (1, True, None)),
    ],
)
def test_a_window_is_labelled_when_it_is_shorter_than_usual(rule, hours, defaults, expected):
    fitted = fit_window(rule, window=hours * HOUR, defaults=defaults)
    minimum = fitted.minimum_window // HOUR
    assert (minimum, fitted.short, fitted.shortened_reason) == expected


@pytest.mark.parametrize(
    ("rule", "window", "says"),
    [
        (SILENCE, 60 * HOUR, r"shorter than our usual minimum of 72 hours; say why with reason="),
        (WITH_REASON, FLOOR - 1, "too short: the least is 48 hours"),
        (WITH_REASON, 20, "a window of 20 seconds is too short"),
    ],
)
def test_a_window_below_the_floor_or_without_reason_is_refused(rule, window, says):
    with pytest.raises(RuleError, match=says):
        fit_window(rule, window=window, defaults=DEFAULTS)


@pytest.mark.parametrize(("window", "final_call"), [(72 * HOUR, 24 * HOUR), (48 * HOUR, 24 * HOUR)])
def test_the_final_call_is_kept_up_to_half_the_window(window, final_call):
    assert fit_window(WITH_REASON, window=window, defaults=DEFAULTS).final_call == final_call


def test_a_final_call_longer_than_half_the_window_does_not_exist():
    assert fit_window(SILENCE, window=40 * HOUR, defaults=SHORT).final_call == 0


@pytest.mark.parametrize(
    ("rule", "left", "opens"),
    [
        (SILENCE, 72 * HOUR, True),
        (SILENCE, 72 * HOUR - 1, False),
        (Rule(mode="silence", minimum_window=0), 1, True),
        (Rule(mode="silence", minimum_window=0), 0, False),
    ],
)
def test_a_call_seen_too_late_does_not_open_the_ballot(rule, left, opens):
    assert may_open(rule, left=left) is opens


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SILENCE, "and at least 1 member other than the proposer says yes, we endorse."),
        (Rule(mode="silence", k=2), "and at least 2 members other than the proposer say yes,"),
        (Rule(mode="silence", k=0), "If nobody objects by the deadline, we endorse."),
        (Rule(mode="threshold"), "We endorse if more than 1/2 of those who say yes or no say yes."),
        (
            Rule(mode="threshold", quorum=7, comparison="at_least"),
            "if at least 7 members answer and at least 1/2 of those",
        ),
        (
            Rule(mode="threshold", quorum=Fraction(1, 3), blocking=True),
            "if at least 1/3 of the members who count answer and more than",
        ),
    ],
)
def test_a_rule_is_explained_in_words(rule, words):
    assert words in explain(rule)
    assert ("An open objection blocks it." in explain(rule)) == rule.blocking
