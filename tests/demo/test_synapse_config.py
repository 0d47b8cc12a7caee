import json
from pathlib import Path

from bridge.demo.synapse import (
    SynapseServer,
    SynapseSettings,
    homeserver_config,
    new_signing_key,
    registration_mac,
)


def test_synapse_listens_on_loopback_and_calls_nobody() -> None:
    config = homeserver_config(SynapseSettings("hs.test", 8008), Path("data"), "secret")
    assert [listener["bind_addresses"] for listener in config["listeners"]] == [["127.0.0.1"]]
    assert config["federation_domain_whitelist"] == config["trusted_key_servers"] == []
    assert config["report_stats"] is config["url_preview_enabled"] is False


def test_another_database_and_other_options_are_laid_over_the_defaults() -> None:
    settings = SynapseSettings(
        "hs.test", 8008, database={"name": "psycopg2"}, extra={"rc_message": {"per_second": 1}}
    )
    config = homeserver_config(settings, Path("data"), "secret")
    assert config["database"] == {"name": "psycopg2"}
    assert config["rc_message"] == {"per_second": 1}


def test_each_registration_gets_a_file() -> None:
    settings = SynapseSettings("hs.test", 8008, ({"id": "a"}, {"id": "b"}))
    config = homeserver_config(settings, Path("data"), "secret")
    assert config["app_service_config_files"] == [
        "data/appservice-0.yaml",
        "data/appservice-1.yaml",
    ]


def test_nothing_is_written_before_the_server_is_launched(tmp_path: Path) -> None:
    SynapseServer(tmp_path / "none", tmp_path / "data", SynapseSettings("hs.test", 8008))
    assert not (tmp_path / "data").exists()


def test_the_configuration_is_json_and_so_yaml() -> None:
    settings = SynapseSettings("hs.test", 8008)
    assert json.dumps(homeserver_config(settings, Path("data"), "secret"))


def test_signing_keys_differ_and_have_a_seed_of_32_bytes_without_padding() -> None:
    first, second = new_signing_key().split(), new_signing_key().split()
    assert first != second
    assert (first[:2], len(first[2])) == (["ed25519", "a_demo"], 43)


def test_the_registration_mac_is_that_of_the_admin_interface() -> None:
    # Computed apart from this program: HMAC-SHA1 over NUL-joined nonce, name, password, role.
    assert registration_mac("k", "n", "ana", "pw") == "80f1ebfccc9308628ed57758523f44cbe4cd52c5"
