import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.store.place import database_place, described, is_nearly_full

GIB = 1024**3


@dataclass(frozen=True)
class Usage:
    total: int
    free: int


def test_a_file_is_a_path() -> None:
    assert database_place("sqlite:////var/lib/s.sqlite3") == Path("/var/lib/s.sqlite3")


def test_a_server_is_reached_by_the_driver_of_ours_with_the_secret_password() -> None:
    place = database_place("postgresql://me@db.example.org:5433/seconded", "canary")
    assert place.drivername == "postgresql+asyncpg"
    assert (place.host, place.port, place.password) == ("db.example.org", 5433, "canary")


@pytest.mark.parametrize("url", ["mysql://h/x", "sqlite://", "postgresql://h", "nonsense"])
def test_another_kind_of_database_is_a_config_error(url: str) -> None:
    with pytest.raises(ConfigError, match="database: "):
        database_place(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/s.sqlite3", "/var/lib/s.sqlite3"),
        ("postgresql://me@db:5433/seconded", "postgresql://me@db:5433/seconded"),
    ],
)
def test_a_place_is_shown_without_its_password(url: str, shown: str) -> None:
    assert described(database_place(url, "canary")) == shown


@pytest.mark.parametrize(
    ("total", "free", "is_full"),
    [
        (10 * GIB, GIB // 3, True),
        (10 * GIB, 6 * GIB // 10, False),
        (400 * GIB, 2 * GIB, False),
        (400 * GIB, GIB - 1, True),
    ],
)
def test_a_disk_is_nearly_full_below_a_twentieth_and_a_gibibyte(
    tmp_path, monkeypatch, total, free, is_full
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(total, free))
    assert is_nearly_full(tmp_path / "seconded.sqlite3") is is_full


def test_a_servers_disk_is_not_ours_to_see():
    assert not is_nearly_full(database_place("postgresql://seconded@db.example.org/seconded"))
