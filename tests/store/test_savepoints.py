import pytest
from sqlalchemy import text

from bridge.store.savepoints import Savepoint


def add(tx, number):
    tx.conn.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": number})


def numbers(tx):
    return sorted(tx.conn.scalars(text("SELECT number FROM numbers")))


@pytest.fixture
async def table(store):
    await store.write(lambda tx: tx.conn.exec_driver_sql("CREATE TABLE numbers (number INTEGER)"))


async def test_a_rollback_undoes_what_was_done_since_and_nothing_else(store, table):
    def steps(tx):
        add(tx, 1)
        kept = Savepoint(tx.conn)
        add(tx, 2)
        kept.commit()
        undone = Savepoint(tx.conn)
        add(tx, 3)
        undone.rollback()
        add(tx, 4)
        return numbers(tx)

    assert await store.write(steps) == [1, 2, 4]


async def test_savepoints_nest(store, table):
    def steps(tx):
        outer = Savepoint(tx.conn)
        add(tx, 1)
        inner = Savepoint(tx.conn)
        add(tx, 2)
        inner.commit()
        another = Savepoint(tx.conn)
        add(tx, 3)
        another.rollback()
        seen = numbers(tx)
        outer.rollback()
        return seen, numbers(tx)

    assert await store.write(steps) == ([1, 2], [])


async def test_what_a_kept_savepoint_holds_goes_with_the_transaction(store, table):
    def steps(tx):
        kept = Savepoint(tx.conn)
        add(tx, 1)
        kept.commit()
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(steps)
    assert await store.read(lambda conn: conn.scalar(text("SELECT count(*) FROM numbers"))) == 0
