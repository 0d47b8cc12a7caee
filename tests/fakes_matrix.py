"""A homeserver in memory: MatrixWriter and MatrixReader, held to the real client's contract.

It keeps raw events as Synapse shows them. What the network and other people do to us is
asked for by name: ``say``, ``react``, ``remove``, ``fail_next``, ``lose_answer``,
``take_transaction``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.errors import Permanent, SecondedError, TooLarge, Transient
from bridge.ids import EventId, Instant, RoomId, UserId
from bridge.matrix.canonical import TXN_KEY, encode_content
from bridge.matrix.ghosts import Namespace
from bridge.matrix.history import is_sent_as
from bridge.matrix.rooms import creation_body, invited
from bridge.ports import Clock, Content, RoomSpec, Send

NAMESPACE = Namespace(server_name="hs.test", prefix="list_", bot="seconded")


@dataclass
class FakeRoom:
    """A room: its timeline in order, and the current state by (type, state key)."""

    timeline: list[dict[str, Any]] = field(default_factory=list)
    state: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def membership(self, user: str) -> str:
        event = self.state.get(("m.room.member", user))
        return event["content"]["membership"] if event else "leave"


@dataclass(frozen=True)
class FakeFile:
    """What was uploaded."""

    name: str
    type: str
    data: bytes
    sender: str


class FakeHomeserver:
    """One homeserver without network; ``clock`` gives the time of each event."""

    def __init__(self, clock: Clock, namespace: Namespace = NAMESPACE) -> None:
        self.rooms: dict[RoomId, FakeRoom] = {}
        self.aliases: dict[str, RoomId] = {}
        self.names: dict[UserId, str] = {}
        self.pings: list[str] = []
        self.media: dict[str, FakeFile] = {}
        self.upload_limit = 50 * 1024 * 1024
        self.namespace = namespace
        self._clock = clock
        self.ahead_ms = 0
        self._txns: dict[tuple[str, str], EventId] = {}
        self._faults: list[tuple[SecondedError, bool]] = []
        self._pushed: list[dict[str, Any]] = []
        self._count = 0

    # -- what happens to us

    def fail_next(self, error: SecondedError, *, times: int = 1) -> None:
        """Let the next requests fail before anything is done."""
        self._faults += [(error, False)] * times

    def lose_answer(self) -> None:
        """Let the next request be carried out and its answer be lost."""
        self._faults.append((Transient("the answer was lost", outcome_unknown=True), True))

    def take_transaction(self) -> bytes:
        """Return what the homeserver would push now; it pushes each event once."""
        events, self._pushed = self._pushed, []
        return json.dumps({"events": events}).encode()

    # -- what people do

    def enter(self, room_id: RoomId, user: UserId, name: str | None = None) -> EventId:
        content = {"membership": "join", "displayname": name or user[1:].partition(":")[0]}
        return self._append(room_id, user, "m.room.member", content, state_key=user)

    def say(
        self,
        room_id: RoomId,
        sender: UserId,
        body: str,
        *,
        reply_to: EventId | None = None,
        thread: EventId | None = None,
    ) -> EventId:
        content: dict[str, Any] = {"msgtype": "m.text", "body": body}
        relation: dict[str, Any] = {}
        if thread is not None:
            relation = {"rel_type": "m.thread", "event_id": thread}
        if reply_to is not None:
            relation["m.in_reply_to"] = {"event_id": reply_to}
        if relation:
            content["m.relates_to"] = relation
        return self._append(room_id, sender, "m.room.message", content)

    def react(self, room_id: RoomId, sender: UserId, target: EventId, key: str) -> EventId:
        relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
        return self._append(room_id, sender, "m.reaction", {"m.relates_to": relation})

    def remove(self, room_id: RoomId, sender: UserId, event_id: EventId) -> EventId:
        """Redact an event, as its author or as a moderator."""
        content = {"redacts": event_id}
        redaction = self._append(room_id, sender, "m.room.redaction", content)
        target, because = self._find(room_id, event_id), self._find(room_id, redaction)
        if target is not None and because is not None:
            target["content"] = {}
            target["unsigned"] = {"redacted_because": because, "redacted_by": redaction}
        return redaction

    # -- MatrixWriter

    async def ensure_room(self, spec: RoomSpec) -> RoomId:
        alias = f"#{spec.alias_localpart}:{self.namespace.server_name}"
        with self._request():
            room_id = self.aliases.get(alias) or self._create(alias, spec)
            self._invite(room_id, spec)
            return room_id

    async def ensure_ghost(self, user_id: UserId, display_name: str, room_id: RoomId) -> None:
        with self._request():
            if not self.namespace.owns_user(user_id):
                raise Permanent(f"{user_id} is not in our namespace")
            self._room(room_id)
            self.names[user_id] = display_name
            content = {"membership": "join", "displayname": display_name}
            self._set(room_id, user_id, "m.room.member", user_id, content)

    async def send(self, request: Send) -> EventId:
        with self._request():
            known = self._txns.get((request.room_id, request.txn_id))
            if known is not None:
                # Fact: another ghost with the same id in the same room is swallowed, too.
                return known
            standing = self._standing_annotation(request)
            if standing is not None:
                return standing
            content = {**request.content, TXN_KEY: request.txn_id}
            self._check_member(request.room_id, request.sender)
            event_id = self._append(
                request.room_id, request.sender, request.event_type, content, ts=request.ts
            )
            self._txns[request.room_id, request.txn_id] = event_id
            return event_id

    async def upload(self, name: str, content_type: str, data: bytes, sender: UserId) -> str:
        with self._request():
            if len(data) > self.upload_limit:
                raise TooLarge(f"M_TOO_LARGE: {len(data)} bytes", limit=self.upload_limit)
            if not self.namespace.owns_user(sender):
                raise Permanent(f"{sender} is not in our namespace")
            address = f"mxc://{self.namespace.server_name}/file{len(self.media) + 1}"
            self.media[address] = FakeFile(name, content_type, data, sender)
            return address

    async def put_state(
        self, room_id: RoomId, event_type: str, state_key: str, content: Content
    ) -> EventId:
        with self._request():
            return self._set(room_id, self.namespace.bot_id, event_type, state_key, dict(content))

    async def join(self, room: str) -> RoomId:
        with self._request():
            return self.aliases.get(room, RoomId(room))

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> EventId:
        with self._request():
            known = self._txns.get((room_id, txn_id))
            if known is None:
                known = self.remove(room_id, self.namespace.bot_id, event_id)
                self._txns[room_id, txn_id] = known
            return known

    async def find_sent(self, room_id: RoomId, txn_id: str, since: Instant) -> EventId | None:
        with self._request():
            timeline = self._room(room_id).timeline
            found = (e["event_id"] for e in timeline if is_sent_as(e, txn_id))
            return next(found, None)

    # -- MatrixReader

    async def annotations(self, room_id: RoomId, event_id: EventId) -> Sequence[Content]:
        with self._request():
            return self._related(room_id, event_id, "m.annotation")

    async def thread(self, room_id: RoomId, root: EventId) -> Sequence[Content]:
        with self._request():
            return self._related(room_id, root, "m.thread")

    async def event(self, room_id: RoomId, event_id: EventId) -> Content | None:
        with self._request():
            return copy.deepcopy(self._find(room_id, event_id))

    async def state(self, room_id: RoomId) -> Sequence[Content]:
        with self._request():
            return copy.deepcopy(list(self._room(room_id).state.values()))

    async def ping(self, txn_id: str) -> None:
        with self._request():
            self.pings.append(txn_id)

    async def whoami(self) -> UserId:
        with self._request():
            return self.namespace.bot_id

    async def server_time(self) -> Instant:
        with self._request():
            return Instant(self.now() // 1000 * 1000)

    # -- inside

    def now(self) -> int:
        """Return its own clock, which may differ from ours."""
        return self._clock() + self.ahead_ms

    def _request(self) -> _Exchange:
        error, is_lost = self._faults.pop(0) if self._faults else (None, False)
        if error is not None and not is_lost:
            raise error
        return _Exchange(error)

    def _create(self, alias: str, spec: RoomSpec) -> RoomId:
        bot = self.namespace.bot_id
        body = creation_body(spec, bot=bot, room_version="12")
        room_id = RoomId(f"!room{len(self.rooms) + 1}")
        self.rooms[room_id], self.aliases[alias] = FakeRoom(), room_id
        self._set(room_id, bot, "m.room.create", "", {"room_version": "12"})
        self._set(room_id, bot, "m.room.member", bot, {"membership": "join"})
        self._set(room_id, bot, "m.room.power_levels", "", body["power_level_content_override"])
        rule = "invite" if spec.private else "public"
        self._set(room_id, bot, "m.room.join_rules", "", {"join_rule": rule})
        for event in body["initial_state"]:
            self._set(room_id, bot, event["type"], event["state_key"], event["content"])
        self._set(room_id, bot, "m.room.name", "", {"name": spec.name})
        self._set(room_id, bot, "m.room.topic", "", {"topic": spec.topic})
        self._set(room_id, bot, "m.room.canonical_alias", "", {"alias": alias})
        return room_id

    def _invite(self, room_id: RoomId, spec: RoomSpec) -> None:
        bot, server = self.namespace.bot_id, self.namespace.server_name
        for user in invited(spec, bot=bot):
            is_known = ("m.room.member", user) in self._room(room_id).state
            if not is_known and user.endswith(f":{server}"):
                self._set(room_id, bot, "m.room.member", user, {"membership": "invite"})

    def _set(
        self, room_id: RoomId, sender: str, kind: str, state_key: str, content: dict[str, Any]
    ) -> EventId:
        current = self._room(room_id).state.get((kind, state_key))
        if current is not None and current["content"] == content:
            return EventId(current["event_id"])
        return self._append(room_id, sender, kind, content, state_key=state_key)

    def _append(
        self,
        room_id: RoomId,
        sender: str,
        kind: str,
        content: dict[str, Any],
        *,
        state_key: str | None = None,
        ts: Instant | None = None,
    ) -> EventId:
        room = self._room(room_id)
        self._count += 1
        event: dict[str, Any] = {
            "event_id": f"$event{self._count}",
            "room_id": room_id,
            "sender": sender,
            "type": kind,
            "origin_server_ts": self.now() if ts is None else ts,
            "content": json.loads(encode_content(content)),
            "unsigned": {},
        }
        if state_key is not None:
            event["state_key"] = state_key
            room.state[kind, state_key] = event
        room.timeline.append(event)
        self._pushed.append(copy.deepcopy(event))
        return EventId(event["event_id"])

    def _related(self, room_id: RoomId, event_id: EventId, rel_type: str) -> list[Content]:
        relation = {"rel_type": rel_type, "event_id": event_id}
        return [
            copy.deepcopy(event)
            for event in self._room(room_id).timeline
            if relation.items() <= _relation(event).items()
        ]

    def _standing_annotation(self, request: Send) -> EventId | None:
        relation = request.content.get("m.relates_to", {})
        for event in self._room(request.room_id).timeline:
            is_annotation = relation.get("rel_type") == "m.annotation"
            is_same = event["sender"] == request.sender and _relation(event) == relation
            if is_annotation and is_same:
                return EventId(event["event_id"])
        return None

    def _check_member(self, room_id: RoomId, user: UserId) -> None:
        if self._room(room_id).membership(user) != "join":
            raise Permanent(f"M_FORBIDDEN: {user} is not in {room_id}")

    def _room(self, room_id: RoomId) -> FakeRoom:
        if room_id not in self.rooms:
            raise Permanent(f"M_FORBIDDEN: nobody of us is in {room_id}")
        return self.rooms[room_id]

    def _find(self, room_id: RoomId, event_id: EventId) -> dict[str, Any] | None:
        timeline = self._room(room_id).timeline
        return next((event for event in timeline if event["event_id"] == event_id), None)


class _Exchange:
    """One request under way; a lost answer is raised after the work is done."""

    def __init__(self, loss: SecondedError | None) -> None:
        self._loss = loss

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._loss is not None and error is None:
            raise self._loss


def _relation(event: Content) -> dict[str, Any]:
    relation: dict[str, Any] = event["content"].get("m.relates_to", {})
    return relation
