from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import main

DATA = Path(__file__).parent / "data"


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, ["mail", *arguments], input=stdin)


def test_show_prints_one_object_a_line():
    result = run("show", "--json", str(DATA))
    objects = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert len(objects) == len(list(DATA.glob("*.eml")))


def test_show_reads_standard_input():
    result = run("show", "--json", "-", stdin=b"Subject: hello\n\nwords\n")
    assert json.loads(result.output)["subject"] == "hello"


def test_show_without_json_is_for_people():
    result = run("show", str(DATA / "interleaved.eml"))
    assert result.exit_code == 0
    assert "Fatou and the others" in result.output


def test_a_mail_cannot_move_the_cursor_of_the_terminal():
    result = run("show", "-", stdin=b"Subject: =?utf-8?q?a=1B[2Jb?=\n\nx\x1b[2Jy\n")
    assert "\x1b[2J" not in result.output


def test_threads_prints_parent_root_and_position():
    result = run("threads", "--json", "-", stdin=b"Message-ID: <a@x>\n\nx\n")
    assert json.loads(result.output) == {
        "message_id": "a@x",
        "parent": None,
        "root": "a@x",
        "position": 0,
    }


def test_threads_without_json_is_a_tree():
    stdin = (
        b"From a@x Mon Nov  3 12:10:34 2025\nMessage-ID: <a@x>\nSubject: [pc] Budget\n\nx\n\n"
        b"From b@x Mon Nov  3 13:10:34 2025\nMessage-ID: <b@x>\nIn-Reply-To: <a@x>\n"
        b"Subject: Re: [pc] Budget\n\ny\n"
    )
    assert run("threads", "-", stdin=stdin).output == "Budget  <a@x>\n  Budget  <b@x>\n"


@pytest.mark.parametrize("verb", ["show", "threads"])
def test_nothing_there_is_a_no(verb):
    result = run(verb, "-", stdin=b"")
    assert (result.exit_code, result.output) == (1, "No mail is there.\n")


def test_a_missing_file_is_a_wrong_command(tmp_path):
    assert run("show", str(tmp_path / "none.eml")).exit_code == 2
