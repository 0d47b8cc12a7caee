"""Every reaction seen in our rooms, by event id.

A redaction strips what it removes of its relation, so the target and key of each reaction are
kept from the first sight on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from bridge.ids import EventId, Instant, RoomId, UserId
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.schema import reactions


@dataclass(frozen=True, slots=True)
class Reaction:
    """One reaction; ``removed_at`` is None while it shows."""

    event_id: EventId
    room_id: RoomId
    target: EventId
    key: str
    sender: UserId
    sent_at: Instant
    removed_at: Instant | None = None


def record_reaction(tx: Tx, reaction: Reaction) -> bool:
    """Remember a reaction; False when it is known."""
    values = {name: getattr(reaction, name) for name in Reaction.__dataclass_fields__}
    return insert_once(tx.conn, reactions, {**values, "seen_at": tx.now})


def record_removed(tx: Tx, event_id: EventId, at: Instant) -> None:
    """Remember that a reaction was taken back, and when."""
    tx.conn.execute(update(reactions).where(reactions.c.event_id == event_id).values(removed_at=at))


def reaction_by_id(conn: Connection, event_id: EventId) -> Reaction | None:
    """Return one reaction."""
    row = conn.execute(select(reactions).where(reactions.c.event_id == event_id)).first()
    return _reaction(row._mapping) if row else None


def showing_on(conn: Connection, target: EventId) -> list[Reaction]:
    """Return the reactions we take to be showing on an event."""
    rows = conn.execute(
        select(reactions).where(reactions.c.target == target, reactions.c.removed_at.is_(None))
    )
    return [_reaction(row._mapping) for row in rows]


def _reaction(row: Mapping[Any, Any]) -> Reaction:
    return Reaction(**{name: row[name] for name in Reaction.__dataclass_fields__})
