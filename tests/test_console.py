"""What the commands call: a configuration found, a database opened, tokens made."""

import os
import stat
from shutil import copyfile

import pytest
from ballot_samples import LIST
from config_samples import ENVIRON, write_config

from bridge import console
from bridge.config import load_config
from bridge.console import ask_bridge, find_config, make_registration, open_store, read_database
from bridge.errors import ConfigError
from bridge.store.books import read_books
from bridge.store.instance import ensure_instance, record_alive


@pytest.fixture
def config(tmp_path, migrated):
    copyfile(migrated, tmp_path / "seconded.sqlite3")
    return load_config(write_config(tmp_path), ENVIRON)


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    monkeypatch.delenv("SECONDED_CONFIG", raising=False)
    monkeypatch.setattr(console, "PLACES", (tmp_path / "a.yaml", tmp_path / "b.yaml"))
    return tmp_path


def test_what_was_named_wins_over_the_environment_and_that_over_the_places(nowhere, monkeypatch):
    (nowhere / "b.yaml").touch()
    assert find_config(None) == nowhere / "b.yaml"
    (nowhere / "a.yaml").touch()
    assert find_config(None) == nowhere / "a.yaml"
    monkeypatch.setenv("SECONDED_CONFIG", "/etc/other.yaml")
    assert str(find_config(None)) == "/etc/other.yaml"
    assert find_config(nowhere / "c.yaml") == nowhere / "c.yaml"


def test_no_configuration_anywhere_is_a_mistake_that_says_what_to_write(nowhere):
    with pytest.raises(ConfigError, match=r"config/example\.yaml"):
        find_config(None)


def test_missing_tokens_are_made_once_for_nobody_elses_eyes(tmp_path):
    files = {
        ("matrix", "as_token"): {"file": "as_token"},
        ("matrix", "hs_token"): {"file": "hs_token"},
    }
    path = write_config(tmp_path, files)
    first = make_registration(path, None)
    assert make_registration(path, None) == first
    tokens = [tmp_path / "as_token", tmp_path / "hs_token"]
    assert [stat.S_IMODE(one.stat().st_mode) for one in tokens] == [0o600, 0o600]
    assert all(one.read_text().strip() in first for one in tokens)


def test_a_registration_in_a_file_is_not_shown(tmp_path, monkeypatch):
    for name, value in ENVIRON.items():
        monkeypatch.setitem(os.environ, name, value)
    path, output = write_config(tmp_path), tmp_path / "registration.yaml"
    said = make_registration(path, output)
    assert "canary" not in said
    assert "hs-canary" in output.read_text()
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_the_database_is_read_beside_a_running_bridge(config):
    assert read_database(config, read_books).received == 0


async def test_a_database_that_was_opened_is_closed_whatever_happens(config):
    stores = []

    async def use(store):
        stores.append(store)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await open_store(config, use)
    assert not stores[0]._writer.is_alive()


async def test_a_verb_goes_to_the_bridge_that_runs_and_not_past_it(config, monkeypatch):
    asked = []

    async def ask(store, list_id, verb, arguments):
        asked.append((list_id, verb, arguments))
        return True, "from the bridge"

    async def alive(store):
        await store.write(ensure_instance)
        await store.write(record_alive)

    monkeypatch.setattr(console, "ask", ask)
    assert await ask_bridge(config, LIST, "list", {}) == (True, "No ballot yet on this list.")
    await open_store(config, alive)
    assert await ask_bridge(config, None, "list", {}) == (True, "from the bridge")
    assert asked == [(None, "list", {})]
