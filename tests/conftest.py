"""Puts this directory on the import path, and hands out a clock and an empty, migrated store."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest
from hand_clock import HandClock
from hypothesis import HealthCheck, settings

from bridge.store.database import Store
from bridge.store.migrate import migrate

# How long an example takes says more about the machine than about us; no test asserts seconds.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema; copy it, never write to it."""
    path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
    migrate(path)
    return path


@pytest.fixture
async def store(tmp_path: Path, migrated: Path, clock: HandClock) -> AsyncIterator[Store]:
    path = tmp_path / "seconded.sqlite3"
    copyfile(migrated, path)
    opened = Store(path, clock)
    yield opened
    await opened.close()
