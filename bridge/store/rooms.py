"""The room of each list, and what our events in it are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bridge.ids import BallotId, EventId, Instant, ListId, MessageId, RoomId
from bridge.store import outbox
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.prepared import Prepared
from bridge.store.schema import room_events, rooms


@dataclass(frozen=True, slots=True)
class Room:
    """A list's room.

    Attributes:
        state: raw state events, at most one for each (type, state key).
        closed_because: why nothing may be sent there now, None while it is as it should be.
    """

    list_id: ListId
    room_id: RoomId
    state: tuple[Mapping[str, Any], ...]
    checked_at: Instant
    closed_because: str | None


@dataclass(frozen=True, slots=True)
class Door:
    """A list's room as a post needs to know it; a room's state can be long."""

    list_id: ListId
    room_id: RoomId
    closed_because: str | None


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """What one of our events is: part of a post, or a message about a ballot."""

    event_id: EventId
    room_id: RoomId
    list_id: ListId
    kind: str
    message_id: MessageId | None = None
    ballot: BallotId | None = None


_DOOR = Prepared(
    lambda _: select(rooms.c.room_id, rooms.c.closed_because).where(
        rooms.c.list_id == bindparam("of_list")
    )
)
_OF_LIST = Prepared(lambda _: select(rooms).where(rooms.c.list_id == bindparam("of_list")))
_BY_ROOM = Prepared(lambda _: select(rooms).where(rooms.c.room_id == bindparam("of_room")))
_LIST_OF_ROOM = Prepared(
    lambda _: select(rooms.c.list_id).where(rooms.c.room_id == bindparam("of_room"))
)
_EVENT = Prepared(
    lambda _: select(room_events).where(room_events.c.event_id == bindparam("of_event"))
)


def record_room(tx: Tx, room: Room) -> None:
    """Write down a list's room and its state; when it opens, what waited for it is looked at."""
    known = room_of(tx.conn, room.list_id)
    values = {
        "room_id": room.room_id,
        "state": json.dumps(room.state),
        "checked_at": room.checked_at,
        "closed_because": room.closed_because,
    }
    if not insert_once(tx.conn, rooms, {"list_id": room.list_id, **values}):
        tx.conn.execute(update(rooms).where(rooms.c.list_id == room.list_id).values(values))
    tx.wakes.add("matrix")
    if room.closed_because is None and (known is None or known.closed_because is not None):
        outbox.hasten(tx)


def room_of(conn: Connection, list_id: ListId) -> Room | None:
    """Return the room of a list, None before it exists."""
    row = _OF_LIST.first(conn, of_list=list_id)
    return _room(row) if row else None


def door_of(conn: Connection, list_id: ListId) -> Door | None:
    """Return where a list's posts go, without the room's state; None before the room exists."""
    row = _DOOR.first(conn, of_list=list_id)
    return Door(list_id, RoomId(row["room_id"]), row["closed_because"]) if row else None


def room_by_id(conn: Connection, room_id: RoomId) -> Room | None:
    """Return the room with this id if it is one of ours."""
    row = _BY_ROOM.first(conn, of_room=room_id)
    return _room(row) if row else None


def list_of_room(conn: Connection, room_id: RoomId) -> ListId | None:
    """Return whose room this is, None when it is not ours."""
    row = _LIST_OF_ROOM.first(conn, of_room=room_id)
    return ListId(row["list_id"]) if row else None


def every_room(conn: Connection) -> list[Room]:
    """Return all rooms."""
    return [_room(row._mapping) for row in conn.execute(select(rooms).order_by(rooms.c.list_id))]


def with_state(state: Sequence[Mapping[str, Any]], event: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the state with one event put in the place of its predecessor."""
    place = _place(event)
    kept = (old for old in state if _place(old) != place)
    return (*kept, event)


def is_stale(state: Sequence[Mapping[str, Any]], event: Mapping[str, Any]) -> bool:
    """Say whether the state holds a newer event in this one's place: pushes come in any order."""
    held = next((old for old in state if _place(old) == _place(event)), {})
    return bool(held.get("origin_server_ts", 0) > event.get("origin_server_ts", 0))


def _place(event: Mapping[str, Any]) -> tuple[Any, Any]:
    return (event.get("type"), event.get("state_key"))


def record_event(tx: Tx, event: RoomEvent) -> None:
    """Remember what an event of ours is."""
    insert_once(
        tx.conn,
        room_events,
        {
            "event_id": event.event_id,
            "room_id": event.room_id,
            "list_id": event.list_id,
            "kind": event.kind,
            "message_id": event.message_id,
            "ballot": event.ballot,
        },
    )


def event_by_id(conn: Connection, event_id: EventId) -> RoomEvent | None:
    """Return what this event of ours is, None when it is not ours."""
    row = _EVENT.first(conn, of_event=event_id)
    return _event(row) if row else None


def ballot_event(conn: Connection, ballot: BallotId, kind: str) -> RoomEvent | None:
    """Return the ballot's message of one kind: ``card``, ``status`` or ``preview``."""
    row = conn.execute(
        select(room_events).where(room_events.c.ballot == ballot, room_events.c.kind == kind)
    ).first()
    return _event(row._mapping) if row else None


def ballot_events(conn: Connection, ballot: BallotId, kinds: Sequence[str]) -> list[RoomEvent]:
    """Return the ballot's messages of some kinds."""
    rows = conn.execute(
        select(room_events)
        .where(room_events.c.ballot == ballot, room_events.c.kind.in_(kinds))
        .order_by(room_events.c.event_id)
    )
    return [_event(row._mapping) for row in rows]


def retire_card(tx: Tx, ballot: BallotId, *, kind: str) -> None:
    """Remember a ballot's card as an ``old_card`` (of an earlier version) or a ``gone_card``."""
    tx.conn.execute(
        update(room_events)
        .where(room_events.c.ballot == ballot, room_events.c.kind == "card")
        .values(kind=kind)
    )


def _room(row: Mapping[Any, Any]) -> Room:
    return Room(
        list_id=ListId(row["list_id"]),
        room_id=RoomId(row["room_id"]),
        state=tuple(json.loads(row["state"])),
        checked_at=Instant(row["checked_at"]),
        closed_because=row["closed_because"],
    )


def _event(row: Mapping[Any, Any]) -> RoomEvent:
    return RoomEvent(
        event_id=EventId(row["event_id"]),
        room_id=RoomId(row["room_id"]),
        list_id=ListId(row["list_id"]),
        kind=row["kind"],
        message_id=row["message_id"],
        ballot=row["ballot"],
    )
