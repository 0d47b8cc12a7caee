import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from bridge.errors import Transient
from bridge.store import inbox
from bridge.store.database import Store, Tx, translate
from bridge.store.migrate import migrate
from bridge.store.schema import inbox as inbox_table


def _add(key: str) -> object:
    def run(tx: Tx) -> bool:
        return inbox.add(tx, lane="a", kind="k", key=key, raw=b"x")

    return run


def _count(tx: Tx) -> int:
    return tx.conn.scalar(select(func.count()).select_from(inbox_table)) or 0


async def test_what_one_function_raises_undoes_only_its_own_writes(store: Store) -> None:
    def fails(tx: Tx) -> None:
        inbox.add(tx, lane="a", kind="k", key="lost", raw=b"")
        raise RuntimeError("a bug")

    results = await asyncio.gather(
        store.write(_add("one")),
        store.write(fails),
        store.write(_add("two")),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in results] == ["bool", "RuntimeError", "bool"]
    assert await store.write(_count) == 2


async def test_functions_that_wait_share_a_commit(store: Store) -> None:
    commits: list[frozenset[str]] = []
    store.on_commit(commits.append)
    await asyncio.gather(*(store.write(_add(str(n))) for n in range(100)))
    assert await store.write(_count) == 100
    assert len(commits) < 60


async def test_listeners_hear_which_loops_have_work(store: Store) -> None:
    heard: list[frozenset[str]] = []
    store.on_commit(heard.append)
    await store.write(_add("one"))
    assert frozenset({"inbox"}) in heard


async def test_reading_sees_what_was_committed(store: Store) -> None:
    await store.write(_add("one"))
    assert await store.read(lambda conn: conn.scalar(select(inbox_table.c.key))) == "one"


async def test_a_full_disk_is_transient_and_nothing_is_kept(store: Store) -> None:
    def limit(tx: Tx) -> None:
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await store.write(limit)

    def large(tx: Tx) -> bool:
        return inbox.add(tx, lane="a", kind="k", key="big", raw=b"x" * 1_000_000)

    with pytest.raises(Transient, match="full"):
        await store.write(large)
    assert await store.write(_count) == 0


async def test_a_bug_in_sql_stays_a_bug(store: Store) -> None:
    with pytest.raises(OperationalError):
        await store.write(lambda tx: tx.conn.exec_driver_sql("SELECT * FROM nowhere"))


async def test_a_reader_that_is_locked_out_is_told_so(store: Store) -> None:
    def locked_out(_: object) -> None:
        raise OperationalError("x", None, Exception("database is locked"))

    with pytest.raises(Transient, match="locked"):
        await store.read(locked_out)


def test_locked_is_what_time_heals() -> None:
    error = OperationalError("x", None, Exception("database is locked"))
    assert isinstance(translate(error), Transient)


async def test_closing_lets_what_is_queued_be_written(tmp_path: Path, clock: object) -> None:
    path = tmp_path / "b.sqlite3"
    migrate(path)
    store = Store(path, clock)
    writing = asyncio.gather(*(store.write(_add(str(n))) for n in range(20)))
    await asyncio.sleep(0)
    await store.close()
    assert len(await writing) == 20


async def test_rowcounts_are_of_this_statement(store: Store) -> None:
    await store.write(_add("one"))
    changed = await store.write(
        lambda tx: tx.conn.execute(update(inbox_table).values(state="done")).rowcount
    )
    assert changed == 1
