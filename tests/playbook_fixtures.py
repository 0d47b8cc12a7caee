"""What the stories and the handlers' tests begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playbook_cast import story_config
from sqlalchemy import insert
from structlog.testing import capture_logs

from bridge.config import Config
from bridge.store.engine import writing_engine
from bridge.store.migrate import migrate
from bridge.store.schema import instance

INSTANCE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Keep what the bridge logs, and keep it off the screen."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database of a known instance, so that two runs write the same mails."""
    path = tmp_path_factory.mktemp("migrated") / "seconded.sqlite3"
    migrate(path)
    engine = writing_engine(path)
    with engine.begin() as connection:
        known = {"id": 1, "uuid": INSTANCE, "key": b"k" * 32}
        connection.execute(insert(instance).values(**known, created_at=0))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return the configuration of the stories."""
    return story_config(tmp_path_factory.mktemp("config"))
