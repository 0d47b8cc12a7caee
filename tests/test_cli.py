"""The command line teaches, answers without a bridge where it can, and never shows a trace."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from shutil import copyfile

import click
import pytest
from ballot_samples import LIST, OPENED, POST, act, ballot
from click.testing import CliRunner
from config_samples import ENVIRON, write_config
from sqlalchemy import update

from bridge.__main__ import main as seconded
from bridge.cli import main
from bridge.clock import now
from bridge.events import Outcome
from bridge.exit_codes import CANNOT_REACH, NO, USAGE
from bridge.ids import BallotId, Instant
from bridge.store import ballots, inbox, outbox
from bridge.store.database import Store
from bridge.store.instance import ensure_instance
from bridge.store.outbox import Letter
from bridge.store.schema import instance


def commands(group=main, name=()):
    """Yield the name of every command, such as ``("ballot", "open")``."""
    yield name
    for part, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*name, part))


@dataclass
class Terminal:
    """A shell in a directory with a configuration; says exit code, output and complaints."""

    capsys: pytest.CaptureFixture
    monkeypatch: pytest.MonkeyPatch
    directory: object

    def __call__(self, *arguments):
        self.monkeypatch.setattr(sys, "argv", ["seconded", *arguments])
        try:
            seconded()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    def write(self, change):
        """Change the database as a bridge would."""

        async def use():
            store = Store(self.directory / "seconded.sqlite3", now)
            try:
                return await store.write(change)
            finally:
                await store.close()

        return asyncio.run(use())


@pytest.fixture
def empty(tmp_path, monkeypatch, capsys):
    """A configuration, and no database yet."""
    write_config(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECONDED_CONFIG", raising=False)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    return Terminal(capsys, monkeypatch, tmp_path)


@pytest.fixture
def terminal(empty, migrated):
    copyfile(migrated, empty.directory / "seconded.sqlite3")
    return empty


def open_ballot(tx):
    ballots.record_ballot(tx, ballot(), None)
    ballots.append_act(tx, act("ben", "endorse", OPENED), {})


def shunt_two(tx):
    inbox.add(tx, lane="a", kind="mail", key="mail:1", raw=b"")
    inbox.settle(tx, 1, Outcome("shunted", "ValueError: Traceback\n  File x\nValueError: a bug"))
    outbox.add(tx, Letter("matrix", "a", "say", "hello", {}))
    outbox.mark_failed(tx, 1, state="shunted", reason="M_TOO_LARGE")


# -- help


@pytest.mark.parametrize("name", list(commands()), ids=" ".join)
def test_help_says_what_a_command_does_and_what_each_option_means(name):
    result = CliRunner().invoke(main, [*name, "--help"])
    assert result.exit_code == 0
    command = main
    for part in name:
        command = command.commands[part]
    assert len(command.help.split()) >= 4
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert all(one.help for one in options)


def test_a_person_who_says_nothing_is_shown_the_first_steps():
    assert "seconded migrate" in CliRunner().invoke(main, ["--help"]).output


@pytest.mark.parametrize(
    "arguments",
    [
        ("balot",),
        ("books", "--jsn"),
        ("trace",),
        ("unshunt",),
        ("ballot", "open", "--post", "x"),
        ("ballot", "withdraw", "1"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_is_a_sentence_and_exit_code_two(terminal, arguments):
    code, _, err = terminal(*arguments)
    assert code == USAGE
    assert err.strip()


# -- configuration and database


def test_without_a_configuration_it_says_where_one_is_looked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECONDED_CONFIG", raising=False)
    code, _, err = Terminal(capsys, monkeypatch, tmp_path)("books")
    assert code == USAGE
    assert "seconded.yaml" in err


def test_the_configuration_may_be_named_before_and_after_the_command(terminal, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    terminal.monkeypatch.chdir(tmp_path / "elsewhere")
    path = str(tmp_path / "seconded.yaml")
    assert terminal("--config", path, "books")[0] == 0
    assert terminal("books", "--config", path)[0] == 0
    terminal.monkeypatch.setenv("SECONDED_CONFIG", path)
    assert terminal("books")[0] == 0


@pytest.mark.parametrize(
    "command",
    [("run",), ("books",), ("shunted",), ("trace", "a@x"), ("unshunt", "all"), ("ballot", "list")],
    ids=" ".join,
)
def test_without_a_database_it_names_the_command_that_makes_one(empty, command):
    code, _, err = empty(*command)
    assert code == USAGE
    assert "seconded migrate" in err


def test_migrate_makes_the_database_and_a_second_time_changes_nothing(empty):
    for _ in range(2):
        code, out, _ = empty("migrate")
        assert (code, "up to date" in out) == (0, True)
    assert empty("books")[0] == 0


def test_registration_is_printed_or_written_for_the_homeserver_alone(terminal, tmp_path):
    code, out, _ = terminal("registration")
    assert (code, "hs-canary" in out) == (0, True)
    code, said, _ = terminal("registration", "-o", str(tmp_path / "registration.yaml"))
    assert (code, "canary" in said) == (0, False)
    written = tmp_path / "registration.yaml"
    assert written.read_text() == out
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_check_says_in_a_sentence_what_cannot_be_reached(empty, migrated):
    nowhere = "http://127.0.0.1:9"
    write_config(
        empty.directory,
        {
            ("matrix", "homeserver"): nowhere,
            ("mail", "submission"): {"host": "127.0.0.1", "port": 9, "security": "none"},
        },
    )
    copyfile(migrated, empty.directory / "seconded.sqlite3")
    code, out, _ = empty("check")
    assert code == NO
    assert "NOT  homeserver" in out
    assert "ok   database" in out
    assert "canary" not in out


# -- books, traces, shunted items


def test_books_of_an_empty_database_hold(terminal):
    code, out, _ = terminal("books")
    assert code == 0
    assert out.startswith("received 0 = mirrored 0 + in flight 0")


def test_books_name_the_reasons(terminal):
    terminal.write(shunt_two)
    code, out, _ = terminal("books")
    assert code == 0
    assert "shunted 1" in out
    assert "1 ValueError" in out


def test_books_that_do_not_hold_are_a_no(terminal):
    def lose(tx):
        inbox.add(tx, lane="a", kind="mail", key="mail:1", raw=b"")
        inbox.settle(tx, 1, Outcome())

    terminal.write(lose)
    assert terminal("books")[0] == NO


def test_trace_finds_a_mail_with_or_without_brackets(terminal):
    meta = {"list_id": LIST, "envelope_sender": "b@x", "client": "c"}
    raw = f"Message-ID: <{POST}>".encode()
    terminal.write(lambda tx: inbox.add(tx, lane="a", kind="mail", key="1", raw=raw, meta=meta))
    for written in (POST, f"<{POST}>"):
        code, out, _ = terminal("trace", written)
        assert (code, out.startswith("received")) == (0, True)


def test_trace_of_a_mail_that_never_came_is_a_no(terminal):
    code, out, _ = terminal("trace", "unknown@x")
    assert (code, out) == (NO, "No mail unknown@x has come in.\n")


def test_shunted_lists_both_queues_with_the_last_line_of_the_reason(terminal):
    terminal.write(shunt_two)
    code, out, _ = terminal("shunted")
    assert code == 0
    assert out.splitlines() == ["in/1  mail  ValueError: a bug", "out/1  say  M_TOO_LARGE"]


@pytest.mark.parametrize("items", [("all",), ("in/1", "out/1")], ids=" ".join)
def test_unshunt_gives_items_another_chance(terminal, items):
    terminal.write(shunt_two)
    code, out, _ = terminal("unshunt", *items)
    assert (code, out) == (0, "2 put back.\n")
    assert terminal("shunted")[1] == "Nothing is set aside.\n"


@pytest.mark.parametrize(
    "item", ["in/7", "in/", "out/x", "1", "in/²", "in/-1", "all/1", "in/" + "9" * 30]
)
def test_unshunt_says_what_is_not_shunted(terminal, item):
    code, out, err = terminal("unshunt", "--", item)
    assert (code, out) == (NO, "0 put back.\n")
    assert f"{item} is not shunted" in err


# -- ballots


@pytest.mark.parametrize("number", [(), ("1",), ("b/1",)], ids=str)
def test_status_is_answered_without_a_bridge(terminal, number):
    terminal.write(open_ballot)
    code, out, _ = terminal("ballot", "status", *number)
    assert code == 0
    assert "endorse 1" in out


def test_status_without_a_bridge_changes_no_ballot(terminal):
    terminal.write(open_ballot)
    before = terminal.write(lambda tx: ballots.ballot_by_id(tx.conn, BallotId(1)))
    terminal("ballot", "status", "1")
    assert terminal.write(lambda tx: ballots.ballot_by_id(tx.conn, BallotId(1))) == before
    assert terminal.write(lambda tx: inbox.claim(tx.conn, Instant(now()), 9)) == []


def test_list_is_answered_without_a_bridge(terminal):
    assert terminal("ballot", "list") == (0, "No ballot yet on this list.\n", "")
    terminal.write(open_ballot)
    assert "Open consultations" in terminal("ballot", "list")[1]


@pytest.mark.parametrize("number", ["2", "x", "b/", "²", "9" * 30])
def test_a_ballot_that_does_not_exist_is_a_no(terminal, number):
    terminal.write(open_ballot)
    code, out, err = terminal("ballot", "status", number)
    assert (code, out) == (NO, "")
    assert "no ballot" in err or "Which ballot" in err


@pytest.mark.parametrize("number", ["²", "9" * 30])
def test_a_ballot_that_does_not_exist_is_a_no_on_one_list_too(terminal, number):
    assert terminal("ballot", "status", "--list", LIST, number)[0] == NO


def test_a_list_that_does_not_exist_is_a_no_that_names_the_known_ones(terminal):
    code, _, err = terminal("ballot", "list", "--list", "nowhere.example.org")
    assert code == NO
    assert LIST in err


@pytest.mark.parametrize(
    "command",
    [
        ("open", "--post", POST, "--rule", "silence", "--roster", "pc", "--closes", "2099-01-01"),
        ("close", "1"),
        ("withdraw", "1", "--reason", "a typo"),
    ],
    ids=lambda one: one[0],
)
def test_what_changes_a_ballot_needs_a_bridge_and_says_so(terminal, command):
    code, out, err = terminal("ballot", *command)
    assert (code, out) == (CANNOT_REACH, "")
    assert "seconded run" in err
    assert terminal.write(lambda tx: inbox.claim(tx.conn, Instant(now()), 9)) == []


# -- operating it


def test_status_without_a_bridge_says_how_to_start_one(terminal):
    code, said, _ = terminal("status")
    assert code == NO
    assert "no bridge; start one: seconded run" in said


def test_status_is_no_while_something_waits_too_long_to_leave(terminal):
    def alive(tx):
        ensure_instance(tx)
        tx.conn.execute(update(instance).values(alive_at=tx.now))

    terminal.write(alive)
    assert terminal("status")[0] == 0

    def waits(tx):
        alive(tx)
        early = replace(tx, now=Instant(tx.now - 600_000))
        outbox.add(early, Letter("matrix", "a", "say", "hello", {}))

    terminal.write(waits)
    code, said, _ = terminal("status")
    assert code == NO
    assert "does not take what we send" in said


def test_status_is_no_while_nothing_can_be_written(terminal, monkeypatch):
    def alive(tx):
        ensure_instance(tx)
        tx.conn.execute(update(instance).values(alive_at=tx.now))

    terminal.write(alive)
    monkeypatch.setattr("bridge.store.sqlite.BUSY_MS", 0)
    with closing(sqlite3.connect(terminal.directory / "seconded.sqlite3")) as another:
        another.execute("BEGIN IMMEDIATE")
        code, said, _ = terminal("status")
    assert code == NO
    assert "running    one bridge" in said
    assert "Nothing could be written to the database just now" in said
    assert "database is locked" in said


def test_a_backup_is_a_database_that_says_it_is_a_copy(terminal):
    terminal.write(ensure_instance)
    code, said, _ = terminal("backup", "copy.sqlite3")
    assert (code, "is copied to copy.sqlite3" in said) == (0, True)
    with closing(sqlite3.connect(terminal.directory / "copy.sqlite3")) as copy:
        assert copy.execute("SELECT copied_at > 0 FROM instance").fetchone() == (1,)


def test_a_backup_never_takes_the_place_of_an_earlier_one(terminal):
    (terminal.directory / "copy.sqlite3").write_text("the only good one")
    code, _, complaint = terminal("backup", "copy.sqlite3")
    assert code == CANNOT_REACH
    assert "exists already; name another file" in complaint
