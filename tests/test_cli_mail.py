from __future__ import annotations

import asyncio
import json
from pathlib import Path

import dns.rcode
import pytest
from click.testing import CliRunner
from name_server import Zone, serving
from signing import DOMAIN, NAME, rsa_pair, signed

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


async def asking(zone, *arguments):
    async with serving(zone) as names:
        server = f"127.0.0.1:{names.port}"
        options = ["show", "--dns", "--nameserver", server, *arguments, "-"]
        return await asyncio.to_thread(run, *options, stdin=signed())


async def test_show_asks_the_dns_when_told_to():
    result = await asking(Zone({NAME: (rsa_pair().record,)}), "--json")
    found = json.loads(result.output)
    assert found["evidence"] == {"level": "signed", "method": "dkim", "domain": DOMAIN}
    assert found["errors"] == []
    result = await asking(Zone({NAME: (rsa_pair().record,)}))
    assert f"evidence: signed (dkim, {DOMAIN})" in result.output


async def test_a_name_server_that_fails_proves_nothing_and_says_later():
    result = await asking(Zone({}, dns.rcode.SERVFAIL), "--json")
    found = json.loads(result.output)
    assert found["evidence"] == {"level": "none", "method": None, "domain": None}
    assert found["errors"] == ["later: no name server answered"]
    result = await asking(Zone({}, dns.rcode.SERVFAIL))
    assert "evidence: none, later: no name server answered" in result.output


async def test_offline_show_asks_nobody():
    zone = Zone({NAME: (rsa_pair().record,)})
    async with serving(zone) as names:
        server = f"127.0.0.1:{names.port}"
        options = ["show", "--json", "--nameserver", server, "-"]
        result = await asyncio.to_thread(run, *options, stdin=signed())
    assert json.loads(result.output)["evidence"]["level"] == "none"
    assert zone.asked == []


@pytest.mark.parametrize("server", ["ns.example.org", "192.0.2.53:x", "", "[::1"])
def test_a_name_server_has_an_address(server):
    assert run("show", "--nameserver", server, "-", stdin=b"").exit_code == 2


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
