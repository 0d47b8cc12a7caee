import pytest
from sqlalchemy import Boolean, Column, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import TypeDecorator

from bridge.store.prepared import FEW, Prepared, few, is_one_of_few
from bridge.store.schema import posts, rooms


class Loud(TypeDecorator[str]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value.upper()

    def process_result_value(self, value, dialect):
        return value and f"{value}!"


shouts = Table(
    "shouts",
    MetaData(),
    Column("word", Loud, primary_key=True),
    Column("is_long", Boolean),
)
ADD = Prepared(
    lambda _: insert(shouts).values(word=bindparam("word"), is_long=bindparam("is_long"))
)
BY_WORD = Prepared(lambda _: select(shouts).where(shouts.c.word == bindparam("of_word")))
AMONG = Prepared(lambda _: select(shouts.c.word).where(is_one_of_few(shouts.c.word)))


async def run(store, function):
    def inside(tx):
        shouts.create(tx.conn, checkfirst=True)
        return function(tx.conn)

    return await store.write(inside)


async def test_values_pass_through_the_types_of_their_columns_both_ways(store):
    def function(conn):
        ADD.execute(conn, {"word": "hey", "is_long": True})
        return BY_WORD.first(conn, of_word="hey")

    found = await run(store, function)
    assert found == {"word": "HEY!", "is_long": True}
    assert found["is_long"] is True


async def test_what_is_not_there_is_none(store):
    assert await run(store, lambda conn: BY_WORD.first(conn, of_word="hey")) is None


async def test_it_says_how_many_rows_it_changed(store):
    shorten = Prepared(lambda _: update(shouts).values(is_long=bindparam("new")))

    def function(conn):
        for word in "abc":
            ADD.execute(conn, {"word": word, "is_long": True})
        return shorten.execute(conn, {"new": False})

    assert await run(store, function) == 3


@pytest.mark.parametrize("count", [1, 2, FEW])
async def test_a_few_values_are_looked_for_at_once(store, count):
    words = [f"W{number}" for number in range(count)]

    def function(conn):
        for word in (*words, "OTHER"):
            ADD.execute(conn, {"word": word, "is_long": None})
        return [row["word"] for row in AMONG.rows(conn, **few(words))]

    assert sorted(await run(store, function)) == [f"{word}!" for word in words]


@pytest.mark.parametrize("count", [0, FEW + 1])
def test_none_and_many_are_no_few(count):
    assert few(range(count)) is None


async def test_errors_are_those_that_sqlalchemy_raises(store):
    def twice(conn):
        ADD.execute(conn, {"word": "a", "is_long": None})
        ADD.execute(conn, {"word": "a", "is_long": None})

    with pytest.raises(IntegrityError):
        await run(store, twice)
    with pytest.raises(DBAPIError, match="shouts"):
        await store.write(lambda tx: BY_WORD.first(tx.conn, of_word="a"))


def test_a_statement_is_built_once_for_each_database():
    built = []

    def build(name):
        built.append(name)
        return select(rooms.c.room_id).where(rooms.c.list_id == bindparam("of_list"))

    prepared = Prepared(build)
    for dialect in (sqlite.dialect(), asyncpg.dialect(), sqlite.dialect()):
        prepared._for(dialect)
    assert built == ["sqlite", "postgresql"]


def test_postgresql_is_told_the_types_of_the_places():
    prepared = Prepared(lambda _: select(posts.c.head).where(is_one_of_few(posts.c.message_id)))
    assert prepared._for(asyncpg.dialect()).sql.count("::VARCHAR") == FEW


async def test_a_list_of_any_length_cannot_be_prepared(store):
    prepared = Prepared(lambda _: select(posts).where(posts.c.head.in_(["a", "b"])))
    with pytest.raises(AssertionError, match="fixed length"):
        await run(store, prepared.first)
