"""The command line beside a running bridge, on real servers: a whole ballot, and the checks."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from polls import polled
from sources import is_public_post

from bridge.demo.bridge_config import BridgeSettings, Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Mail, Player
from bridge.demo.member import Event, Member
from bridge.demo.ports import free_ports
from bridge.demo.postoffice import PostOffice
from bridge.store.migrate import migrate

pytestmark = pytest.mark.real

CLI = Mirrored("cli@lists.demo", "cli-8w3@bridge.demo", "Command Line Group", ("amal",))
ALIAS = "#list_cli:hs.test"
TEXT = Mail(
    Player("amal", "Amal Chair", "Africa/Tunis"),
    "Statement@people.demo",
    "A statement",
    "Every consultation is announced thirty days ahead.\n",
    list_address=CLI.posting_address,
)


@pytest.fixture(scope="module")
def bridge(run_bridge: Callable) -> Iterator[BridgeServer]:
    with run_bridge(CLI, confirm="12h") as running:
        yield running


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody at a terminal on the bridge's machine."""

    bridge: BridgeServer

    async def run(self, *arguments: str, status: int = 0) -> str:
        done = await asyncio.to_thread(self.bridge.run, *arguments)
        assert done.returncode == status, done
        return done.stdout + done.stderr

    async def shows(self, wanted: str, *arguments: str) -> str:
        """Run a command again and again until it shows what is wanted."""
        look = lambda: self.bridge.run(*arguments).stdout  # noqa: E731
        return await polled(look, lambda said: wanted in said, looks=100)


async def test_a_ballot_is_opened_followed_and_closed_from_the_command_line(
    bridge: BridgeServer, post_office: PostOffice, log_in: Callable
) -> None:
    terminal, boris = Terminal(bridge), await log_in("boris")
    room = await boris.join_when_there(ALIAS)
    post_office.post(TEXT.raw, sender=TEXT.author.address, recipients=(CLI.posting_address,))
    await boris.wait_for(partial(is_public_post, TEXT.message_id), "the statement")

    opened = await terminal.run("ballot", "open", *wish(), "--yes")
    assert "thirty days ahead" in opened
    assert "b/1: the call goes to the list now" in opened
    await answers_the_card(boris, room)
    assert "endorse 1" in await terminal.shows("endorse 1", "ballot", "status", "1")
    listed = await terminal.shows("closed", "ballot", "list")
    assert "b/1" in listed
    assert "A statement" in listed

    assert "goes to the list now" in await terminal.run("ballot", "close", "1", "--yes")
    result = await post_office.wait_for(
        "chloe@people.demo", lambda mail: "[RESULT]" in str(mail["Subject"]), seconds=120
    )
    assert b"statement" in result
    traced = await terminal.run("trace", f"<{TEXT.message_id}>")
    for checkpoint in ("received", "accepted", "mirrored   part 0: sent as $", "ballot     b/1"):
        assert checkpoint in traced
    assert "received" in await terminal.run("books")
    assert "Nothing is set aside." in await terminal.run("shunted")


def wish() -> tuple[str, ...]:
    closes = datetime.now(UTC) + timedelta(seconds=20)
    return (
        *("--post", TEXT.message_id, "--rule", "silence", "--roster", "pc"),
        *("--closes", f"{closes:%Y-%m-%d %H:%M:%S} UTC"),
    )


async def answers_the_card(member: Member, room: str) -> None:
    card = await member.wait_for(is_card, "the card")
    await member.react(room, str(card["event_id"]), "✅")


def is_card(event: Event) -> bool:
    return event.get("content", {}).get("org.seconded.ballot", {}).get("kind") == "card"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("status", "77"), "There is no ballot b/77 on this list."),
        (
            ("open", "--post", "no@such", "--rule", "silence", "--roster", "pc", "--closes", "x"),
            "I know no such post.",
        ),
        (("close", "77"), "There is no ballot b/77 on this list."),
    ],
    ids=["status", "open", "close"],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    bridge: BridgeServer, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in await Terminal(bridge).run("ballot", *arguments, status=1)


async def test_check_finds_everything_well_beside_the_running_bridge(
    bridge: BridgeServer,
) -> None:
    lines = (await Terminal(bridge).run("check")).splitlines()
    # The first one warns of the short windows that these tests need.
    tried = ("homeserver", "ping", "database", "submission", "clock")
    found = [line.split(":")[0] for line in lines]
    assert found == ["note configuration", *(f"ok   {name}" for name in tried)]


Change = Callable[[BridgeSettings], BridgeSettings]
WRONG: Mapping[str, tuple[Change, str, str]] = {
    "token": (
        lambda one: replace(one, as_token="a-token-of-somebody-else-entirely"),
        "homeserver",
        "`seconded registration`",
    ),
    "homeserver down": (
        lambda one: replace(one, homeserver_port=free_ports(1)[0]),
        "homeserver",
        "see that the homeserver runs",
    ),
    "mail server": (
        lambda one: replace(one, submission_port=free_ports(1)[0]),
        "submission",
        "compare host, port",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_check_says_in_a_sentence_what_is_wrong(
    bridge: BridgeServer, tmp_path: Path, name: str
) -> None:
    change, finding, advice = WRONG[name]
    mistaken = BridgeServer(tmp_path, change(bridge.settings))
    migrate(mistaken.database)
    lines = (await Terminal(mistaken).run("check", status=1)).splitlines()
    wrong = {line[5:].partition(":")[0]: line for line in lines if line.startswith("NOT ")}
    assert advice in wrong[finding]
    assert "Traceback" not in json.dumps(lines)


async def test_a_verb_that_writes_needs_a_running_bridge_and_says_so(
    bridge: BridgeServer, tmp_path: Path
) -> None:
    silent = Terminal(BridgeServer(tmp_path, bridge.settings))
    assert "is up to date" in await silent.run("migrate")
    assert "start one: seconded run" in await silent.run("ballot", "close", "1", status=3)
    assert "No ballot yet" in await silent.run("ballot", "list")
