"""Who this instance is: its id, its secret key, and whether a bridge runs on it now."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from bridge.ids import Instant
from bridge.store.database import Tx
from bridge.store.schema import instance

STALE_AFTER_MS = 15_000


@dataclass(frozen=True, slots=True)
class Instance:
    """The one row about ourselves.

    Attributes:
        key: secret of all HMACs (ghosts, pseudonyms).
        alive_at: when a running bridge last said so.
    """

    uuid: str
    key: bytes
    alive_at: Instant

    def is_running(self, now: Instant) -> bool:
        """Tell whether a bridge has shown itself within 15 seconds."""
        return now - self.alive_at < STALE_AFTER_MS


def ensure_instance(tx: Tx) -> Instance:
    """Return who we are, deciding it on the first call."""
    row = tx.conn.execute(select(instance)).first()
    if row is None:
        # The one place for randomness: made once, kept with the rows that depend on it.
        values = {"id": 1, "uuid": str(uuid.uuid4()), "key": secrets.token_bytes(32)}
        tx.conn.execute(insert(instance).values(**values, created_at=tx.now))
        row = tx.conn.execute(select(instance)).one()
    return Instance(row.uuid, row.key, Instant(row.alive_at))


def read_instance(conn: Connection) -> Instance | None:
    """Return who we are, None before the first start."""
    row = conn.execute(select(instance)).first()
    return Instance(row.uuid, row.key, Instant(row.alive_at)) if row else None


def record_alive(tx: Tx) -> None:
    """Leave a sign of life for the command line."""
    tx.conn.execute(update(instance).values(alive_at=tx.now))
