"""What the stories and the handlers' tests begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playbook_cast import story_config
from postgres_cluster import Cluster
from sqlalchemy import insert
from structlog.testing import capture_logs

from bridge.config import Config
from bridge.store.database import transactors
from bridge.store.migrate import migrate
from bridge.store.place import Place
from bridge.store.schema import instance

INSTANCE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Keep what the bridge logs, and keep it off the screen."""
    with capture_logs() as lines:
        yield lines


def known(place: Place) -> Place:
    """Make a database one of a known instance, so that two runs write the same mails."""
    migrate(place)
    row = {"id": 1, "uuid": INSTANCE, "key": b"k" * 32, "created_at": 0}
    writing, reading = transactors(place)
    writing.transact(lambda conn: conn.execute(insert(instance).values(row)))
    for one in (writing, reading):
        one.close()
    return place


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return the empty SQLite database that the stories begin with."""
    return known(tmp_path_factory.mktemp("known") / "empty.sqlite3")


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> Place:
    """Return the same on PostgreSQL."""
    return known(postgres.database())


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return the configuration of the stories."""
    return story_config(tmp_path_factory.mktemp("config"))
