import asyncio

import pytest
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from bridge.demo.ports import free_ports
from bridge.errors import Transient
from bridge.store import inbox
from bridge.store.database import (
    FAST_SYNC_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Store,
    Tx,
    pause_for_company,
)
from bridge.store.place import database_place
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


@pytest.mark.parametrize("engine_name", ["sqlite"])
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
    with pytest.raises(DBAPIError, match="nowhere"):
        await store.write(lambda tx: tx.conn.exec_driver_sql("SELECT * FROM nowhere"))


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_reader_that_is_locked_out_is_told_so(store: Store) -> None:
    def locked_out(_: object) -> None:
        raise OperationalError("x", None, Exception("database is locked"))

    with pytest.raises(Transient, match="locked"):
        await store.read(locked_out)


async def test_closing_lets_what_is_queued_be_written(shelf, clock: object) -> None:
    store = Store(shelf.fresh(), clock)
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


async def test_a_released_savepoint_does_not_survive_the_outer_rollback(store: Store) -> None:
    def fails(tx: Tx) -> None:
        with tx.conn.begin_nested():
            inbox.add(tx, lane="a", kind="k", key="inner", raw=b"")
        raise RuntimeError("outer")

    with pytest.raises(RuntimeError):
        await store.write(fails)
    assert await store.write(_count) == 0


async def test_ddl_is_undone_with_its_transaction(store: Store) -> None:
    def fails(tx: Tx) -> None:
        tx.conn.exec_driver_sql("CREATE TABLE made (x INTEGER)")
        raise RuntimeError("outer")

    with pytest.raises(RuntimeError):
        await store.write(fails)
    with pytest.raises(DBAPIError, match="made"):
        await store.write(lambda tx: tx.conn.exec_driver_sql("SELECT * FROM made"))


async def test_the_reader_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        await store.read(lambda conn: conn.execute(update(inbox_table).values(state="done")))


async def test_a_reader_sees_one_instant(store: Store) -> None:
    await store.write(_add("one"))
    loop = asyncio.get_running_loop()

    def count_twice(conn: Connection) -> tuple[int, int]:
        count = select(func.count()).select_from(inbox_table)
        before = conn.scalar(count)
        asyncio.run_coroutine_threadsafe(store.write(_add("two")), loop).result()
        return before, conn.scalar(count)

    assert await store.read(count_twice) == (1, 1)


async def test_strangers_text_can_be_stored_and_found_again(store: Store) -> None:
    hostile = "a\0b\udc80" + "\N{SNOWMAN}" * 5_000
    assert await store.write(_add(hostile))
    assert not await store.write(_add(hostile))
    assert await store.write(_add(hostile + "!"))


async def test_a_place_that_nobody_serves_is_transient(clock: object) -> None:
    (port,) = free_ports(1)
    store = Store(database_place(f"postgresql://nobody@127.0.0.1:{port}/none"), clock)
    with pytest.raises(Transient):
        await store.write(_count)
    with pytest.raises(Transient, match="out of reach"):
        await store.read(lambda conn: conn.scalar(select(1)))
    await store.close()


async def test_a_server_that_restarts_is_found_again(postgres, migrated_postgres, clock) -> None:
    store = Store(postgres.database(migrated_postgres), clock)
    await store.write(_add("before"))
    await asyncio.to_thread(postgres.stop)
    with pytest.raises(Transient):
        await store.write(_add("meanwhile"))
    await asyncio.to_thread(postgres.start)
    await store.write(_add("after"))
    assert await store.read(lambda conn: sorted(conn.scalars(select(inbox_table.c.key)))) == [
        "after",
        "before",
    ]
    await store.close()


@pytest.mark.parametrize("sync", [0.0, 0.0001, FAST_SYNC_SECONDS * 0.99])
def test_nobody_is_waited_for_where_a_sync_is_fast(sync):
    assert pause_for_company(sync) == 0


@pytest.mark.parametrize("sync", [FAST_SYNC_SECONDS, 0.005, 60.0])
def test_company_is_waited_for_a_moment_where_a_sync_is_slow(sync):
    assert 0 < pause_for_company(sync) <= min(sync / 3, LONGEST_PAUSE_SECONDS)
