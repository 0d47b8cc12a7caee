"""Migrations: how the schema got here (Alembic, driven without an ini file)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, DBAPIError

from bridge.clock import now as wall_clock
from bridge.errors import ConfigError
from bridge.failpoints import reach
from bridge.ports import Clock
from bridge.store.backup import back_up
from bridge.store.place import Place
from bridge.store.postgres import PostgresTransactor
from bridge.store.sqlite import SqliteTransactor, reading_engine, writing_engine

T = TypeVar("T")
MIGRATIONS = Path(__file__).with_name("migrations")


def newest_version() -> str:
    """Return the revision this program was written for."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


def schema_version(place: Place) -> str | None:
    """Return the revision of a database, None for an empty or absent one.

    Raises:
        Transient: the server is out of reach.
        ConfigError: the file is no database, or may not be opened.
    """
    if not isinstance(place, Path):
        return _transact(place, _revision)
    if not place.exists():
        return None
    try:
        # Only reading: whoever asks a running bridge does not wait for who else writes.
        with closing(SqliteTransactor(reading_engine(place))) as transactor:
            return _translated(transactor, _revision)
    except DatabaseError as error:
        raise ConfigError([f"database: {place} cannot be used: {error.orig}"]) from error


def migrate(place: Place, *, clock: Clock = wall_clock, backups: Path | None = None) -> Path | None:
    """Bring the database to the newest schema; return the backup made before, if there was need.

    All steps happen in one transaction: killed in the middle, the old schema stands.

    Args:
        place: where the database is.
        clock: tells the instant that the backup is marked with.
        backups: the directory for the backup; by default the file's own, or the current one.

    Raises:
        Transient: the server is out of reach.
        Permanent: no backup could be made.
    """
    version = schema_version(place)
    if version == newest_version():
        return None
    backup = None
    if version is not None:
        backup = back_up(place, _backup_path(place, version, backups), clock())
    _transact(place, _upgrade)
    reach("migrate.committed")
    return backup


def _upgrade(connection: Connection) -> None:
    command.upgrade(_alembic(connection), "head")
    reach("migrate.upgraded")


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _backup_path(place: Place, version: str, directory: Path | None) -> Path:
    name = place.name if isinstance(place, Path) else f"{place.database}.sql"
    beside = place.parent if isinstance(place, Path) else Path()
    first = (directory or beside) / f"{name}.before-{newest_version()}-from-{version}"
    # An earlier try may have died after its backup, and a bridge may have run since.
    more = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([first], more) if not path.exists())


def _transact(place: Place, run: Callable[[Connection], T]) -> T:
    with _transactor(place) as transactor:
        return _translated(transactor, run)


def _translated(
    transactor: SqliteTransactor | PostgresTransactor, run: Callable[[Connection], T]
) -> T:
    try:
        return transactor.transact(run)
    except DBAPIError as error:
        raise transactor.translate(error) from error.orig


@contextmanager
def _transactor(place: Place) -> Iterator[SqliteTransactor | PostgresTransactor]:
    if isinstance(place, Path):
        transactor: SqliteTransactor | PostgresTransactor = SqliteTransactor(writing_engine(place))
    else:
        transactor = PostgresTransactor(place)
    with closing(transactor):
        yield transactor
