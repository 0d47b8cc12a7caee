"""A try to write reaches the disk and leaves nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.errors import Transient
from bridge.store.schema import told
from bridge.store.writable import try_to_write, try_writing


async def test_a_try_to_write_leaves_nothing(store):
    await store.write(try_to_write)
    assert await store.read(lambda conn: conn.execute(select(told)).all()) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_try_to_write_reaches_the_disk(store):
    def size(_conn):
        log = Path(f"{store.place}-wal")
        return log.stat().st_size if log.exists() else 0

    before = await store.read(size)
    await store.write(lambda _: None)
    assert await store.read(size) == before
    await store.write(try_to_write)
    assert await store.read(size) > before


async def test_it_is_tried_beside_a_running_bridge(store, clock):
    await store.write(try_to_write)
    await try_writing(store.place, clock)
    await store.write(try_to_write)


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_it_says_what_the_database_says(store, clock, monkeypatch):
    monkeypatch.setattr("bridge.store.sqlite.BUSY_MS", 0)
    with closing(sqlite3.connect(store.place)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(Transient, match="database is locked"):
            await try_writing(store.place, clock)
