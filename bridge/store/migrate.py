"""Migrations: how the schema got here (Alembic, driven without an ini file)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bridge.store.engine import writing_engine

MIGRATIONS = Path(__file__).with_name("migrations")


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest_version() -> str:
    """Return the revision this program was written for."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None
    return head


def schema_version(path: Path) -> str | None:
    """Return the revision of a database file, None for an empty or absent one."""
    if not path.exists():
        return None
    engine = writing_engine(path)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def migrate(path: Path) -> Path | None:
    """Bring the database to the newest schema; return the backup made before, if there was need.

    All steps happen in one transaction: killed in the middle, the old schema stands.
    """
    version = schema_version(path)
    if version == newest_version():
        return None
    backup = _back_up(path, version) if version is not None else None
    engine = writing_engine(path)
    try:
        with engine.begin() as connection:
            command.upgrade(_alembic(connection), "head")
    finally:
        engine.dispose()
    return backup


def _back_up(path: Path, version: str) -> Path:
    """Copy the database beside itself with SQLite's online backup."""
    backup = path.with_name(f"{path.name}.before-{newest_version()}-from-{version}")
    partial = backup.with_suffix(".partial")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
    partial.chmod(0o600)
    return partial.rename(backup)
