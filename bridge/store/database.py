"""The store: transactions as plain functions, many of them in one commit.

``write(fn)`` runs ``fn(tx)`` in the one writer thread. Functions that arrive while a commit is
under way share the next one, each inside its own savepoint: on a disk with slow fsync that is
the difference between 50 and 1,000 a second (measured). No await can slip into a transaction,
hence no network call.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from bridge.errors import SecondedError, Transient
from bridge.ids import Instant
from bridge.ports import Clock
from bridge.store.engine import reading_engine, writing_engine

T = TypeVar("T")
Reading = Connection
"""A look into the database; what functions that only read are handed."""
MOST_IN_ONE_COMMIT = 128


@dataclass(frozen=True, slots=True)
class Tx:
    """One database transaction, handed to functions that run inside it.

    Attributes:
        now: the instant it began.
        wakes: names of the loops that have work once it is committed.
    """

    conn: Connection
    now: Instant
    wakes: set[str] = field(default_factory=set)


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


class Store:
    """A SQLite database with one writer thread and one reading thread."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._engine = writing_engine(path)
        self._reading = reading_engine(path)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
        self._writer.start()

    def on_commit(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Call the listener (in the event loop) with the wakes of each commit."""
        self._listeners.append(listener)

    async def write(self, run: Callable[[Tx], T]) -> T:
        """Run a function in a transaction and return its value once it is durable.

        Raises:
            Transient: the database is locked or its disk is full; nothing was kept.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(run, answer, loop))
        return await answer

    async def read(self, run: Callable[[Connection], T]) -> T:
        """Run a function on the read-only connection.

        Raises:
            Transient: the database is locked or its disk does not answer.
        """

        def reading() -> T:
            try:
                with self._reading.connect() as connection, connection.begin():
                    return run(connection)
            except DatabaseError as error:
                raise translate(error) from error.orig

        return await asyncio.get_running_loop().run_in_executor(self._reader, reading)

    async def close(self) -> None:
        """Let what is queued be written, then close both connections."""
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._reader.shutdown()
        self._engine.dispose()
        self._reading.dispose()

    def _write_loop(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, stop = [first], False
            while len(batch) < MOST_IN_ONE_COMMIT and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    stop = True
                    break
                batch.append(job)
            self._answer(*self._commit(batch))
            if stop:
                return

    def _commit(self, batch: list[_Job[Any]]) -> tuple[list[_Answer], frozenset[str]]:
        answers = [_Answer(job) for job in batch]
        wakes: set[str] = set()
        try:
            with self._engine.connect() as connection, connection.begin():
                for answer in answers:
                    wakes |= self._run(connection, answer)
        except SQLAlchemyError as error:
            # The writer must live, whatever the library says: everybody waits for its answers.
            # Whatever one of them raised after that (no such savepoint) is no bug of theirs.
            for answer in answers:
                if not isinstance(answer.error, Transient):
                    answer.error = _given_up(error)
            return answers, frozenset()
        return answers, frozenset(wakes)

    def _run(self, connection: Connection, answer: _Answer) -> set[str]:
        tx = Tx(connection, self._clock())
        savepoint = connection.begin_nested()
        try:
            answer.value = answer.job.run(tx)
            savepoint.commit()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asked, not swallowed
            answer.error = translate(error) if isinstance(error, DatabaseError) else error
            # On a full disk SQLite has rolled back everything already: this raises then, and
            # the whole batch is given up.
            savepoint.rollback()
            return set()
        return tx.wakes

    def _answer(self, answers: list[_Answer], wakes: frozenset[str]) -> None:
        def give() -> None:
            for answer in answers:
                answer.give()
            for listener in self._listeners:
                listener(wakes)

        try:
            answers[0].job.loop.call_soon_threadsafe(give)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return


def _given_up(error: SQLAlchemyError) -> Transient:
    given_up = Transient("the database gave up the whole transaction; nothing of it was kept")
    given_up.__cause__ = error
    return given_up


def translate(error: DatabaseError) -> BaseException:
    """Turn what time can heal (locked, disk full) into ``Transient``; leave bugs as they are."""
    if isinstance(error, OperationalError):
        sentence = str(error.orig)
        if any(
            word in sentence for word in ("locked", "full", "disk I/O", "busy", "unable to open")
        ):
            healed: SecondedError = Transient(f"the database cannot write now: {sentence}")
            healed.__cause__ = error
            return healed
    return error
