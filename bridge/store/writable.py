"""Whether anything can be written to the database, found out by writing what changes nothing."""

from __future__ import annotations

import secrets

from sqlalchemy import delete

from bridge.ports import Clock
from bridge.store.database import Store, Tx
from bridge.store.once import insert_once
from bridge.store.place import Place
from bridge.store.schema import told


def try_to_write(tx: Tx) -> None:
    """Write a mark and take it away again.

    A transaction that writes nothing succeeds on a full disk; this one must reach it (measured
    with SQLite). The mark's name is drawn, so that two who try at once do not wait for each other.
    """
    about = secrets.token_hex(8)
    insert_once(tx.conn, told, {"about": about, "kind": "written", "upto": 0, "at": tx.now})
    tx.conn.execute(delete(told).where(told.c.about == about))


async def try_writing(place: Place, clock: Clock) -> None:
    """Try it beside a running bridge, and as patiently as that one would.

    Raises:
        Transient: the database is locked, full or out of reach.
    """
    store = Store(place, clock)
    try:
        await store.write(try_to_write)
    finally:
        await store.close()
