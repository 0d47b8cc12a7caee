"""The composition root: real adapters over one configuration, closed again afterwards."""

import sqlite3
from contextlib import closing
from shutil import copyfile

import pytest
from ballot_samples import LIST, ballot
from config_samples import ENVIRON, write_config

from bridge.app import composed, offline_answer, probing, submission_server
from bridge.clock import now
from bridge.config import load_config
from bridge.demo.ports import free_ports
from bridge.errors import ConfigError, Transient
from bridge.mail.names import NameServers
from bridge.mail.smtp import Submission
from bridge.matrix.client import HomeserverClient
from bridge.store import ballots
from bridge.store.database import Store
from bridge.store.migrate import newest_version


@pytest.fixture
def config(tmp_path):
    (tmp_path / "password").write_text("password-canary")
    (tmp_path / "password").chmod(0o600)
    submission = {
        "host": "mail.example.org",
        "username": "bridge",
        "password": {"file": "password"},
    }
    listen = f"127.0.0.1:{free_ports(1)[0]}"
    changes = {("mail", "submission"): submission, ("matrix", "listen"): listen}
    return load_config(write_config(tmp_path, changes), ENVIRON)


@pytest.fixture
def database(tmp_path, migrated):
    return copyfile(migrated, tmp_path / "seconded.sqlite3")


async def test_a_bridge_is_composed_of_the_real_adapters(config, database):
    async with composed(config) as bridge:
        assert isinstance(bridge.homeserver, HomeserverClient)
        assert {one.destination: type(one.port) for one in bridge.deliverers} == {
            "matrix": HomeserverClient,
            "mail": Submission,
            "names": NameServers,
        }
        assert bridge.namespace.bot_id == "@seconded:example.org"


async def test_every_destination_has_a_bell_that_commits_ring(config, database):
    async with composed(config) as bridge:
        assert {one.destination for one in bridge.deliverers} <= set(bridge.bells)


async def test_a_restart_is_the_same_instance_with_the_same_ghosts(config, database):
    keys = []
    for _ in range(2):
        async with composed(config) as bridge:
            keys.append(bridge.handle.keywords["context"].instance.key)
    assert keys[0] == keys[1]


async def test_an_old_or_absent_schema_names_the_command_that_helps(config):
    with pytest.raises(ConfigError, match="seconded migrate"):
        async with composed(config):
            pytest.fail("nothing may start")


def test_mails_leave_through_the_server_that_is_configured(config):
    server = submission_server(config)
    assert (server.host, server.username, server.password) == (
        "mail.example.org",
        "bridge",
        "password-canary",
    )
    assert server.ehlo_name == "bridge.example.org"


async def test_probing_starts_nothing_and_tells_the_schema(config, database):
    async with probing(config) as probes:
        schema = await probes.database.schema()
    assert schema.found == schema.needed == newest_version()


async def test_probing_finds_that_nothing_can_be_written(config, database, monkeypatch):
    monkeypatch.setattr("bridge.store.sqlite.BUSY_MS", 0)
    with closing(sqlite3.connect(database)) as another:
        another.execute("BEGIN IMMEDIATE")
        async with probing(config) as probes:
            with pytest.raises(Transient, match="database is locked"):
                await probes.database.schema()


async def test_probing_beside_a_running_bridge_leaves_its_address_alone(config, database):
    async with probing(config), probing(config) as second:
        assert second.clock() > 0


@pytest.fixture
async def ask(config, database):
    store = Store(database, now)
    await store.write(lambda tx: ballots.record_ballot(tx, ballot(), None))

    async def asking(verb, **arguments):
        return await offline_answer(config, store, LIST, verb, arguments)

    yield asking
    await store.close()


async def test_reading_verbs_are_answered_with_no_bridge(ask):
    assert (await ask("list"))[0]
    is_done, text = await ask("status", ballot="1")
    assert is_done
    assert "b/1" in text


@pytest.mark.parametrize("verb", ["open", "close", "withdraw", "unknown"])
async def test_everything_else_needs_one(ask, verb):
    assert await ask(verb, ballot="1") is None
