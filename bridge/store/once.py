"""Insert a row unless its key is there already: how at-least-once becomes exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ClauseElement

from bridge.store.prepared import Prepared

_DIALECTS: Mapping[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}


def insert_once(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; False, and nothing changed, when one of its unique keys is taken."""
    return _insert(table, tuple(values)).execute(conn, values) == 1


def insert_all_once(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, each but those of which a unique key is taken."""
    if rows:
        _insert(table, tuple(rows[0])).execute_all(conn, rows)


@cache
def _insert(table: Table, columns: tuple[str, ...]) -> Prepared:
    """Return the statement for these columns; there are as many as places in the code."""

    def build(database: str) -> ClauseElement:
        row = {name: bindparam(name, type_=table.c[name].type) for name in columns}
        statement: ClauseElement = (
            _DIALECTS[database].insert(table).values(row).inline().on_conflict_do_nothing()
        )
        return statement

    return Prepared(build)
