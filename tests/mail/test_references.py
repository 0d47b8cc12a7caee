from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.references import (
    derived_message_id,
    parse_message_id,
    parse_message_ids,
    reference_chain,
)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@x> <B@x>", ("a@x", "B@x")),
        ("<a@x><b@x>\r\n\t<a@x>", ("a@x", "b@x")),
        ("Jane's message of Monday <a@x>", ("a@x",)),
        ("a@x b@x", ("a@x", "b@x")),
        ("<a\r\n b@x>", ("ab@x",)),
        ("<<a@x>>", ("a@x",)),
        ("no id here", ()),
        ("<>", ()),
        ("", ()),
    ],
)
def test_ids_are_found_among_what_people_write(value, ids):
    assert parse_message_ids(value) == ids


@pytest.mark.parametrize("value", ["<<<", "<>", "", "<a\x00b@x>", f"<{'a' * 600}@x>", "\ud800"])
def test_an_unusable_id_is_none(value):
    assert parse_message_id(value) is None


def test_letters_are_kept():
    assert parse_message_id(" <CAB=Xy+1@Mail.Example.ORG> ") == "CAB=Xy+1@Mail.Example.ORG"


def test_the_chain_is_references_then_in_reply_to_without_oneself():
    assert reference_chain(["a", "me", "b"], ["c", "a"], "me") == ("a", "b", "c")


def test_a_derived_id_is_the_same_for_the_same_mail():
    one = derived_message_id("d", "f", "s", "x" * 2000)
    assert one == derived_message_id("d", "f", "s", "x" * 1000)
    assert one != derived_message_id("df", "", "s", "x" * 1000)
    assert one.endswith("@invalid.seconded")


@given(st.text(alphabet="<>@ ab\r\n\x00"))
def test_every_id_found_is_usable(value):
    assert all(parse_message_id(f"<{each}>") == each for each in parse_message_ids(value))
