"""A transaction the homeserver pushed: bytes in, raw events with their keys out; pure.

The key is the event id and never the transaction id: those can begin again at 1 (measured
on SQLite homeservers), and the sweep finds the same events without any transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.ids import RoomId
from bridge.matrix.facts import OtherSeen, Seen, parse_event

_ECHOES: Final = ("m.room.message", "m.reaction")


class MalformedTransaction(ValueError):  # noqa: N818  (a fact about the body, not our error)
    """The body is no transaction at all; nothing of it can be stored."""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event as it arrived, ready for the inbox.

    Attributes:
        key: the event id, or ``sha256:…`` of the JSON when it has none.
        room_id: the room, which is the inbox lane, or None.
        json: the event as JSON bytes (escapes keep even lone surrogates storable).
    """

    key: str
    room_id: RoomId | None
    json: bytes


def parse_transaction(
    body: bytes, is_ours: Callable[[str], bool] = lambda _: False
) -> tuple[RawEvent, ...]:
    """Return the events of a transaction, in their order, malformed ones kept.

    The echoes of what we have sent, most of all events, say nothing and are left out.

    A body nested too deep to be read is kept whole as one event: refusing it would make the
    homeserver send it again for ever, with every later event waiting behind it.

    Raises:
        MalformedTransaction: the body is not a JSON object with a list ``events``.
    """
    try:
        return tuple(raw_event(event) for event in _events(body) if not _is_echo(event, is_ours))
    except RecursionError:
        return (RawEvent(_hash_key(body), None, body),)


def _is_echo(event: object, is_ours: Callable[[str], bool]) -> bool:
    """Say whether this is a message or a reaction of our own users; their state counts."""
    fields = event if isinstance(event, Mapping) else {}
    sender = fields.get("sender")
    return fields.get("type") in _ECHOES and isinstance(sender, str) and is_ours(sender)


def _events(body: bytes) -> list[object]:
    try:
        transaction = json.loads(body)
    except ValueError as error:
        raise MalformedTransaction("The body is not JSON") from error
    events = transaction.get("events") if isinstance(transaction, dict) else None
    if not isinstance(events, list):
        raise MalformedTransaction("The body has no list 'events'")
    return events


def raw_event(event: object) -> RawEvent:
    """Return the event with its key; also for events the sweep found."""
    text = json.dumps(event, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    fields = event if isinstance(event, Mapping) else {}
    event_id, room = fields.get("event_id"), fields.get("room_id")
    has_id = isinstance(event_id, str) and event_id.startswith("$") and event_id.isascii()
    return RawEvent(
        key=str(event_id) if has_id else _hash_key(text),
        room_id=RoomId(room) if isinstance(room, str) and room.isascii() else None,
        json=text,
    )


def read_event(raw: bytes) -> Seen:
    """Return what a stored event says; total on any bytes."""
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return OtherSeen(None, None, None, None, "", "not JSON")
    return parse_event(event)


def _hash_key(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
