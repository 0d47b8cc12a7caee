from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.taglists import parse_tags, without_space


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (b"a=b", {"a": "b"}),
        (b" a = b ; c=d;", {"a": "b", "c": "d"}),
        (b"v=1;\r\n b=ab\r\n\tcd==", {"v": "1", "b": "ab\r\n\tcd=="}),
        (b"p=", {"p": ""}),
        (b"A=1; a=2", {"A": "1", "a": "2"}),
    ],
)
def test_tags_are_read(value, tags):
    assert parse_tags(value) == tags


@pytest.mark.parametrize(
    "value", [b"", b";", b"a", b"a=1;;b=2", b"a=1; a=1", b"=1", b"1=a", b"a b=1", b"a=\xc3\xa4"]
)
def test_what_is_no_tag_list_is_void(value):
    assert parse_tags(value) is None


def test_base64_may_be_folded_anywhere():
    assert without_space("ab\r\n cd\t=") == "abcd="


@given(st.binary())
def test_any_bytes_are_a_list_or_not(value):
    assert parse_tags(value) is None or parse_tags(value)
