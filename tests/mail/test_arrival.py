from __future__ import annotations

import pytest

from bridge.ids import ListId
from bridge.mail.arrival import why_not_from_list

GOOD = {
    "list_id": ListId("pc.lists.example.org"),
    "list_ids": ("PC.lists.example.org",),
    "envelope_sender": "pc-bounces+x@Lists.example.org",
    "client": "192.0.2.7",
    "received": ("from a by lists.example.org with LMTP; date",),
    "signers": ("lists.example.org",),
}
RULES = [
    ("envelope_domain", ("lists.example.org",)),
    ("client_network", ("2001:db8::/32", "192.0.2.0/24")),
    ("received_from", ("other.example.org", "lists.example.org")),
    ("list_dkim", ("other.example.org", "Lists.example.org")),
]


@pytest.mark.parametrize(("rule", "values"), RULES)
def test_the_lists_own_copy_passes(rule, values):
    assert why_not_from_list(rule, values, **GOOD) is None


@pytest.mark.parametrize(("rule", "values"), RULES)
@pytest.mark.parametrize("list_ids", [(), ("other.example.org",), ("pc.lists.example.org", "x")])
def test_the_list_id_must_agree(rule, values, list_ids):
    reason = why_not_from_list(rule, values, **{**GOOD, "list_ids": list_ids})
    assert "List-Id" in (reason or "")


@pytest.mark.parametrize(
    ("rule", "values", "facts"),
    [
        (*RULES[0], {"envelope_sender": "jane@example.org"}),
        (*RULES[0], {"envelope_sender": "pc@evil.lists.example.org"}),
        (*RULES[0], {"envelope_sender": ""}),
        (*RULES[0], {"envelope_sender": "lists.example.org"}),
        (*RULES[1], {"client": "198.51.100.1"}),
        (*RULES[1], {"client": ""}),
        (*RULES[2], {"received": ("from lists.example.org by mx.example.net",)}),
        (*RULES[2], {"received": ()}),
        (*RULES[3], {"signers": ()}),
        (*RULES[3], {"signers": ("evil.lists.example.org", "example.org")}),
        ("unknown", ("x",), {}),
    ],
)
def test_a_strangers_mail_is_held(rule, values, facts):
    assert rule in (why_not_from_list(rule, values, **{**GOOD, **facts}) or "")
