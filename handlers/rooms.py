"""The state of our rooms changed: power and privacy are computed from what is kept here."""

from __future__ import annotations

from dataclasses import replace

from bridge.events import DONE, Outcome
from bridge.ids import Instant
from bridge.matrix.facts import MemberSeen, OtherSeen, StateSeen
from bridge.matrix.privacy import why_closed
from bridge.store import rooms
from bridge.store.database import Tx
from handlers.context import Context


def state_seen(event: StateSeen, tx: Tx, context: Context) -> Outcome:
    """Keep the room's state, and close the room to posts when it is not as its list demands."""
    room = rooms.room_by_id(tx.conn, event.room)
    if room is None or room.list_id not in context.lists:
        return Outcome("suppressed", "not one of our rooms")
    if not room.state:
        # One event is not a room's state; the sweep reads the whole.
        return Outcome("done", "state not read yet")
    changed = {
        "type": event.type,
        "state_key": event.state_key,
        "sender": event.sender,
        "origin_server_ts": event.ts,
        "content": event.content,
    }
    if rooms.is_stale(room.state, changed):
        rooms.record_room(tx, replace(room, checked_at=Instant(0)))
        tx.wakes.add("sweep")
        return Outcome("done", "older than what we know; the room is read again")
    fresh = rooms.with_state(room.state, changed)
    is_private = context.lists[room.list_id].visibility == "private"
    closed = why_closed(fresh, is_private=is_private)
    rooms.record_room(tx, replace(room, state=fresh, closed_because=closed))
    return DONE


def member_seen(event: MemberSeen, tx: Tx, context: Context) -> Outcome:
    """Who is in a room decides nothing: only the roll does."""
    del event, tx, context
    return Outcome("done", "membership")


def other_seen(event: OtherSeen, tx: Tx, context: Context) -> Outcome:
    """Nothing to act on; the reason says what it was."""
    del tx, context
    return Outcome("suppressed", event.reason)
