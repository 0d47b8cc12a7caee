import re
from pathlib import Path

import pytest

from bridge.demo.environments import (
    MAILMAN,
    SYNAPSE,
    Environment,
    EnvironmentSetupError,
    Say,
    ensure_environment,
)
from bridge.demo.pip_output import packages_locked


def silent(_: str) -> None:
    """Show nothing."""


class Builder:
    """Makes an empty environment and counts how often; fails while it is told to."""

    def __init__(self) -> None:
        self.built = 0
        self.fails = False

    def __call__(self, environment: Environment, target: Path, say: Say) -> None:
        target.mkdir(parents=True)
        if self.fails:
            raise EnvironmentSetupError("offline")
        self.built += 1
        (target / f"build-{self.built}").touch()


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    lock = tmp_path / "lock.txt"
    lock.write_text("stub==1\n")
    return Environment("stub", lock)


def test_a_complete_environment_is_made_once(environment: Environment, tmp_path: Path) -> None:
    build = Builder()
    first = ensure_environment(environment, tmp_path, silent, build=build)
    assert first == ensure_environment(environment, tmp_path, silent, build=build)
    assert build.built == 1


def test_a_changed_lock_file_makes_it_anew_from_nothing(
    environment: Environment, tmp_path: Path
) -> None:
    build = Builder()
    target = ensure_environment(environment, tmp_path, silent, build=build)
    environment.lock.write_text("stub==2\n")
    ensure_environment(environment, tmp_path, silent, build=build)
    assert sorted(path.name for path in target.glob("build-*")) == ["build-2"]


def test_a_failed_environment_is_tried_again(environment: Environment, tmp_path: Path) -> None:
    build = Builder()
    build.fails = True
    with pytest.raises(EnvironmentSetupError, match="offline"):
        ensure_environment(environment, tmp_path, silent, build=build)
    build.fails = False
    ensure_environment(environment, tmp_path, silent, build=build)
    assert build.built == 1


@pytest.mark.parametrize(
    ("environment", "pin"),
    [(SYNAPSE, "matrix-synapse==1.163.2"), (MAILMAN, "mailman==3.3.10")],
    ids=["synapse", "mailman"],
)
def test_the_lock_files_pin_and_hash_everything_and_name_no_index(
    environment: Environment, pin: str
) -> None:
    lock = environment.lock.read_text()
    assert f"\n{pin} " in lock
    assert "://" not in lock
    hashed = re.findall(r"^\S+==\S+ \\\n    --hash", lock, re.MULTILINE)
    assert packages_locked(lock) == len(hashed)
