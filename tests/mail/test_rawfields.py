from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.rawfields import read_raw_mail

CASES = [
    (b"A: b\r\n\r\nc\r\n", [("a", b" b")], b"c\r\n"),
    (b"A: b\n\nc\n", [("a", b" b")], b"c\r\n"),
    (b"A:b\r\n c\r\n\td\r\nA: e\r\n\r\n", [("a", b"b\r\n c\r\n\td"), ("a", b" e")], b""),
    (b"A: b\r\n", [("a", b" b")], b""),
    (b"A: b", [("a", b" b")], b""),
    (b"A: b\r\n\r\n\r\nc", [("a", b" b")], b"\r\nc"),
    (b"A: \xc3\xa4\r\n\r\nx", [("a", b" \xc3\xa4")], b"x"),
]
DOUBTFUL = [
    *(b"", b"\r\n", b"\r\n\r\nx", b" A: b\r\n\r\n", b"A : b\r\n\r\n", b"A: b\rC: d\r\n\r\n"),
    *(b"A: \0\r\n\r\n", b"From a@x Thu\r\nA: b\r\n\r\n", b"A: b\r\nhello\r\n\r\n", b": b\r\n\r\n"),
]


@pytest.mark.parametrize(("raw", "fields", "body"), CASES)
def test_fields_are_kept_as_written(raw, fields, body):
    mail = read_raw_mail(raw)
    assert [(field.name, field.value) for field in mail.fields] == fields
    assert mail.body == body


@pytest.mark.parametrize("raw", DOUBTFUL)
def test_what_two_readers_could_read_in_two_ways_is_not_read(raw):
    assert read_raw_mail(raw) is None


def test_a_name_is_found_whatever_its_letters_case():
    mail = read_raw_mail(b"FROM: a\r\nX: b\r\nfrom: c\r\n\r\n")
    assert [field.value for field in mail.all("from")] == [b" a", b" c"]


@given(st.binary())
def test_any_bytes_are_read_or_not(raw):
    mail = read_raw_mail(raw)
    assert mail is None or all(field.written.count(b":") for field in mail.fields)
