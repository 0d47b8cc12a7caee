"""The demo's story: a request on a list, a ballot in its room, the counted result on the list."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import partial
from pathlib import Path

from rich.console import Console

from bridge.demo import cast
from bridge.demo.checks import Seen, gather, judge
from bridge.demo.checks import report as summarise
from bridge.demo.member import Event, Member
from bridge.demo.report import Report
from bridge.demo.stage import ALIAS, Stage, set_stage
from bridge.ids import MessageId, message_id_hash

SHORTEST_WINDOW = 14
WINDOW_IN_MAILS = 6
"""The ballot's window is as long as six times the three mails took, so that it fits any machine."""
CALL = "[CALL]"
MAIL_BEGINS = "\n\nThe mail, as the list would get it:"
RESULT = "[RESULT]"


@dataclass(slots=True)
class Show:
    """What the story tells while it plays, and how long each part took."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def step(self, text: str) -> None:
        """Say what happens now."""
        self.console.print(f"[bold cyan]•[/] {text}", highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Say a detail of it."""
        self.console.print(f"    {text}", highlight=False, markup=False, soft_wrap=True)

    def took(self, part: str) -> None:
        """Note how long a part took."""
        now = time.monotonic()
        self.seconds[part], self._since = now - self._since, now


async def play(directory: Path, *, stay: bool) -> Report:
    """Play the story and return what was seen; with ``stay``, keep everything up until Ctrl-C."""
    show = Show(Console(stderr=not stay))
    async with set_stage(directory, show.step) as stage:
        show.took("start")
        seen = await tell(stage, show)
        evidence = await gather(stage, seen)
        checks = judge(evidence)
        show.step("what can be seen, against what was meant:")
        for name, held in checks.items():
            show.note(f"{'✔' if held else '✘'} {name.replace('_', ' ')}")
        show.step("the ballot's export, recounted by its own program:")
        show.note(f"{evidence.exported.folder}")
        show.note(evidence.exported.line)
        show.took("check")
        report = summarise(evidence, checks, show.seconds)
        if stay:
            _how_to_log_in(stage, show)
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            show.step("stopping what was started")
    _tidy_up(stage.home, report, show)
    return report


def _tidy_up(home: Path, report: Report, show: Show) -> None:
    """Remove what a story that went as meant has left; what did not is kept for a look."""
    if report.is_complete:
        shutil.rmtree(home)
    else:
        show.step(f"something was missed; logs and databases are kept in {home}")


async def tell(stage: Stage, show: Show) -> Seen:
    """Play the four acts."""
    chair = stage.members[cast.CHAIR.slug]
    room = await _everybody_joins(stage, show)
    request = await _three_mails(stage, chair, show)
    card = await _ballot_opens(stage, chair, room, request, show)
    await _members_answer(stage, room, card, show)
    result = await _result_comes(stage, chair, show)
    return Seen(room, card, result)


async def _everybody_joins(stage: Stage, show: Show) -> str:
    show.step(f"everybody joins {ALIAS}")
    chair = stage.members[cast.CHAIR.slug]
    room = await chair.join_when_there(ALIAS)
    for member in stage.members.values():
        await member.join(ALIAS)
    show.took("join")
    return room


async def _three_mails(stage: Stage, chair: Member, show: Show) -> Event:
    """Post three mails through Mailman and watch them come into the room."""
    office, slowest = stage.servers.post_office, 0.0
    for mail in cast.MAILS:
        show.step(f"{mail.author.name} posts to {cast.LIST_ADDRESS}: {mail.subject}")
        office.post(mail.raw, sender=mail.author.address, recipients=(cast.LIST_ADDRESS,))
        await office.wait_for(cast.BRIDGE_ADDRESS, partial(_is_copy, mail))
        handed_over = time.monotonic()
        wanted = message_id_hash(MessageId(mail.message_id))
        is_it = partial(_is_post, message_id=wanted)
        event = await chair.wait_for(is_it, f"the post of {mail.author.name}")
        took = time.monotonic() - handed_over
        slowest = max(slowest, took)
        show.note(
            f"{took:.1f} s after the list handed it over it is {_place(event)}, "
            f"by {shown_name(chair.events, event)}:"
        )
        show.note(f"  {_own_line(event)}")
    show.took("mails")
    show.seconds["list_to_room"] = slowest
    wanted = message_id_hash(MessageId(cast.REQUEST.message_id))
    return await chair.wait_for(partial(_is_post, message_id=wanted), "the request")


async def _ballot_opens(
    stage: Stage, chair: Member, room: str, request: Event, show: Show
) -> Event:
    window = max(SHORTEST_WINDOW, WINDOW_IN_MAILS * show.seconds["mails"])
    closes = datetime.now(UTC) + timedelta(seconds=window)
    command = (
        f'!ballot open rule=silence roster=pc closes="{closes:%Y-%m-%d %H:%M:%S} UTC" '
        'title="Open consultations"'
    )
    show.step(f"{cast.CHAIR.name} replies to the request in the room:")
    show.note(command)
    asked = await chair.reply(room, str(request["event_id"]), command)
    preview = await chair.wait_for(lambda one: _answers(one, asked), "the preview")
    show.step("the bot shows the rule, the roll and the exact call:")
    for line in _summary(preview):
        show.note(line)
    show.step("the chair confirms with ✅")
    await chair.react(room, str(preview["event_id"]), "✅")
    call = await stage.servers.post_office.wait_for(
        cast.GRETA.address, lambda mail: CALL in str(mail["Subject"])
    )
    show.step(f"the call reached every subscriber through Mailman ({len(call)} bytes)")
    card = await chair.wait_for(_is_card, "the card")
    show.step("the call was seen back from the list: the ballot is open, its card is pinned")
    show.note(_first_line(card))
    show.took("open")
    return card


async def _members_answer(stage: Stage, room: str, card: Event, show: Show) -> None:
    target = str(card["event_id"])
    people = stage.members
    show.step("members answer: ✅ ✅ 🆗, a reservation in words, a ✋ that is taken back")
    await people[cast.BRUNO.slug].react(room, target, "✅")
    await people[cast.CHIDI.slug].react(room, target, "👍🏿")
    await people[cast.ESTER.slug].react(room, target, "🆗")
    hand = await people[cast.FARID.slug].react(room, target, "✋")
    words = "!reserve I would have liked a word on small organisations."
    await people[cast.DALIA.slug].say_in_thread(room, target, words)
    show.step(f"{cast.STRANGER.name}, who is not on the roll, reacts too")
    await people[cast.STRANGER.slug].react(room, target, "✅")
    await asyncio.sleep(1)
    await people[cast.FARID.slug].take_back(room, hand)
    await people[cast.FARID.slug].react(room, target, "✅")
    show.took("answers")


async def _result_comes(stage: Stage, chair: Member, show: Show) -> bytes:
    show.step("waiting for the deadline, the catch-up and a clean sweep")
    result = await stage.servers.post_office.wait_for(
        cast.GRETA.address, lambda mail: RESULT in str(mail["Subject"]), seconds=60
    )
    show.took("close")
    for kind in ("card", "status"):
        await chair.wait_for(partial(_says_announced, kind=kind), f"the {kind}'s last state")
    show.step(f"the result, as {cast.GRETA.name} received it:")
    for line in result.decode("utf-8", "replace").splitlines():
        show.note(line)
    return result


def _how_to_log_in(stage: Stage, show: Show) -> None:
    show.step("everything stays up until Ctrl-C; log in with any Matrix client:")
    show.note(f"homeserver  {stage.servers.synapse.url} (reachable from this machine only)")
    for account in stage.accounts.values():
        show.note(f"{account.user_id:<22} password {account.password}")
    show.note(f"room        {ALIAS}")
    program = Path(sys.executable).with_name("seconded")
    show.note(f"bridge      {program} --config {stage.bridge.config_path} books")


def _is_post(event: Event, message_id: str) -> bool:
    sources = event.get("content", {}).get("org.seconded.source", [])
    return any(one.get("message_id") == message_id for one in sources)


def _answers(event: Event, asked: str) -> bool:
    relation = event.get("content", {}).get("m.relates_to", {})
    is_bot = str(event["sender"]).startswith("@seconded:")
    return is_bot and relation.get("m.in_reply_to", {}).get("event_id") == asked


def _is_card(event: Event) -> bool:
    content = event.get("content", {})
    is_edit = content.get("m.relates_to", {}).get("rel_type") == "m.replace"
    return content.get("org.seconded.ballot", {}).get("kind") == "card" and not is_edit


def _says_announced(event: Event, kind: str) -> bool:
    content = event.get("content", {}).get("m.new_content", {})
    is_it = content.get("org.seconded.ballot", {}).get("kind") == kind
    return is_it and "the result is on the list" in str(content.get("body"))


def _is_copy(mail: cast.Mail, received: Message) -> bool:
    return str(received["Message-ID"]).strip("<> ") == mail.message_id


def _place(event: Event) -> str:
    relation = event["content"].get("m.relates_to", {})
    return "in its thread" if relation.get("rel_type") == "m.thread" else "in the room"


def shown_name(events: Iterable[Event], event: Event) -> str:
    """Return the name under which the room shows an event's author."""
    names = {
        one["state_key"]: one["content"].get("displayname")
        for one in events
        if one["type"] == "m.room.member"
    }
    return str(names.get(event["sender"]) or event["sender"])


def _summary(preview: Event) -> list[str]:
    """Return the preview's own lines, and how long the mail is that follows them."""
    summary, _, mail = str(preview["content"]["body"]).partition(MAIL_BEGINS)
    return [*summary.splitlines(), "", f"… and the whole mail, {len(mail.splitlines())} lines"]


def _own_line(event: Event) -> str:
    """Return the first line that is the author's own: no quote, and no fold of one."""
    lines = [line.strip() for line in str(event["content"].get("body", "")).splitlines()]
    return next((line for line in lines if line and line[0] not in ">…"), "")


def _first_line(event: Event) -> str:
    return str(event["content"].get("body", "")).strip().splitlines()[0]
