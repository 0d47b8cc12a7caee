"""When we were down: stretches between two signs of life, kept for the results of ballots."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from bridge.ids import Instant
from bridge.store.database import Tx
from bridge.store.instance import read_instance
from bridge.store.schema import outages

NOTICED_AFTER_MS = 5 * 60 * 1000
"""A shorter silence is a restart, and no outage."""


def record_outage(tx: Tx) -> None:
    """Write down that nobody ran since the last sign of life, if that is long ago."""
    known = read_instance(tx.conn)
    if known is None or not known.alive_at or tx.now - known.alive_at < NOTICED_AFTER_MS:
        return
    tx.conn.execute(insert(outages).values(began_at=known.alive_at, ended_at=tx.now))


def every_outage(conn: Connection) -> tuple[tuple[Instant, Instant], ...]:
    """Return all outages as (began, ended), the oldest first."""
    rows = conn.execute(select(outages).order_by(outages.c.began_at))
    return tuple((Instant(row.began_at), Instant(row.ended_at)) for row in rows)
