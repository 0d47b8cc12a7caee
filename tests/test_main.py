"""What a person did wrong becomes a sentence and an exit code."""

import sys

import click
import pytest

from bridge import __main__ as entry
from bridge.errors import ConfigError, Permanent, Transient


def ending(monkeypatch, error):
    """Run the entry point over commands that end like this; return the exit code."""

    def commands():
        raise error

    monkeypatch.setattr(entry, "commands", commands)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    return ended.value.code


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            ConfigError(["matrix.homeserver: no URL", "lists.0.id: missing"]),
            2,
            "matrix.homeserver: no URL\nlists.0.id: missing\n",
        ),
        (Transient("the database cannot write now"), 3, "the database cannot write now\n"),
        (Permanent("M_FORBIDDEN"), 3, "M_FORBIDDEN\n"),
        (OSError(13, "Permission denied", "/etc/x.yaml"), 2, "/etc/x.yaml: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (click.exceptions.Exit(7), 7, ""),
        (SystemExit(1), 1, ""),
    ],
    ids=lambda one: type(one).__name__,
)
def test_each_way_to_end_has_its_exit_code(monkeypatch, capsys, error, code, said):
    assert ending(monkeypatch, error) == code
    assert capsys.readouterr().err == said


def test_a_wrong_option_shows_how_to_ask(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["seconded", "books", "--colour"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 2
    assert "--colour" in capsys.readouterr().err


@pytest.mark.parametrize("bug", [ZeroDivisionError(), OSError(9, "Bad file descriptor")])
def test_a_bug_keeps_its_trace(monkeypatch, bug):
    def commands():
        raise bug

    monkeypatch.setattr(entry, "commands", commands)
    with pytest.raises(type(bug)):
        entry.main()


def test_every_mistake_of_a_configuration_is_shown_at_once(tmp_path, monkeypatch, capsys):
    path = tmp_path / "seconded.yaml"
    path.write_text("instance: 5\nlists: nothing\ncolour: red\n")
    monkeypatch.setattr(sys, "argv", ["seconded", "--config", str(path), "books"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert all(name in said for name in ("instance", "lists", "colour"))


def test_ctrl_c_while_the_program_is_still_loading_shows_no_trace(monkeypatch, capsys):
    def load(*_: object, **__: object):
        raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "bridge.cli", raising=False)
    monkeypatch.setattr("builtins.__import__", load)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    monkeypatch.undo()
    assert ended.value.code == 130
    assert capsys.readouterr().err == ""
