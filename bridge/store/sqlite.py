"""SQLite engines with the settings that make its promises true.

Facts behind them (measured): with the driver's own transaction control a savepoint is not inside
a transaction, so a row of a released savepoint survives the outer rollback; and a transaction
that reads first and writes later fails at once beside another process, whatever the timeout.
Therefore the driver's control is off and every transaction begins IMMEDIATE.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from bridge.errors import Transient
from bridge.store.prepared import Prepared

T = TypeVar("T")
BUSY_MS = 10_000
_IMMEDIATELY = Prepared(lambda _: text("BEGIN IMMEDIATE"))
TIME_HEALS = ("locked", "full", "disk I/O", "busy", "unable to open")
"""Words of SQLite's sentences about what is not a bug."""


class SqliteTransactor:
    """Transactions on one connection to a SQLite file, for one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def transact(self, run: Callable[[Connection], T]) -> T:
        """Run a function in a transaction and commit; see ``database.Transactor``."""
        with self._engine.connect() as connection, connection.begin():
            return run(connection)

    def announce(self, connection: Connection, wakes: frozenset[str]) -> None:
        """Tell nobody: one process works on a file."""

    def translate(self, error: DBAPIError) -> BaseException:
        """Turn what time can heal (locked, full) into ``Transient``; leave bugs as they are."""
        sentence = str(error.orig)
        if not isinstance(error, OperationalError) or not any(
            word in sentence for word in TIME_HEALS
        ):
            return error
        healed = Transient(f"the database cannot write now: {sentence}")
        healed.__cause__ = error
        return healed

    def forget(self) -> None:
        """Move the write-ahead log into the file and empty it: it holds pages as they were.

        The file itself has no traces (``secure_delete``). A reader that looks just now keeps the
        log as it is; it is emptied the next time, and when the bridge ends.
        """
        with self._engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()


def writing_engine(path: Path) -> Engine:
    """Return the engine of the one writer; the file is created 0600 when absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(
        f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_MS}",
            # What savepoints may have to undo goes into a file that is made and removed for each
            # large commit otherwise (measured: half of all writes to disk on a post's way).
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        _IMMEDIATELY.execute(connection, {})

    return engine


def reading_engine(path: Path) -> Engine:
    """Return an engine that cannot write."""
    engine = create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
