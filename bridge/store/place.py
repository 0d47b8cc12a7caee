"""Where the database is: a file of our own (SQLite), or a server that others share (PostgreSQL)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bridge.errors import ConfigError

Place: TypeAlias = Path | URL
"""The file of a SQLite database, or the address of one on a PostgreSQL server."""

_ENOUGH_BYTES: Final = 1024**3


def database_place(url: str, password: str | None = None) -> Place:
    """Return where ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME`` is.

    Args:
        url: as configured; it holds no password, because it is shown and logged.
        password: of the PostgreSQL user, None where the server asks for none.

    Raises:
        ConfigError: another kind of database, or no file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError([f"database: {url!r} is no address of a database"]) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database:
        return Path(parsed.database)
    if kind == "postgresql" and parsed.database:
        return parsed.set(drivername="postgresql+asyncpg", password=password)
    raise ConfigError(
        [f"database: {url!r}: say sqlite:////PATH/TO/FILE or postgresql://USER@HOST/NAME"]
    )


def is_nearly_full(place: Place) -> bool:
    """Tell whether a file's disk has less than a twentieth and less than 1 GiB left.

    False for a server's database: its disk is not ours to see.
    """
    if not isinstance(place, Path):
        return False
    usage = shutil.disk_usage(place.parent)
    return usage.free < min(usage.total // 20, _ENOUGH_BYTES)


def described(place: Place) -> str:
    """Return the place as it was configured, for people and programs: no password, no driver."""
    if isinstance(place, Path):
        return str(place)
    # URL.set() takes None for "as it was", so the password is left out by making a new one.
    configured = URL.create(
        "postgresql", place.username, None, place.host, place.port, place.database, place.query
    )
    return configured.render_as_string()
