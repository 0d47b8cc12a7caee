"""This process among those that share a database: who works, and who has the clock.

On SQLite a process is alone, and makes sure of it. On PostgreSQL each running bridge keeps one
connection of its own, for three things that end with it, also by SIGKILL: it listens for what
others committed; it holds a lock under its worker number, by which others see that it lives; and
one of all holds the lock of the clock, and alone does the work that time brings about.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import asyncpg
from sqlalchemy import URL, Connection, text

from bridge.errors import ConfigError
from bridge.store.place import Place
from bridge.store.postgres import CHANNEL, CONNECT_SECONDS, LOST, SETTINGS, out_of_reach

Wake = Callable[[frozenset[str]], None]
ALONE = 0
"""The worker number of a process on SQLite."""

# Two numbers name an advisory lock; the first is ours, so that other programs' are not mistaken.
_WORKERS, _CLOCK = 0x5EC0, 0x5EC1
_ASK_SECONDS = 5
_LIVING = text(
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = :workers "
    "AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Presence(Protocol):
    """What a running bridge knows of itself and the others."""

    @property
    def worker(self) -> int:
        """The number under which this process marks what it is sending."""

    @property
    def has_clock(self) -> bool:
        """Whether this process does the work that time brings about."""

    async def renew(self) -> None:
        """Make sure of the place among the others; called at the start and every second.

        Raises:
            ConfigError: another bridge runs on this file.
            Transient: the database is out of reach; the clock is somebody else's until then.
        """

    async def leave(self) -> None:
        """Give everything back."""


def presence_at(place: Place, wake: Wake) -> Presence:
    """Return the presence on a database.

    Args:
        place: where the database is.
        wake: called in the event loop with the names of loops for which others left work.
    """
    return Alone(place) if isinstance(place, Path) else AmongOthers(place, wake)


def living_workers(conn: Connection) -> frozenset[int]:
    """Return the numbers of the bridges that run now; on SQLite nobody but who asks."""
    if conn.dialect.name == "sqlite":
        return frozenset({ALONE})
    return frozenset(conn.scalars(_LIVING, {"workers": _WORKERS}))


class Alone:
    """One bridge on a file; a second one is refused."""

    worker = ALONE
    has_clock = True

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        self._file: int | None = None

    async def renew(self) -> None:
        """Take the lock beside the file, once; it ends with the process."""
        if self._file is not None:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(file)
            raise ConfigError(
                [f"database: another bridge runs on it ({self._path} is locked)"]
            ) from error
        self._file = file

    async def leave(self) -> None:
        """Release the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class AmongOthers:
    """One of several bridges on a PostgreSQL database."""

    def __init__(self, url: URL, wake: Wake) -> None:
        self._url = url
        self._wake = wake
        self._connection: asyncpg.Connection | None = None
        self._worker = ALONE
        self._has_clock = False

    @property
    def worker(self) -> int:
        """The backend of our connection: no two living bridges have the same."""
        return self._worker

    @property
    def has_clock(self) -> bool:
        """Whether the lock of the clock is ours."""
        return self._has_clock

    async def renew(self) -> None:
        """Connect if need be, and take the clock if nobody has it."""
        try:
            connection = await self._connected()
            if not self._has_clock:
                asked = "SELECT pg_try_advisory_lock($1, 0)"
                self._has_clock = await connection.fetchval(asked, _CLOCK, timeout=_ASK_SECONDS)
            else:
                await connection.execute("SELECT 1", timeout=_ASK_SECONDS)
        except LOST as error:
            self._lose()
            raise out_of_reach(self._url, error) from error

    async def leave(self) -> None:
        """Close the connection: the locks go with it."""
        if self._connection is not None:
            with suppress(*LOST):
                await self._connection.close(timeout=_ASK_SECONDS)
        self._lose()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        self._lose()
        connection = await asyncpg.connect(**_arguments(self._url))
        self._connection = connection
        self._worker = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.execute("SELECT pg_advisory_lock($1, $2)", _WORKERS, self._worker)
        await connection.add_listener(CHANNEL, self._heard)
        return connection

    def _heard(self, _connection: object, _pid: int, _channel: str, names: object) -> None:
        self._wake(frozenset(str(names).split(",")))

    def _lose(self) -> None:
        held, self._connection = self._connection, None
        self._has_clock = False
        if held is not None:
            held.terminate()


def _arguments(url: URL) -> Mapping[str, Any]:
    """Return how asyncpg is told what SQLAlchemy's dialect is told by the address."""
    given = {
        "host": url.host or url.query.get("host"),
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "timeout": CONNECT_SECONDS,
        "server_settings": dict(SETTINGS),
    }
    return {name: value for name, value in given.items() if value is not None}
