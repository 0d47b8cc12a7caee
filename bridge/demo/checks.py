"""What the demo checks: at the homeserver and in a subscriber's mailbox, against what was meant."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from bridge.clock import now
from bridge.demo import cast
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.member import Event
from bridge.demo.report import Report
from bridge.demo.stage import Stage
from bridge.ids import BallotId, MessageId, message_id_hash
from bridge.store import ballots, mirror
from bridge.store.books import Books, read_books
from bridge.store.database import Reading, Store

MEANT = {
    "endorse": 3,
    "endorse with reservation": 1,
    "no objection": 1,
    "abstain": 0,
    "object": 0,
    "not heard from": 2,
}
"""What seven members meant: Bruno, Chidi and Farid yes, Dalia with a reservation, Ester no
objection, Amara and Greta nothing."""
ACTS = 8
_ANCHORS = (("head", "head of the log"), ("terms", "terms"))
"""Five signs, one of them taken back by one more act, one word, and a stranger's sign."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the story left: room, card and result mail."""

    room: str
    card: Event
    result: bytes

    @property
    def result_mail(self) -> Message:
        """The result as a subscriber received it."""
        return BytesParser().parsebytes(self.result)


@dataclass(frozen=True, slots=True)
class Records:
    """What the bridge's own database says."""

    mirrored: int
    acts: int
    outcome: str | None
    books: Books


@dataclass(frozen=True, slots=True)
class Exported:
    """The ballot's export, and what its own program said of it with the head the list has seen."""

    folder: Path | None
    status: int
    line: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the checks look at."""

    seen: Seen
    events: tuple[Event, ...]
    pinned: tuple[str, ...]
    mailboxes: Mapping[str, tuple[bytes, ...]]
    records: Records
    exported: Exported

    def posts(self, mail: cast.Mail) -> list[Event]:
        """Return the events that stand for a mail."""
        wanted = message_id_hash(MessageId(mail.message_id))
        return [event for event in self.events if _sources(event) == [(wanted, 0)]]

    @property
    def text(self) -> str:
        """The result mail's text."""
        payload = self.seen.result_mail.get_payload(decode=True)
        text = payload.decode("utf-8") if isinstance(payload, bytes) else ""
        return text.replace("\r\n", "\n")

    @property
    def call(self) -> Message | None:
        """The call as a subscriber received it."""
        for raw in self.mailboxes[cast.GRETA.address]:
            mail = BytesParser().parsebytes(raw)
            if "[CALL]" in str(mail["Subject"]):
                return mail
        return None


async def gather(stage: Stage, seen: Seen) -> Evidence:
    """Read the room as a member sees it, the mailboxes, and the bridge's own records."""
    witness = stage.members[cast.GRETA.slug]
    await witness.catch_up()
    pinned = await witness.state(seen.room, "m.room.pinned_events")
    store = Store(stage.bridge.database, now)
    try:
        records = await store.read(_records)
    finally:
        await store.close()
    mailboxes = {
        one.address: stage.servers.post_office.mailboxes.of(one.address) for one in cast.EVERYBODY
    }
    events, pins = tuple(witness.events), tuple(pinned.get("pinned", ()))
    anchors = [f"--{way}={printed_hash(seen.result_mail, name)}" for way, name in _ANCHORS]
    exported = await asyncio.to_thread(_export, stage.bridge, stage.exports, anchors)
    return Evidence(seen, events, pins, mailboxes, records, exported)


def _export(bridge: BridgeServer, directory: Path, anchors: list[str]) -> Exported:
    """Have the bridge write the export, and the export recount itself: only Python, no packages."""
    folder = directory / "b1"
    written = bridge.run("ballot", "export", "1", "--to", str(directory))
    if written.returncode != 0:
        return Exported(None, written.returncode, written.stderr.strip())
    command = [sys.executable, "-I", "-S", str(folder / "recount.py"), str(folder), *anchors]
    done = subprocess.run(  # noqa: S603 - the program that the bridge has just written
        command, capture_output=True, text=True, timeout=60, check=False
    )
    return Exported(folder, done.returncode, (done.stdout + done.stderr).strip())


def printed_hash(result: Message, name: str) -> str:
    """Return a hash as the result mail prints it below its name; zeros when it prints none."""
    payload = result.get_payload(decode=True)
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    found = re.search(rf"{name}\s+([0-9a-f]{{64}})", text)
    return found[1] if found else "0" * 64


def judge(evidence: Evidence) -> dict[str, bool]:
    """Return for each check whether it holds."""
    return {name: bool(check(evidence)) for name, check in CHECKS.items()}


def report(evidence: Evidence, checks: Mapping[str, bool], seconds: Mapping[str, float]) -> Report:
    """Return the demo's last line."""
    return Report(
        mirrored=evidence.records.mirrored,
        acts=evidence.records.acts,
        outcome=evidence.records.outcome,
        result_message_id=str(evidence.seen.result_mail["Message-ID"]).strip("<> ") or None,
        checks=checks,
        seconds=seconds,
        export=str(evidence.exported.folder) if evidence.exported.folder else None,
    )


def _records(conn: Reading) -> Records:
    row = ballots.ballot_by_id(conn, BallotId(1))
    outcome = row.ballot.outcome if row else None
    return Records(
        mirror.count_mirrored(conn),
        ballots.count_acts(conn),
        outcome.value if outcome else None,
        read_books(conn),
    )


def _each_post_stands_once(evidence: Evidence) -> bool:
    return all(len(evidence.posts(mail)) == 1 for mail in cast.MAILS)


def _ghosts_carry_names(evidence: Evidence) -> bool:
    names = {
        event["state_key"]: event["content"].get("displayname")
        for event in evidence.events
        if event["type"] == "m.room.member"
    }
    return all(
        names.get(post["sender"]) == f"{mail.author.name} (list)"
        for mail in cast.MAILS
        for post in evidence.posts(mail)
    )


def _replies_in_thread(evidence: Evidence) -> bool:
    root = evidence.posts(cast.REQUEST)[0]["event_id"]
    relations = [
        post["content"].get("m.relates_to", {})
        for mail in (cast.INTERLEAVED, cast.PROSE)
        for post in evidence.posts(mail)
    ]
    return all(
        (one.get("rel_type"), one.get("event_id")) == ("m.thread", root) for one in relations
    )


def _forward_is_readable(evidence: Evidence) -> bool:
    body = _body(evidence.posts(cast.REQUEST)[0])
    return "three coalitions have agreed" in body and "To unsubscribe" not in body


def _interleaving_is_kept(evidence: Evidence) -> bool:
    body = _body(evidence.posts(cast.INTERLEAVED)[0])
    asked = body.find("announced thirty days ahead")
    return 0 <= asked < body.find("so I am glad to see it")


def _call_reached_everybody(evidence: Evidence) -> bool:
    return all(any(b"[CALL]" in raw for raw in mails) for mails in evidence.mailboxes.values())


def _seeds_stand(evidence: Evidence) -> bool:
    card = evidence.seen.card["event_id"]
    bot = evidence.seen.card["sender"]
    keys = {
        event["content"]["m.relates_to"].get("key")
        for event in evidence.events
        if event["type"] == "m.reaction"
        and event["sender"] == bot
        and event["content"].get("m.relates_to", {}).get("event_id") == card
    }
    return {"✅", "📝", "🆗", "⚪", "⏳", "✋"} <= keys


def _numbers_are_meant(evidence: Evidence) -> bool:
    found = {
        name.strip(): int(count)
        for name, count in re.findall(
            r"^ {4}([a-z][a-z ]+?) \.+ +(\d+)$", evidence.text, re.MULTILINE
        )
    }
    return {name: found.get(name) for name in MEANT} == MEANT


def _stranger_not_counted(evidence: Evidence) -> bool:
    told = any(
        f"@{cast.STRANGER.slug}:" in str(event["content"].get("m.mentions"))
        for event in evidence.events
    )
    return told and re.search(r"not on the roll \.+ +1$", evidence.text, re.MULTILINE) is not None


def _result_answers_the_call(evidence: Evidence) -> bool:
    call, result = evidence.call, evidence.seen.result_mail
    if call is None:
        return False
    return result["In-Reply-To"] == call["Message-ID"] and (
        cast.REQUEST.message_id in str(result["References"])
    )


def _room_says_so(evidence: Evidence) -> bool:
    said = {
        event["content"]["m.new_content"]["org.seconded.ballot"]["kind"]
        for event in evidence.events
        if ": adopted; the result is on the list" in _body_now(event)
    }
    return said == {"card", "status"}


CHECKS: Mapping[str, Callable[[Evidence], Any]] = {
    "each_post_stands_in_the_room_once": _each_post_stands_once,
    "ghosts_carry_the_authors_names": _ghosts_carry_names,
    "replies_stand_in_the_right_thread": _replies_in_thread,
    "the_forward_in_the_quote_is_readable": _forward_is_readable,
    "the_interleaved_reply_keeps_its_question": _interleaving_is_kept,
    "the_call_reached_every_subscriber": _call_reached_everybody,
    "the_card_is_pinned": lambda one: one.seen.card["event_id"] in one.pinned,
    "the_card_has_its_seeded_reactions": _seeds_stand,
    "the_result_has_the_numbers_meant": _numbers_are_meant,
    "the_stranger_was_told_and_not_counted": _stranger_not_counted,
    "the_result_stands_under_the_call": _result_answers_the_call,
    "card_and_status_say_it_was_adopted": _room_says_so,
    "the_ledger_has_every_act": lambda one: one.records.acts == ACTS,
    "the_books_balance": lambda one: one.records.books.balanced,
    "the_export_recounts": lambda one: (
        one.exported.status == 0 and one.exported.line.startswith(f"outcome {one.records.outcome} ")
    ),
}
"""In the order they are shown."""


def _sources(event: Event) -> list[tuple[str, int]]:
    found = event.get("content", {}).get("org.seconded.source", [])
    return [(one["message_id"], one["part"]) for one in found]


def _body(event: Event) -> str:
    return str(event["content"].get("body", ""))


def _body_now(event: Event) -> str:
    new = event.get("content", {}).get("m.new_content", {})
    return str(new.get("body", "")) if "org.seconded.ballot" in new else ""
