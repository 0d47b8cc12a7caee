"""Statements that are built and compiled once, then run by the driver's own cursor.

SQLAlchemy builds a statement anew for every row it is asked for, and looks it up in a cache by its
structure. On the way of a post through the bridge that was four fifths of all CPU (measured: 250
microseconds for a row found by its key, 70 when the statement is kept, 10 this way). So the
statements of that way are written as everywhere, in SQLAlchemy's language and for both
databases, and kept compiled. What is asked for once in a while needs none of this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

Clean = Callable[[Any], Any] | None
"""What a column's type does to a value on its way in or out; None for nothing."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement in one database's words.

    Attributes:
        places: for each placeholder in order its name, its fixed value, and what cleans it.
        columns: names of what a row holds; empty for what returns no rows.
        cleans: place in a row and what makes it Python's, for those that need it.
    """

    sql: str
    places: tuple[tuple[str, Any, Clean], ...]
    columns: tuple[str, ...]
    cleans: tuple[tuple[int, Callable[[Any], Any]], ...]

    def parameters(self, values: Row) -> tuple[Any, ...]:
        return tuple(
            value if clean is None else clean(value)
            for value, clean in (
                (values.get(name, fixed), clean) for name, fixed, clean in self.places
            )
        )

    def row(self, found: tuple[Any, ...]) -> dict[str, Any]:
        row = dict(zip(self.columns, found, strict=True))
        for place, clean in self.cleans:
            row[self.columns[place]] = clean(found[place])
        return row


FEW = 8
"""How many values ``is_one_of_few`` has places for."""


class Prepared:
    """One statement with named places (``bindparam``) that the callers fill.

    A statement whose text depends on the values (a list of any length after ``IN``) cannot be
    prepared; see ``is_one_of_few``.
    """

    def __init__(self, build: Callable[[str], ClauseElement]) -> None:
        """Say how to build it, given the database's name; nothing is built before it is used."""
        self._build = build
        self._ready: dict[str, _Ready] = {}

    def first(self, conn: Connection, **values: Any) -> Row | None:
        """Return the first row, None when there is none."""
        return next(iter(self.rows(conn, **values)), None)

    def rows(self, conn: Connection, **values: Any) -> Iterator[Row]:
        """Return the rows; all of them are read before the first is returned."""
        ready = self._for(conn.dialect)
        parameters = ready.parameters(values)
        found: list[tuple[Any, ...]] = _run(conn, ready.sql, parameters, _all_of)
        return map(ready.row, found)

    def execute(self, conn: Connection, values: Row) -> int:
        """Run it and return how many rows it changed."""
        ready = self._for(conn.dialect)
        changed: int = _run(conn, ready.sql, ready.parameters(values), _changed)
        return changed

    def execute_all(self, conn: Connection, rows: Iterable[Row]) -> None:
        """Run it once for each of the rows, which on a server are one exchange."""
        ready = self._for(conn.dialect)
        _run(conn, ready.sql, [ready.parameters(values) for values in rows], _changed, many=True)

    def _for(self, dialect: Dialect) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _compiled(self._build(dialect.name), dialect)
        return ready


def is_one_of_few(column: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is one of a few values, which ``few`` fills in."""
    return column.in_([bindparam(f"few_{n}", type_=column.type) for n in range(FEW)])


def few(values: Collection[Any]) -> Row | None:
    """Return the values for the places of ``is_one_of_few``, None when there are none or too many.

    Places that are left over ask for the first value again.
    """
    if not 0 < len(values) <= FEW:
        return None
    asked = [*values]
    return {f"few_{n}": asked[n] if n < len(asked) else asked[0] for n in range(FEW)}


def _compiled(statement: ClauseElement, dialect: Dialect) -> _Ready:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    assert compiled.positiontup is not None, "both databases count their placeholders"
    assert not any(one.expanding for one in compiled.binds.values()), "IN needs a fixed length"
    columns = tuple(statement.selected_columns) if isinstance(statement, Select) else ()
    outgoing = enumerate(_outgoing(one.type, dialect) for one in columns)
    return _Ready(
        sql=str(compiled),
        places=tuple(
            (name, compiled.binds[name].value, _incoming(compiled.binds[name].type, dialect))
            for name in compiled.positiontup
        ),
        columns=tuple(str(one.key) for one in columns),
        cleans=tuple((place, clean) for place, clean in outgoing if clean is not None),
    )


def _incoming(kind: TypeEngine[Any], dialect: Dialect) -> Clean:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _outgoing(kind: TypeEngine[Any], dialect: Dialect) -> Clean:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _all_of(cursor: Any) -> Any:
    return cursor.fetchall()


def _changed(cursor: Any) -> Any:
    return cursor.rowcount


def _run(
    conn: Connection, sql: str, parameters: Any, read: Callable[[Any], Any], *, many: bool = False
) -> Any:
    """Run a statement and read what came of it.

    Raises:
        DBAPIError: as SQLAlchemy raises it; a lost connection is given up.
    """
    cursor = conn.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, parameters)
        return read(cursor)
    except conn.dialect.loaded_dbapi.Error as error:
        raise _translated(conn, sql, parameters, error) from error
    finally:
        cursor.close()


def _translated(conn: Connection, sql: str, parameters: Any, error: Exception) -> BaseException:
    dialect = conn.dialect
    is_lost = dialect.is_disconnect(error, conn.connection, None)  # type: ignore[arg-type]
    if is_lost:
        conn.invalidate(error)
    return DBAPIError.instance(
        sql,
        parameters,
        error,
        dialect.loaded_dbapi.Error,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
