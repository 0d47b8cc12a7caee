"""The examples of RFC 6376 section 3.4.5, and what the RFC says beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.canonical import canonical_body, canonical_field, without_signature
from bridge.mail.rawfields import read_raw_mail

EXAMPLE = b"A: X\r\nB : Y\t\r\n\tZ  \r\n"


def field(written):
    return read_raw_mail(written + b"\r\n\r\n").fields[0]


@pytest.mark.parametrize(
    ("written", "form", "canonical"),
    [
        (b"A: X", "relaxed", b"a:X"),
        (b"B: Y\t\r\n\tZ  ", "relaxed", b"b:Y Z"),
        (b"B: Y\t\r\n\tZ  ", "simple", b"B: Y\t\r\n\tZ  "),
        (b"C:", "relaxed", b"c:"),
    ],
)
def test_a_field_has_its_form(written, form, canonical):
    assert canonical_field(field(written), form) == canonical


@pytest.mark.parametrize(
    ("body", "form", "canonical"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", "relaxed", b" C\r\nD E\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", "simple", b" C \r\nD \t E\r\n"),
        (b"", "relaxed", b""),
        (b"", "simple", b"\r\n"),
        (b"\r\n\r\n", "relaxed", b""),
        (b"\r\n\r\n", "simple", b"\r\n"),
        (b" \r\n\t\r\n", "relaxed", b""),
        (b"no end", "relaxed", b"no end\r\n"),
        (b"no end", "simple", b"no end\r\n"),
    ],
)
def test_a_body_has_its_form(body, form, canonical):
    assert canonical_body(body, form) == canonical


@pytest.mark.parametrize(
    ("written", "emptied"),
    [
        (b"S: a=1; b=xyz; bh=q", b"S: a=1; b=; bh=q"),
        (b"S: a=1;\r\n b = x\r\n  y=", b"S: a=1;\r\n b ="),
        (b"S: bb=1; b=", b"S: bb=1; b="),
    ],
)
def test_a_signatures_own_value_is_taken_out(written, emptied):
    assert without_signature(field(written)).written == emptied


@given(st.binary())
def test_the_relaxed_form_of_a_relaxed_body_is_itself(body):
    relaxed = canonical_body(body, "relaxed")
    assert canonical_body(relaxed, "relaxed") == relaxed
