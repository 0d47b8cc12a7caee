"""Where the tests' databases come from: empty ones, and moments kept to go on from."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from postgres_cluster import Cluster
from sqlalchemy import URL

from bridge.store.place import Place


class Shelf(Protocol):
    """Databases of one kind; nobody may be connected to one that is kept."""

    def fresh(self) -> Place:
        """Return an empty database of the newest schema."""

    def keep(self, place: Place) -> Any:
        """Keep what a database holds now."""

    def again(self, kept: Any) -> Place:
        """Return a database that holds what was kept."""


@dataclass
class SqliteShelf:
    directory: Path
    empty: bytes
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def fresh(self) -> Path:
        return self.again(self.empty)

    def keep(self, place: Path) -> bytes:
        with closing(sqlite3.connect(place)) as database:
            return database.serialize()

    def again(self, kept: bytes) -> Path:
        path = self.directory / f"{next(self._numbers)}.sqlite3"
        path.write_bytes(kept)
        path.chmod(0o600)
        return path


@dataclass
class PostgresShelf:
    cluster: Cluster
    empty: URL

    def fresh(self) -> URL:
        return self.again(self.empty)

    def keep(self, place: URL) -> URL:
        return self.cluster.database(place)

    def again(self, kept: URL) -> URL:
        return self.cluster.database(kept)
