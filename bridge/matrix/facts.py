"""What a raw Matrix event says, as frozen facts; pure and total.

Matrix JSON is hostile: any client may put anything anywhere. ``parse_event`` never raises;
what it cannot read as a fact we act on becomes ``OtherSeen`` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.ids import EventId, Instant, RoomId, UserId
from bridge.matrix.canonical import TXN_KEY

_LATEST: Final = 2**53
"""Canonical JSON allows no larger integer (Matrix specification, appendices 3.1.1)."""


@dataclass(frozen=True, slots=True)
class ReactionSeen:
    """A reaction stands on an event (``m.reaction`` with an ``m.annotation``)."""

    event_id: EventId
    room: RoomId
    sender: UserId
    ts: Instant
    target: EventId
    key: str


@dataclass(frozen=True, slots=True)
class RedactionSeen:
    """Somebody removed an event; ``redacts`` is read from both places it may stand in."""

    event_id: EventId
    room: RoomId
    sender: UserId
    ts: Instant
    redacts: EventId


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """Somebody wrote a message.

    Attributes:
        msgtype: ``m.text``, ``m.notice``, …; bots write notices, which are never commands.
        body: plain text; the legacy quotation of the answered message is cut off.
        reply_to: the message it truly answers; a thread's fallback is not one.
        thread_root: the root of the Matrix thread it stands in.
        replaces: the message it edits (``m.replace``).
        mentions: the users ``m.mentions`` names.
        txn: ``org.seconded.txn``, set on what we sent ourselves.
    """

    event_id: EventId
    room: RoomId
    sender: UserId
    ts: Instant
    msgtype: str
    body: str
    reply_to: EventId | None
    thread_root: EventId | None
    replaces: EventId | None
    mentions: tuple[UserId, ...]
    txn: str | None


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """A membership changed; ``user`` is the state key, ``sender`` who changed it."""

    event_id: EventId
    room: RoomId
    sender: UserId
    ts: Instant
    user: UserId
    membership: str
    display_name: str | None


@dataclass(frozen=True, slots=True)
class StateSeen:
    """Any other state of the room was set."""

    event_id: EventId
    room: RoomId
    sender: UserId
    ts: Instant
    type: str
    state_key: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OtherSeen:
    """An event that says nothing to us; the reason says why."""

    event_id: EventId | None
    room: RoomId | None
    sender: UserId | None
    ts: Instant | None
    type: str
    reason: str


Seen = ReactionSeen | RedactionSeen | MessageSeen | MemberSeen | StateSeen | OtherSeen


@dataclass(frozen=True, slots=True)
class _Head:
    """The fields every event has."""

    event_id: EventId
    room: RoomId
    sender: UserId
    ts: Instant


def parse_event(event: object) -> Seen:
    """Return what the event says; never raises."""
    raw = _mapping(event)
    head = _head(raw)
    kind = _text(raw.get("type"))
    if head is None or not kind:
        return _other(raw, "a field every event has is missing or malformed")
    is_redacted = "redacted_because" in _mapping(raw.get("unsigned"))
    if is_redacted and kind != "m.room.redaction":
        # What a redaction has removed does not come back when it is redacted itself.
        return _other(raw, "redacted")
    content = _mapping(raw.get("content"))
    if isinstance(raw.get("state_key"), str):
        return _state(head, kind, _text(raw["state_key"]), content)
    reader = _READERS.get(kind)
    seen = reader(head, content, raw) if reader else None
    return seen or _other(raw, f"no fact in it for us ({kind[:64]})")


def redaction_of(event: object) -> RedactionSeen | None:
    """Return who removed the event and when, from ``unsigned.redacted_because``.

    What redacts it is known from where it stands, so ``redacts`` may be missing inside.
    """
    raw = _mapping(event)
    because = _mapping(_mapping(raw.get("unsigned")).get("redacted_because"))
    if not because:
        return None
    placed = {"room_id": raw.get("room_id"), "redacts": raw.get("event_id"), **because}
    seen = parse_event(placed)
    return seen if isinstance(seen, RedactionSeen) else None


def _reaction(head: _Head, content: Mapping[str, Any], _: Mapping[str, Any]) -> Seen | None:
    relation = _mapping(content.get("m.relates_to"))
    target, key = _event_id(relation.get("event_id")), _text(relation.get("key"))
    if relation.get("rel_type") != "m.annotation" or target is None or not key:
        return None
    return ReactionSeen(head.event_id, head.room, head.sender, head.ts, target, key)


def _redaction(head: _Head, content: Mapping[str, Any], raw: Mapping[str, Any]) -> Seen | None:
    """Room version 11 and later carry ``redacts`` in the content, earlier ones beside it."""
    redacts = _event_id(content.get("redacts")) or _event_id(raw.get("redacts"))
    if redacts is None:
        return None
    return RedactionSeen(head.event_id, head.room, head.sender, head.ts, redacts)


def _message(head: _Head, content: Mapping[str, Any], _: Mapping[str, Any]) -> Seen | None:
    if not isinstance(content.get("body"), str):
        return None
    body = _text(content["body"])
    relation = _mapping(content.get("m.relates_to"))
    answered = _event_id(_mapping(relation.get("m.in_reply_to")).get("event_id"))
    is_fallback = relation.get("is_falling_back") is True
    return MessageSeen(
        event_id=head.event_id,
        room=head.room,
        sender=head.sender,
        ts=head.ts,
        msgtype=_text(content.get("msgtype")),
        body=_without_quotation(body) if answered else body,
        reply_to=None if is_fallback else answered,
        thread_root=_related(relation, "m.thread"),
        replaces=_related(relation, "m.replace"),
        mentions=_mentions(content),
        txn=_text(content.get(TXN_KEY)) or None,
    )


_READERS: Final[
    Mapping[str, Callable[[_Head, Mapping[str, Any], Mapping[str, Any]], Seen | None]]
] = {
    "m.reaction": _reaction,
    "m.room.redaction": _redaction,
    "m.room.message": _message,
}


def _state(head: _Head, kind: str, state_key: str, content: Mapping[str, Any]) -> Seen:
    if kind != "m.room.member":
        return StateSeen(head.event_id, head.room, head.sender, head.ts, kind, state_key, content)
    return MemberSeen(
        event_id=head.event_id,
        room=head.room,
        sender=head.sender,
        ts=head.ts,
        user=UserId(state_key),
        membership=_text(content.get("membership")),
        display_name=_text(content.get("displayname")) or None,
    )


def _without_quotation(body: str) -> str:
    """Cut what old clients put before a reply: ``> <@a:hs> words`` lines and a blank one."""
    if not body.startswith(("> <@", "> * <@")):
        return body
    lines = body.split("\n")
    quoted = next((n for n, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[quoted:]).removeprefix("\n")


def _mentions(content: Mapping[str, Any]) -> tuple[UserId, ...]:
    named = _mapping(content.get("m.mentions")).get("user_ids")
    if not isinstance(named, list):
        return ()
    return tuple(UserId(user) for user in map(_id, named) if user)


def _related(relation: Mapping[str, Any], rel_type: str) -> EventId | None:
    return _event_id(relation.get("event_id")) if relation.get("rel_type") == rel_type else None


def _head(raw: Mapping[str, Any]) -> _Head | None:
    event_id, ts = _event_id(raw.get("event_id")), _ts(raw.get("origin_server_ts"))
    room, sender = _id(raw.get("room_id")), _id(raw.get("sender"))
    if event_id is None or ts is None or not room or not sender:
        return None
    return _Head(event_id, RoomId(room), UserId(sender), ts)


def _other(raw: Mapping[str, Any], reason: str) -> OtherSeen:
    room, sender = _id(raw.get("room_id")), _id(raw.get("sender"))
    return OtherSeen(
        event_id=_event_id(raw.get("event_id")),
        room=RoomId(room) if room else None,
        sender=UserId(sender) if sender else None,
        ts=_ts(raw.get("origin_server_ts")),
        type=_text(raw.get("type")),
        reason=reason,
    )


def _event_id(value: object) -> EventId | None:
    name = _id(value)
    return EventId(name) if name.startswith("$") else None


def _ts(value: object) -> Instant | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return Instant(value) if 0 <= value <= _LATEST else None


def _id(value: object) -> str:
    """Return an identifier as it is; one that cannot be stored names nothing."""
    text = _text(value)
    return text if text == value else ""


def _text(value: object) -> str:
    """Return text that every database can hold: no lone surrogate, no NUL."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
