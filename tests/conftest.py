"""Puts this directory on the import path, and hands out a clock and an empty, migrated store.

No test leaves the machine: whatever tries is refused, and fails the run (P18).
Whatever asks for ``store`` (or ``shelf``) runs twice: on SQLite and on PostgreSQL.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import staying_here
from hand_clock import HandClock
from hypothesis import HealthCheck, settings
from postgres_cluster import Cluster, NoPostgresError, cluster
from shelves import PostgresShelf, Shelf, SqliteShelf
from sqlalchemy import URL

from bridge.store.database import Store
from bridge.store.migrate import migrate

# How long an example takes says more about the machine than about us; no test asserts seconds.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

ENGINES = ("sqlite", "postgresql")


def pytest_configure() -> None:
    """End like Ctrl-C when we are told to end, so that no server outlives its session."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def nobody_leaves_the_machine() -> Iterator[None]:
    """Watch every connection and every look-up of a name; a swallowed refusal counts as well."""
    staying_here.begin()
    yield
    assert staying_here.watch.foreign == []


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of the session's own."""
    try:
        with cluster() as running:
            yield running
    except NoPostgresError as error:
        # Where all must be tried, nothing is passed over.
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema; copy it, never write to it."""
    path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    migrate(path)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> URL:
    """The same on PostgreSQL."""
    url = postgres.database()
    migrate(url)
    return url


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shelf(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Databases of the engine under test."""
    if engine_name == "sqlite":
        return SqliteShelf(tmp_path, request.getfixturevalue("migrated").read_bytes())
    empty = request.getfixturevalue("migrated_postgres")
    return PostgresShelf(request.getfixturevalue("postgres"), empty)


@pytest.fixture
async def store(shelf: Shelf, clock: HandClock) -> AsyncIterator[Store]:
    opened = Store(shelf.fresh(), clock)
    yield opened
    await opened.close()
