from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.addresses import (
    Mailbox,
    parse_address,
    parse_mailboxes,
    same_address,
    sole_address,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jane@Example.ORG", [("", "jane@example.org")]),
        ("Jane Doe <jane@example.org>", [("Jane Doe", "jane@example.org")]),
        ('"Doe, Jane" <jane@example.org>', [("Doe, Jane", "jane@example.org")]),
        ('"a\\"b" <jane@example.org>', [('a"b', "jane@example.org")]),
        ("=?utf-8?q?Jos=C3=A9=2C_X?= <jose@example.org>", [("José, X", "jose@example.org")]),
        ("a@x.org, B <b@x.org>", [("", "a@x.org"), ("B", "b@x.org")]),
        ("jane@example.org (Jane)", [("", "jane@example.org")]),
        ("people: a@x.org, b@x.org;", [("", "a@x.org"), ("", "b@x.org")]),
        ("undisclosed-recipients:;", []),
        ("", []),
        ("ceo@good.org <evil@bad.org>", [("ceo@good.org", None)]),
        ('"ceo@good.org" <evil@bad.org>', [("ceo@good.org", "evil@bad.org")]),
        ("Jane <a@x.org> <b@x.org>", [("Jane", None)]),
        ("Jane <a@x.org> b", [("Jane", None)]),
        ("Jane <a@x.org", [("Jane", None)]),
        ("Jane a@x.org>", [("Jane a@x.org>", None)]),
        ("Jane", [("Jane", None)]),
        ("<>", [("", None)]),
        ('"open <a@x.org>', [('"open <a@x.org>', None)]),
    ],
)
def test_mailboxes_are_read_strictly(value, expected):
    assert parse_mailboxes(value) == tuple(Mailbox(*each) for each in expected)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("jane@example.org", "jane@example.org"),
        ('"Doe; Jane: (x), y" <jane@Example.org>', "jane@example.org"),
        ("jane@example.org (Jane: of Example)", "jane@example.org"),
        ("Friends: jane@example.org;", None),
        ("Friends: jane@example.org", None),
        ("jane@example.org,", None),
        ("jane@example.org, sam@example.org", None),
        ("Jane", None),
        ("", None),
    ],
)
def test_a_sole_address_stands_alone(value, address):
    assert sole_address(value) == address


@pytest.mark.parametrize(
    "text",
    [
        *("a@b@c.org", "a@b", "@x.org", "a@", ".a@x.org", "a..b@x.org", "a@-x.org", "a b@x.org"),
        *("a@x..org", "a\n@x.org", f"{'a' * 250}@x.org", ""),
    ],
)
def test_what_is_no_address_is_none(text):
    assert parse_address(text) is None


@given(st.text(alphabet='a@.<>,;:()"\\ é\r\n'))
def test_any_header_has_mailboxes_whose_addresses_are_addresses(value):
    for mailbox in parse_mailboxes(value):
        assert mailbox.address is None or parse_address(mailbox.address) == mailbox.address


def test_letters_case_does_not_part_addresses():
    assert same_address("Jane@Example.org", " jane@example.ORG")
    assert not same_address("jane@example.org", "jane@example.com")
