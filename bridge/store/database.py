"""The store: transactions as plain functions, many of them in one commit.

``write(fn)`` runs ``fn(tx)`` in the one writer thread. Functions that arrive while a commit is
under way share the next one, each inside its own savepoint: on a disk with slow fsync that is
the difference between 50 and 1,000 a second (measured). No await can slip into a transaction,
hence no network call. What differs between SQLite and PostgreSQL is a ``Transactor``.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bridge.errors import Transient
from bridge.ids import Instant
from bridge.ports import Clock
from bridge.store.place import Place
from bridge.store.postgres import reading_transactor, writing_transactor
from bridge.store.savepoints import Savepoint
from bridge.store.sqlite import SqliteTransactor, reading_engine, writing_engine

T = TypeVar("T")
Reading = Connection
"""A look into the database; what functions that only read are handed."""
ERASED = "erased"
"""A wake that is no loop's: what was erased must not stay in the log of changes either."""
MOST_IN_ONE_COMMIT = 128
FAST_SYNC_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.002


def pause_for_company(sync_seconds: float) -> float:
    """Return how long to wait for more functions before a commit, in seconds.

    Whoever got an answer from the last commit asks for the next one a millisecond later, and where
    a sync takes long that is one sync too late (PostgreSQL has ``commit_delay`` for this; measured
    with ten senders and syncs of 5 ms: 410 mails a second without, 745 with).

    Args:
        sync_seconds: how long the last commit took after its functions had run.
    """
    if sync_seconds < FAST_SYNC_SECONDS:
        return 0
    return min(sync_seconds * 0.3, LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Tx:
    """One database transaction, handed to functions that run inside it.

    Attributes:
        now: the instant it began.
        wakes: names of the loops that have work once it is committed.
        queued: the keys of the letters that it put into the outbox, in order.
    """

    conn: Connection
    now: Instant
    wakes: set[str] = field(default_factory=set)
    queued: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    run: Callable[[Tx], T]
    future: asyncio.Future[T]
    loop: asyncio.AbstractEventLoop


@dataclass(slots=True)
class _Answer:
    job: _Job[Any]
    value: Any = None
    error: BaseException | None = None

    def give(self) -> None:
        if self.job.future.done():  # the caller was cancelled meanwhile
            return
        if self.error is not None:
            self.job.future.set_exception(self.error)
        else:
            self.job.future.set_result(self.value)


class Transactor(Protocol):
    """One connection to a database; each is used by one thread."""

    def transact(self, run: Callable[[Connection], T]) -> T:
        """Run a function in a transaction, commit, and return its value.

        Raises:
            SQLAlchemyError: whatever the database says; nothing was kept.
            Transient: there is no connection to be had.
        """

    def announce(self, connection: Connection, wakes: frozenset[str]) -> None:
        """Have the commit tell the other processes on this database which loops have work."""

    def translate(self, error: DBAPIError) -> BaseException:
        """Return ``Transient`` for what time can heal, the error itself for a bug."""

    def forget(self) -> None:
        """Let go of what committed transactions have overwritten, as far as that can be asked."""

    def close(self) -> None:
        """Let go of the connection."""


def transactors(place: Place) -> tuple[Transactor, Transactor]:
    """Return the one that writes and the one that only reads."""
    if isinstance(place, Path):
        return SqliteTransactor(writing_engine(place)), SqliteTransactor(reading_engine(place))
    return writing_transactor(place), reading_transactor(place)


class Store:
    """A database with one writer thread and one reading thread."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self.place = place
        self._clock = clock
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._writing, self._reading = transactors(place)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._is_writing = False
        self._sync_seconds = 0.0
        self._writer = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._writer.start()

    def on_commit(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Call the listener (in the event loop) with the wakes of each commit."""
        self._listeners.append(listener)

    def wake(self, names: frozenset[str]) -> None:
        """Tell the listeners of work that another process left."""
        for listener in self._listeners:
            listener(names)

    @property
    def is_waited_for(self) -> bool:
        """Tell whether somebody waits for a commit that has not begun."""
        return not self._jobs.empty()

    @property
    def is_idle(self) -> bool:
        """Tell whether what is handed over now is written at once."""
        return self._jobs.empty() and not self._is_writing

    async def write(self, run: Callable[[Tx], T]) -> T:
        """Run a function in a transaction and return its value once it is durable.

        Raises:
            Transient: the database is locked, full or out of reach. Nothing was kept, but when the
                connection was lost in mid-commit: then nobody knows.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(run, answer, loop))
        return await answer

    async def read(self, run: Callable[[Connection], T]) -> T:
        """Run a function on the read-only connection.

        Raises:
            Transient: the database is locked or out of reach.
        """

        def reading() -> T:
            try:
                return self._reading.transact(run)
            except DBAPIError as error:
                raise self._reading.translate(error) from error.orig

        return await asyncio.get_running_loop().run_in_executor(self._reader, reading)

    async def close(self) -> None:
        """Let what is queued be written, then close both connections, each in its own thread."""
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.get_running_loop().run_in_executor(self._reader, self._reading.close)
        self._reader.shutdown()

    def _write_loop(self) -> None:
        try:
            while self._write_next():
                pass
        finally:
            self._writing.close()

    def _write_next(self) -> bool:
        """Commit what waits, at least one function; False when the store is being closed."""
        self._is_writing = False
        first = self._jobs.get()
        self._is_writing = True
        if first is None:
            return False
        if pause := pause_for_company(self._sync_seconds):
            time.sleep(pause)
        batch, goes_on = [first], True
        while goes_on and len(batch) < MOST_IN_ONE_COMMIT and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                goes_on = False
            else:
                batch.append(job)
        self._answer(*self._commit(batch))
        return goes_on

    def _commit(self, batch: list[_Job[Any]]) -> tuple[list[_Answer], frozenset[str]]:
        answers = [_Answer(job) for job in batch]
        ran_at = 0.0

        def run(connection: Connection) -> frozenset[str]:
            nonlocal ran_at
            wakes = self._run_all(connection, answers)
            ran_at = time.monotonic()
            return wakes

        try:
            wakes = self._writing.transact(run)
        except (SQLAlchemyError, Transient) as error:
            # The writer must live, whatever the library says: everybody waits for its answers.
            # Whatever one of them raised after that (no such savepoint) is no bug of theirs.
            for answer in answers:
                if not isinstance(answer.error, Transient):
                    answer.error = _given_up(error)
            return answers, frozenset()
        self._sync_seconds = time.monotonic() - ran_at
        if ERASED in wakes:
            self._forget()
        return answers, wakes - {ERASED}

    def _run_all(self, connection: Connection, answers: list[_Answer]) -> frozenset[str]:
        wakes = frozenset[str]().union(*(self._run(connection, answer) for answer in answers))
        if announced := wakes - {ERASED}:
            self._writing.announce(connection, announced)
        return wakes

    def _forget(self) -> None:
        # It is committed whatever comes of this; the next erasure, or the next stop, does it too.
        with suppress(SQLAlchemyError):
            self._writing.forget()

    def _run(self, connection: Connection, answer: _Answer) -> set[str]:
        tx = Tx(connection, self._clock())
        savepoint = Savepoint(connection)
        try:
            answer.value = answer.job.run(tx)
            savepoint.commit()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asked, not swallowed
            answer.error = (
                self._writing.translate(error) if isinstance(error, DBAPIError) else error
            )
            # On a full disk SQLite has rolled back everything already, and a connection to
            # PostgreSQL is lost for all: this raises then, and the whole batch is given up.
            savepoint.rollback()
            return set()
        return tx.wakes

    def _answer(self, answers: list[_Answer], wakes: frozenset[str]) -> None:
        def give() -> None:
            for answer in answers:
                answer.give()
            self.wake(wakes)

        try:
            answers[0].job.loop.call_soon_threadsafe(give)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return


def _given_up(error: Exception) -> Transient:
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    given_up = Transient(
        f"the database gave up the whole transaction, or its answer was lost: {said}"
    )
    given_up.__cause__ = error
    return given_up
