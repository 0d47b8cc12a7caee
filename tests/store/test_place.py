from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.store.place import database_place, described


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
