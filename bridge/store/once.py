"""Insert a row unless its key is there already: how at-least-once becomes exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_DIALECTS: Mapping[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}


def insert_once(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; False, and nothing changed, when one of its unique keys is taken."""
    statement = _DIALECTS[conn.dialect.name].insert(table).on_conflict_do_nothing()
    return bool(conn.execute(statement, values).rowcount == 1)
