from __future__ import annotations

import pytest
from config_samples import OPTIONS
from pydantic import ValidationError

from bridge.config_models import (
    BallotsConfig,
    DeliveredBy,
    EvidenceConfig,
    ListConfig,
    MatrixConfig,
    SubmissionConfig,
    WebConfig,
)
from bridge.config_secrets import Secret
from bridge.mail.evidence import Trust

LIST = OPTIONS["lists"][0]
TOKENS = {"as_token": Secret("a"), "hs_token": Secret("h")}


def test_copies_come_from_the_posting_domain_unless_said_otherwise():
    assert ListConfig.model_validate(LIST).delivered_by.value == ("lists.example.org",)
    said = LIST | {"delivered_by": {"rule": "received_from", "value": ["mx.example.org"]}}
    assert ListConfig.model_validate(said).delivered_by.value == ("mx.example.org",)


def test_wrong_posting_address_is_the_only_mistake_it_makes():
    with pytest.raises(ValidationError) as caught:
        ListConfig.model_validate(LIST | {"posting_address": "no address"})
    assert [error["loc"] for error in caught.value.errors()] == [("posting_address",)]


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("envelope_domain", "lists.example.org"),
        ("client_network", "192.0.2.0/24"),
        ("client_network", "2001:db8::/32"),
        ("client_network", "192.0.2.7"),
        ("received_from", "mx-1.example.org"),
        ("list_dkim", "lists.example.org"),
    ],
)
def test_value_that_fits_the_rule_is_kept_as_written(rule, value):
    assert DeliveredBy(rule=rule, value=value).value == (value,)


def test_nobodys_word_is_taken_unless_said_so():
    assert EvidenceConfig().trust == Trust()
    said = EvidenceConfig.model_validate(
        {"authserv_ids": ["mx.example.org"], "arc_sealers": ["google.com"], "dkim": True}
    )
    assert said.trust == Trust(("mx.example.org",), ("google.com",), dkim=True)


@pytest.mark.parametrize("address", ["192.0.2.53", "2001:db8::53"])
def test_name_servers_are_named_by_their_addresses(address):
    assert EvidenceConfig.model_validate({"nameservers": [address]}).nameservers == (address,)
    with pytest.raises(ValidationError, match="write one such as"):
        EvidenceConfig.model_validate({"nameservers": ["ns.example.org"]})


def test_homeserver_reaches_us_where_we_listen_unless_said_otherwise():
    address = {"homeserver": "https://hs.test/", "server_name": "hs.test", **TOKENS}
    assert MatrixConfig.model_validate(address).homeserver == "https://hs.test"
    assert MatrixConfig.model_validate(address).url == "http://127.0.0.1:9993"
    behind = MatrixConfig.model_validate(address | {"listen_url": "https://bridge.hs.test"})
    assert behind.url == "https://bridge.hs.test"


def test_login_in_clear_is_allowed_on_this_machine_only():
    login = {"username": "u", "password": Secret("p"), "security": "none"}
    assert SubmissionConfig.model_validate({"host": "localhost", **login}).password
    with pytest.raises(ValidationError, match="would travel in clear"):
        SubmissionConfig.model_validate({"host": "mail.example.org", **login})


def test_short_windows_must_be_allowed():
    with pytest.raises(ValidationError, match="minimum_window is under 48h"):
        BallotsConfig(minimum_window=5)
    assert BallotsConfig(allow_short_windows=True, minimum_window=5).minimum_window == 5


def test_models_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        WebConfig().base_url = "https://x.example"  # type: ignore[misc]
