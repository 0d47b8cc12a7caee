"""P19: no secret of the configuration leaves, though its neighbours say every one of them aloud.

The homeserver and the mail server here repeat in their errors what we proved ourselves with. The
whole bridge runs on its real adapters, at the log's most talkative level, until each of them has
done so; then all that it wrote, showed or stored is searched for the canaries.
"""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web
from config_samples import ENVIRON, write_config
from lmtp_client import Client
from polls import polled

from bridge import lifecycle, loops
from bridge.__main__ import main as seconded
from bridge.app import composed
from bridge.config import load_config
from bridge.demo.ports import free_ports
from bridge.failpoints import armed
from bridge.ids import ListId, MessageId
from bridge.letters import mail_letter
from bridge.log import set_up_logging
from bridge.ports import Envelope
from bridge.store import outbox

PASSWORD = "password-canary"
CANARIES = (*ENVIRON.values(), PASSWORD)
LISTENERS = ("matrix", "mail", "web", "metrics")
COMMANDS = (
    ("check",),
    ("books",),
    ("shunted",),
    ("trace", "x@y"),
    ("ballot", "list"),
    ("status",),
)
TALKS = 4
"""How many ways there are for a homeserver to give a token away."""


def forms(secret: str) -> list[bytes]:
    """Return the shapes in which a secret could stand somewhere."""
    raw = secret.encode()
    return [raw, base64.b64encode(raw), base64.b64encode(b"\0bridge\0" + raw)]


def hits(what: bytes) -> list[str]:
    return [one for one in CANARIES if any(form in what for form in forms(one))]


@asynccontextmanager
async def talkative_homeserver(port: int) -> AsyncIterator[list[str]]:
    """Serve a homeserver whose every answer holds our token; yields what was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        said = f"you sent {request.headers.get('Authorization')}"
        asked.append(request.path)
        match len(asked) % TALKS:
            case 0:
                return web.json_response({"errcode": "M_FORBIDDEN", "error": said}, status=403)
            case 1:
                return web.Response(status=500, text=f"<html>{said}</html>")
            case 2:
                return web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": said}, status=401)
        return web.json_response({"error": said, said: said})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield asked
    finally:
        await runner.cleanup()


@asynccontextmanager
async def talkative_submission(port: int) -> AsyncIterator[list[bytes]]:
    """Listen as a mail server that repeats the password it refuses; yields the logins."""
    logins: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"EHLO"):
                writer.write(b"250-mail\r\n250 AUTH PLAIN\r\n")
            elif line.upper().startswith(b"AUTH PLAIN "):
                logins.append(line)
                proof = line.split()[2]
                password = base64.b64decode(proof).split(b"\0")[-1]
                writer.write(b"535 5.7.8 " + proof + b" says " + password + b", no\r\n")
            else:
                writer.write(b"221 bye\r\n")
                break
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", port)
    try:
        yield logins
    finally:
        server.close()


@pytest.fixture
def log() -> io.StringIO:
    """Everything that is logged, at every level, as a running bridge sets it up."""
    root, raises = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging(stream, level="debug", secrets=CANARIES)
    yield stream
    root.handlers[:], logging.raiseExceptions = handlers, raises
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def ports() -> dict[str, int]:
    names = (*LISTENERS, "homeserver", "submission")
    return dict(zip(names, free_ports(len(names)), strict=True))


@pytest.fixture
def home(tmp_path: Path, ports: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bridge's directory, with canaries for secrets."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    submission = {
        "host": "127.0.0.1",
        "port": ports["submission"],
        "security": "none",
        "username": "bridge",
        "password": {"file": "password"},
    }
    listens = {(name, "listen"): f"127.0.0.1:{ports[name]}" for name in LISTENERS}
    homeserver = f"http://127.0.0.1:{ports['homeserver']}"
    write_config(
        tmp_path,
        {
            **listens,
            ("mail", "protocol"): "lmtp",
            ("matrix", "homeserver"): homeserver,
            ("mail", "submission"): submission,
        },
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capfd: pytest.CaptureFixture, *arguments: str) -> bytes:
    """Run a command as at a terminal, and return all it says."""
    sys.argv = ["seconded", *arguments]
    with suppress(SystemExit):
        seconded()
    said = capfd.readouterr()
    return (said.out + said.err).encode()


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[object]:
    stop = asyncio.Event()
    config = load_config(home / "seconded.yaml", ENVIRON)
    async with composed(config) as bridge, asyncio.TaskGroup() as group:
        group.create_task(bridge.run(stop))
        yield bridge
        stop.set()


def queue_mail(tx) -> None:
    envelope = Envelope("pc@bridge.example.org", ("pc@lists.example.org",), b"Subject: x\r\n\r\n")
    name = MessageId("call@bridge.example.org")
    outbox.add(tx, mail_letter(ListId("pc.lists.example.org"), name, envelope, None))


async def answers_of(ports: dict[str, int]) -> bytes:
    """Return what our own pages say, and what our listeners say to what is wrong."""
    said = b""
    async with aiohttp.ClientSession() as http:
        pages = [
            ("web", "/healthz"),
            ("web", "/readyz"),
            ("web", "/nothing"),
            ("metrics", "/metrics"),
        ]
        pages.append(("matrix", "/_matrix/app/v1/users/@x:example.org"))
        for name, path in pages:
            async with http.get(f"http://127.0.0.1:{ports[name]}{path}") as answer:
                said += str(answer.headers).encode() + await answer.read()
    return said


async def a_mail_that_meets_a_bug(ports: dict[str, int]) -> bytes:
    """Offer a mail; what it meets inside names every secret, as a library's error might."""

    def bug() -> None:
        raise RuntimeError(f"Authorization: {CANARIES}")

    client = Client(*await asyncio.open_connection("127.0.0.1", ports["mail"]))
    with armed({"arrival.offered": bug}):
        replies = [await client.reply(), await client.say("LHLO x")]
        replies += await client.mail(to="pc-q7v2m9x4tk@bridge.example.org")
    await client.close()
    assert replies[-1].startswith("451")
    return "\n".join(replies).encode()


async def test_no_secret_stands_in_anything_we_write_show_or_store(
    home, ports, log, capfd, monkeypatch
):
    for place in (loops, lifecycle):
        monkeypatch.setattr(place, "delay_ms", lambda *_: 10)
    said = run(capfd, "migrate")
    async with (
        talkative_homeserver(ports["homeserver"]) as asked,
        talkative_submission(ports["submission"]) as logins,
        running(home) as bridge,
    ):
        await bridge.store.write(queue_mail)
        await polled(lambda: len(asked) > TALKS and logins, bool)
        said += await answers_of(ports) + await a_mail_that_meets_a_bug(ports)
        reasons = await bridge.store.read(
            lambda conn: conn.exec_driver_sql("SELECT reason FROM outbox").scalars().all()
        )
        for command in COMMANDS:
            said += await asyncio.to_thread(run, capfd, *command)
    assert any(reasons), "the neighbours' words reached nothing that is stored"
    assert "mail_deferred" in log.getvalue()
    files = {path.name: path.read_bytes() for path in home.glob("seconded.sqlite3*")}
    searched = {"log": log.getvalue().encode(), "said": said, **files}
    assert {name: hits(what) for name, what in searched.items() if hits(what)} == {}


async def test_every_file_the_bridge_makes_is_its_owner_s_alone(home, ports, log, capfd):
    before = set(home.iterdir())
    run(capfd, "migrate")
    run(capfd, "backup", "copy.sqlite3")
    async with talkative_homeserver(ports["homeserver"]), running(home):
        modes = {one.name: one.stat().st_mode & 0o777 for one in set(home.iterdir()) - before}
    assert {"seconded.sqlite3", "seconded.sqlite3-wal"} <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o77} == {}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secret_that_others_may_read_is_refused(home, capfd, mode):
    (home / "password").chmod(mode)
    said = run(capfd, "run")
    assert b"can be read by others; run: chmod 600" in said
    assert hits(said) == []


def test_a_server_s_password_is_not_in_what_is_said_when_it_is_out_of_reach(home, capfd):
    (port,) = free_ports(1)
    url = f"postgresql://bridge:{PASSWORD}@127.0.0.1:{port}/seconded"
    config = home / "seconded.yaml"
    config.write_text(config.read_text().replace("sqlite:///seconded.sqlite3", url))
    said = b"".join(run(capfd, *one) for one in (("migrate",), ("books",), ("check",), ("run",)))
    assert said
    assert hits(said) == []
