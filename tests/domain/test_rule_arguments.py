"""The rule as a chair writes it, and what a mistake is answered with."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.rule_arguments import parse_rule
from bridge.domain.rules import Rule, RuleDefaults, RuleError

DEFAULTS = RuleDefaults(hold=60)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"rule": "silence"}, Rule(mode="silence", hold=60)),
        ({"rule": " Silence ", "k": "0"}, Rule(mode="silence", k=0, hold=60)),
        (
            {"rule": "silence", "roster": "pc", "closes": "…", "title": "…", "text": "post"},
            Rule(mode="silence", hold=60),
        ),
        (
            {"rule": "silence", "reason": " it  is urgent "},
            Rule(mode="silence", hold=60, shortened_reason="it is urgent"),
        ),
        (
            {"rule": "silence", "min_evidence": "DKIM"},
            Rule(mode="silence", hold=60, min_evidence="dkim"),
        ),
        ({"rule": "threshold"}, Rule(mode="threshold", hold=60)),
        ({"rule": "rough"}, Rule(mode="rough", hold=60, final_call=48 * 3600)),
        (
            {"rule": "rough", "cosigners": "3"},
            Rule(mode="rough", hold=60, final_call=48 * 3600, cosigners=3),
        ),
        ({"rule": "silence", "strict": "YES"}, Rule(mode="silence", hold=60, strict=True)),
        ({"rule": "Sign-on"}, Rule(mode="signon", hold=0, final_call=0, after_lifting=0)),
        ({"rule": "sense"}, Rule(mode="sense", hold=0, final_call=0, after_lifting=0)),
        (
            {"rule": "threshold", "quorum": "1/3", "threshold": "2/3", "comparison": "At least"},
            Rule(
                mode="threshold",
                hold=60,
                quorum=Fraction(1, 3),
                threshold=Fraction(2, 3),
                comparison="at_least",
            ),
        ),
        (
            {"rule": "threshold", "quorum": "7", "threshold": "66.67%", "blocking": "yes"},
            Rule(
                mode="threshold",
                hold=60,
                quorum=7,
                threshold=Fraction(6667, 10000),
                blocking=True,
            ),
        ),
        (
            {"rule": "threshold", "threshold": "0.5", "comparison": "more-than"},
            Rule(mode="threshold", hold=60),
        ),
    ],
)
def test_a_rule_is_read_from_the_command(arguments, rule):
    assert parse_rule(arguments, DEFAULTS) == rule


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "the rule is missing; write rule=silence"),
        ({"rule": "silense"}, "did you mean rule=silence?"),
        ({"rule": "treshold"}, "did you mean rule=threshold?"),
        (
            {"rule": "silence", "rooster": "pc"},
            "there is no option 'rooster'; did you mean roster?",
        ),
        ({"rule": "silence", "quorum": "1/2"}, "quorum does not belong to rule=silence"),
        ({"rule": "threshold", "k": "1"}, "k does not belong to rule=threshold"),
        ({"rule": "silence", "k": "-1"}, "write k=1"),
        ({"rule": "silence", "k": "one"}, "write k=1"),
        ({"rule": "silence", "k": "²"}, "write k=1"),
        ({"rule": "silence", "reason": " "}, "says nothing"),
        ({"rule": "silence", "reason": "é" * 501}, "say it in 500"),
        ({"rule": "silence", "min_evidence": "hope"}, "write one of list, dkim, link, matrix"),
        ({"rule": "threshold", "quorum": "0"}, "write quorum=2/3"),
        ({"rule": "threshold", "threshold": "3/2"}, "write threshold=2/3"),
        ({"rule": "threshold", "threshold": "1/0"}, "write threshold=2/3"),
        ({"rule": "threshold", "threshold": "1e9999999"}, "write threshold=2/3"),
        ({"rule": "threshold", "threshold": "most"}, "write threshold=2/3"),
        ({"rule": "threshold", "threshold": "1"}, "more than 1/1 cannot be reached"),
        ({"rule": "threshold", "comparison": ">"}, "write comparison="),
        ({"rule": "threshold", "blocking": "perhaps"}, "write blocking=yes"),
    ],
)
def test_a_mistake_names_the_right_form(arguments, says):
    with pytest.raises(RuleError) as refused:
        parse_rule(arguments, DEFAULTS)
    assert says in str(refused.value)


keys = st.sampled_from(["k", "quorum", "threshold", "comparison", "blocking", "reason", "x", ""])


@given(st.sampled_from(["silence", "threshold"]), st.dictionaries(keys, st.text(max_size=12)))
def test_any_arguments_give_a_rule_or_a_rule_error(mode, arguments):
    try:
        rule = parse_rule({"rule": mode, **arguments}, DEFAULTS)
    except RuleError:
        return
    assert Rule.from_json(rule.to_json()) == rule
