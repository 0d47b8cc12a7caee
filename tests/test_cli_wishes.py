"""A terminal is shown what would happen, and asked; a script says --yes."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from bridge import cli_wishes
from bridge.cli_wishes import NOBODY_TO_ASK, wish_with_preview, yes_option


class Bridge:
    """Answers what it is asked, and keeps it."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def __call__(self, config, listed, verb, arguments):
        self.asked.append(dict(arguments))
        return self.answers.pop(0)


@click.command()
@yes_option
@click.pass_context
def extend(context, *, yes):
    wish_with_preview(context, None, "extend", {"ballot": "1", "as": None}, is_yes=yes)


def give(monkeypatch, bridge, *arguments, typed=None):
    """Give the command, at a terminal when something is typed."""
    monkeypatch.setattr(cli_wishes, "ask_bridge", bridge)
    monkeypatch.setattr(cli_wishes, "given_config", lambda _: None)
    monkeypatch.setattr(cli_wishes, "is_at_a_terminal", lambda: typed is not None)
    return CliRunner().invoke(extend, arguments, input=typed)


def test_a_script_that_says_yes_is_not_asked(monkeypatch):
    bridge = Bridge((True, "extended"))
    result = give(monkeypatch, bridge, "--yes")
    assert (result.exit_code, result.output) == (0, "extended\n")
    assert bridge.asked == [{"ballot": "1", "yes": "yes"}]


def test_without_a_terminal_it_is_only_shown_and_a_script_learns_that_nothing_was_done(monkeypatch):
    bridge = Bridge((True, "It closes later."))
    result = give(monkeypatch, bridge)
    assert (result.exit_code, len(bridge.asked)) == (1, 1)
    assert result.stdout == "It closes later.\n"
    assert result.stderr == f"{NOBODY_TO_ASK}\n"


@pytest.mark.parametrize(("typed", "code", "asked"), [("y\n", 0, 2), ("\n", 1, 1), ("n\n", 1, 1)])
def test_at_a_terminal_the_yes_means_the_preview_that_was_shown(monkeypatch, typed, code, asked):
    bridge = Bridge((True, "It closes later."), (True, "extended"))
    result = give(monkeypatch, bridge, typed=typed)
    assert (result.exit_code, len(bridge.asked)) == (code, asked)
    assert "Really?" in result.output
    if asked == 2:
        shown, said = bridge.asked
        assert said == {**shown, "yes": "yes"}


def test_what_cannot_be_done_is_not_asked_about(monkeypatch):
    result = give(monkeypatch, Bridge((False, "It is closed.")), typed="y\n")
    assert (result.exit_code, "Really?" in result.output) == (1, False)


def test_without_a_bridge_it_says_so(monkeypatch):
    assert give(monkeypatch, Bridge(None)).exit_code == 3
