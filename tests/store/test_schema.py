"""One schema for two engines; the migrations lead here (see test_migrate)."""

import pytest
from sqlalchemy import BigInteger, DateTime, Float
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bridge.store.schema import metadata

TABLES = metadata.sorted_tables
INSTANTS = [
    column
    for table in TABLES
    for column in table.columns
    if column.name.endswith("_at") or column.name in {"at", "date", "deadline"}
]


@pytest.mark.parametrize("column", INSTANTS, ids=str)
def test_every_instant_is_a_count_of_milliseconds(column):
    assert isinstance(column.type, BigInteger)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_no_column_holds_a_float_or_a_datetime(table):
    assert not [one for one in table.columns if isinstance(one.type, Float | DateTime)]


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["lite", "pg"])
@pytest.mark.parametrize("table", TABLES, ids=str)
def test_both_engines_can_make_every_table_and_index(table, dialect):
    assert "PRIMARY KEY" in str(CreateTable(table).compile(dialect=dialect))
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=dialect))


@pytest.mark.parametrize("name", ["inbox", "outbox", "acts"])
def test_rows_are_counted_by_the_engine(name):
    key = metadata.tables[name].c.id.type
    assert str(key.compile(dialect=sqlite.dialect())) == "INTEGER"
    assert str(key.compile(dialect=postgresql.dialect())) == "BIGINT"


def test_erasing_a_person_deletes_no_act():
    (reference,) = metadata.tables["act_personal"].c.act.foreign_keys
    assert (reference.target_fullname, reference.ondelete) == ("acts.id", "CASCADE")
    assert not [one for one in metadata.tables["acts"].foreign_keys if "personal" in str(one)]
