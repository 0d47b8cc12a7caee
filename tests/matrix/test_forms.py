"""The table of what can be commanded: whole, and in step with what reads it."""

import pytest

from bridge.domain.rule_arguments import parse_rule
from bridge.domain.rules import RuleDefaults
from bridge.matrix.commands import CommandError, parse_command
from bridge.matrix.forms import AT_A_TERMINAL, BALLOT_KEYS, COMMANDS, help_text


@pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.usage)
def test_every_usage_line_is_itself_a_command(form):
    usage = form.usage.replace("…", "words")
    assert parse_command(usage).name == form.name
    assert parse_command(usage).verb == form.verb


@pytest.mark.parametrize(
    ("mode", "key", "value"),
    [
        ("silence", "k", "2"),
        ("silence", "strict", "yes"),
        ("rough", "cosigners", "3"),
        ("silence", "reason", "the deadline of the alliance"),
        ("silence", "min_evidence", "list"),
        ("threshold", "quorum", "1/2"),
        ("threshold", "threshold", "2/3"),
        ("threshold", "comparison", "at least"),
        ("threshold", "blocking", "yes"),
    ],
)
def test_a_rules_keys_in_the_table_are_keys_of_the_rule(mode, key, value):
    assert key in BALLOT_KEYS
    assert parse_rule({"rule": mode, key: value}, RuleDefaults())


def test_the_table_has_no_key_that_nobody_reads():
    command_keys = {"rule", "roster", "closes", "title", "text", "proposer"}
    command_keys |= {"comments", "supersedes", "follows", "hard_stop"}
    rule_keys = {"k", "strict", "quorum", "threshold", "comparison", "blocking"}
    rule_keys |= {"reason", "min_evidence", "cosigners"}
    assert set(BALLOT_KEYS) == command_keys | rule_keys


def test_help_names_every_command():
    assert all(form.usage in help_text() for form in COMMANDS)


def test_what_only_a_terminal_does_has_no_form_in_a_room():
    verbs = {form.verb for form in COMMANDS}
    for verb in AT_A_TERMINAL:
        assert verb not in verbs
        assert isinstance(parse_command(f"!ballot {verb} 42"), CommandError)
