"""A desk at which a handler is given one fact at a time, in one transaction."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playbook_cast import CHAIR, LIST_ID, REQUEST, START, Mail, list_copy
from playbook_fixtures import config, logged, migrated, migrated_postgres
from sqlalchemy import Connection, select

from bridge.config import Config, ListConfig
from bridge.domain.tally import Tally
from bridge.events import MailArrived, Outcome, SweepFinished
from bridge.ids import BallotId, EventId, Instant, PersonId, RoomId, UserId
from bridge.matrix.commands import Command, parse_command
from bridge.matrix.facts import MessageSeen, ReactionSeen, RedactionSeen
from bridge.store import ballots, inbox, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.instance import ensure_instance
from bridge.store.rooms import Room, RoomEvent
from bridge.store.schema import inbox as inbox_table
from bridge.store.schema import outbox as outbox_table
from bridge.store.sqlite import writing_engine
from handlers import Context, context_of
from handlers.ballots import call_or_result_seen, sweep_finished
from handlers.counting import tally_now
from handlers.listmails import mail_id
from handlers.messages import message_seen
from handlers.opening import Request, draft, lock
from handlers.posts import mail_arrived
from handlers.reactions import reaction_seen

__all__ = ["config", "logged", "migrated", "migrated_postgres"]

ROOM = RoomId("!pc")
BOUNCES = "pc-bounces@lists.example.org"


@dataclass
class Desk:
    """One transaction, and short ways to say what happened and to see what came of it."""

    conn: Connection
    config: Config
    now: int = START
    context: Context = field(init=False)
    counted: int = 0

    def __post_init__(self) -> None:
        self.context = context_of(self.config, ensure_instance(self.tx))

    @property
    def tx(self) -> Tx:
        return Tx(self.conn, Instant(self.now))

    @property
    def listed(self) -> ListConfig:
        return self.context.lists[LIST_ID]

    def arrived(self, raw: bytes, sender: str = BOUNCES) -> MailArrived:
        """Put a mail into the inbox and return the fact."""
        self.counted += 1
        key = f"mail:{self.counted}"
        inbox.add(self.tx, lane="list", kind="mail", key=key, raw=raw)
        number = self.conn.scalar(select(inbox_table.c.id).where(inbox_table.c.key == key))
        return MailArrived(number or 0, LIST_ID, sender, "10.0.0.1", raw, Instant(self.now))

    def mail(self, mail: Mail) -> Outcome:
        return mail_arrived(self.arrived(list_copy(mail.raw)), self.tx, self.context)

    def event(self, name: str, kind: str, ballot: int | None = None, **what: Any) -> EventId:
        """Remember an event of ours."""
        number = None if ballot is None else BallotId(ballot)
        event = RoomEvent(EventId(name), ROOM, LIST_ID, kind, ballot=number, **what)
        rooms.record_event(self.tx, event)
        return event.event_id

    def said(self, who: UserId, body: str, name: str = "$said", **where: Any) -> MessageSeen:
        given: dict[str, Any] = {
            "msgtype": "m.text",
            "reply_to": None,
            "thread_root": None,
            "replaces": None,
        }
        return MessageSeen(
            EventId(name),
            where.pop("room", ROOM),
            who,
            Instant(self.now),
            body=body,
            mentions=(),
            txn=None,
            **given | where,
        )

    def tapped(self, who: UserId, target: str, key: str = "✅", name: str = "$tap") -> ReactionSeen:
        return ReactionSeen(EventId(name), ROOM, who, Instant(self.now), EventId(target), key)

    def removed(self, who: UserId, redacts: str, name: str = "$gone") -> RedactionSeen:
        return RedactionSeen(EventId(name), ROOM, who, Instant(self.now), EventId(redacts))

    def drafted(self, command: str, key: str = "$asked") -> BallotRow:
        """Draft a ballot on the request, which comes first."""
        self.mail(REQUEST)
        parsed = parse_command(command)
        assert isinstance(parsed, Command)
        request = Request(key, PersonId("nadia"), REQUEST.message_id, parsed.arguments)
        return self.row(draft(self.tx, self.context, self.listed, request).id)

    def opened(self, command: str) -> BallotRow:
        """Open a ballot; its card is ``$card``."""
        row = self.drafted(command)
        lock(self.tx, self.context, row.ballot)
        call = mail_id(self.context, row.ballot, "call")
        call_or_result_seen(self.tx, self.context, LIST_ID, call, proof="the list's copy")
        self.event("$card", "card", row.ballot.id)
        return self.row(row.ballot.id)

    def says(self, who: UserId, body: str, name: str, **where: Any) -> str:
        """Let somebody write a message, and return the bot's last words."""
        message_seen(self.said(who, body, name, **where), self.tx, self.context)
        return self.told()[-1]

    def chair(self, command: str, name: str, **where: Any) -> str:
        """Let the chair give a ballot command, and say yes to its preview if there is one."""
        shown = self.preview(command, name, **where)
        if "Shall I do that?" not in shown:
            return shown
        return self.says(
            CHAIR, "confirm", f"{name}.yes", thread_root=where.get("thread_root", name)
        )

    def preview(self, command: str, name: str, **where: Any) -> str:
        """Let the chair give a ballot command, and return its preview."""
        return self.says(CHAIR, f"!ballot {command}", name, **where)

    def taps(self, who: UserId, key: str, name: str, on: str = "$card") -> Outcome:
        return reaction_seen(self.tapped(who, on, key, name), self.tx, self.context)

    def count(self, number: int = 1) -> Tally:
        """Count a ballot now, or as it was closed."""
        ballot = self.row(number).ballot
        return tally_now(self.tx, ballot, ballot.closed_at or Instant(self.now))

    def swept(self, at: int, number: int = 1) -> Outcome:
        """Let a clean reading of the card end at an instant."""
        self.now = at
        event = SweepFinished(BallotId(number), Instant(at))
        return sweep_finished(event, self.tx, self.context)

    def posted(self, mail: Mail, event: str) -> EventId:
        """Let a mail stand in the room as an event."""
        self.mail(mail)
        return self.event(event, "post", message_id=mail.message_id)

    def row(self, number: int = 1) -> BallotRow:
        row = ballots.ballot_by_id(self.conn, BallotId(number))
        assert row is not None
        return row

    def letters(self, prefix: str = "") -> list[str]:
        """Return the keys of what waits in the outbox, in order."""
        rows = self.conn.scalars(select(outbox_table.c.key).order_by(outbox_table.c.id))
        return [key for key in rows if key.startswith(prefix)]

    def letter(self, prefix: str) -> dict[str, Any]:
        """Return what the first letter of a kind holds."""
        payload = select(outbox_table.c.payload).where(outbox_table.c.key.like(f"{prefix}%"))
        found = self.conn.scalars(payload).first()
        assert found is not None, self.letters()
        return dict(json.loads(found))

    def told(self) -> list[str]:
        """Return everything the bot says to people, in order."""
        rows = self.conn.execute(
            select(outbox_table.c.payload)
            .where(outbox_table.c.kind == "say")
            .order_by(outbox_table.c.id)
        )
        return [json.loads(row.payload)["content"]["body"] for row in rows]


@pytest.fixture
def desk(migrated: Path, config: Config, tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "seconded.sqlite3"
    shutil.copy(migrated, path)
    engine = writing_engine(path)
    with engine.connect() as connection, connection.begin():
        yield _with_room(connection, config)
    engine.dispose()


@pytest.fixture
def desk_at(config: Config) -> Callable[[Connection], Desk]:
    """Make a desk of a connection, whichever the engine."""
    return lambda connection: _with_room(connection, config)


def _with_room(connection: Connection, config: Config) -> Desk:
    room = Room(LIST_ID, ROOM, ({"type": "m.room.create", "state_key": ""},), Instant(0), None)
    rooms.record_room(Tx(connection, START), room)
    return Desk(connection, config)


@pytest.fixture
def chair() -> UserId:
    return CHAIR
