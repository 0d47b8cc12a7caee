"""A database transaction in memory that is undone at its end: quick enough for property tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from bridge.ids import Instant
from bridge.store.database import Tx
from bridge.store.schema import metadata


@cache
def _engine() -> Engine:
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    metadata.create_all(engine)
    return engine


@contextmanager
def memory_tx(now: int = 1_761_811_200_000) -> Iterator[Tx]:
    """A transaction on empty tables; whatever it wrote is gone afterwards."""
    with _engine().connect() as connection:
        transaction = connection.begin()
        yield Tx(connection, Instant(now))
        transaction.rollback()
