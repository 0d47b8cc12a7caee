"""PostgreSQL: the same synchronous transactions, over asyncpg.

A transaction is a plain function on both databases. asyncpg only speaks from an event loop, so
each transactor has a small one of its own, in the thread that uses it: a handler that parses mail
inside a transaction holds up no socket of the bridge.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bridge.errors import Transient
from bridge.store.place import described

T = TypeVar("T")

# The promise "stored before 250" rests on the first, whatever the server's own default is; the
# others keep a lock that nobody releases from holding everything up for ever.
SETTINGS: Mapping[str, str] = {
    "synchronous_commit": "on",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "120s",
    "application_name": "seconded",
    "timezone": "UTC",
}
CONNECT_SECONDS = 10
# What asyncpg raises when there is no connection, or no longer one; the last (seen in practice)
# when the server cut it just before we asked.
LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
SILENCE: Final = (
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),  # ms until sent data must be answered
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),  # s without a word until we ask
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
)
CHANNEL = "seconded"
"""Where processes that share a database tell each other what to look at."""
_NOTIFY = text("SELECT pg_notify(:channel, :wakes)")

# Classes of SQLSTATE (PostgreSQL manual, appendix A) that time or an operator heals: connection,
# rollback by deadlock or conflict, resources (disk full), lock not available, shutdown, I/O.
TIME_HEALS = ("08", "40", "53", "55P03", "57", "58")


class PostgresTransactor:
    """Transactions on one connection to a PostgreSQL server, for the one thread that uses it."""

    def __init__(self, url: URL, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._engine = postgres_engine(url, **options)

    def transact(self, run: Callable[[Connection], T]) -> T:
        """Run a function in a transaction and commit; see ``database.Transactor``."""
        return self._runner.run(self._transact(run))

    async def _transact(self, run: Callable[[Connection], T]) -> T:
        try:
            connection = await self._engine.connect()
        except LOST as error:
            raise out_of_reach(self._engine.url, error) from error
        async with aclosing(connection), connection.begin():
            return await connection.run_sync(run)

    def announce(self, connection: Connection, wakes: frozenset[str]) -> None:
        """NOTIFY at the commit; whoever listens (``presence``) rings the bells of these loops."""
        connection.execute(_NOTIFY, {"channel": CHANNEL, "wakes": ",".join(sorted(wakes))})

    def translate(self, error: DBAPIError) -> BaseException:
        """Turn what time can heal into ``Transient``; leave bugs as they are."""
        code = getattr(error.orig, "sqlstate", None) or ""
        if not error.connection_invalidated and not code.startswith(TIME_HEALS):
            return error
        healed = Transient(f"the database cannot write now: {_sentence(error)}")
        healed.__cause__ = error
        return healed

    def forget(self) -> None:
        """Do nothing: only the server's owner can have it rewrite its tables (the runbook)."""

    def close(self) -> None:
        """Close the connection."""
        self._runner.run(self._engine.dispose())
        self._runner.close()


def writing_transactor(url: URL) -> PostgresTransactor:
    """Return the transactor of the process's one writer."""
    return PostgresTransactor(url)


def reading_transactor(url: URL) -> PostgresTransactor:
    """Return one that cannot write, and whose every transaction sees one instant: books balance."""
    return PostgresTransactor(
        url,
        execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    )


def postgres_engine(url: URL, **options: Any) -> AsyncEngine:
    """Return an engine with one connection and the settings that the promises rest on."""
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"server_settings": dict(SETTINGS), "timeout": CONNECT_SECONDS},
        **options,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _settings(connection: Any, _record: object) -> None:
        notice_silence(connection.driver_connection)

    return engine


def notice_silence(connection: asyncpg.Connection) -> None:
    """Have the kernel give up a server that has vanished (power, network) after 30 seconds.

    By itself it goes on for a quarter of an hour (tcp(7), ``tcp_retries2``), and as long the one
    writer, hence all intake, would stand still. asyncpg has no public way to its socket.
    """
    made = connection._transport.get_extra_info("socket")  # noqa: SLF001 - see above
    if made.family in {socket.AF_INET, socket.AF_INET6}:
        for level, option, value in SILENCE:
            made.setsockopt(level, option, value)


def out_of_reach(url: URL, error: BaseException) -> Transient:
    """Return what to say when no connection can be had."""
    why = str(error) or type(error).__name__
    return Transient(f"the database {described(url)} is out of reach: {why}")


def _sentence(error: DBAPIError) -> str:
    """Return the driver's own first line, without the statement and its values."""
    return str(error.orig).partition("\n")[0]
