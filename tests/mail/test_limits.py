from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail import limits
from bridge.mail.limits import header_block, over_limit

MIXED = b"Content-Type: multipart/mixed; boundary=%s\n\n"


def nested(depth):
    return b"".join(MIXED % b"b%d" % k + b"--b%d\n" % k for k in range(depth))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b" ",
        b"Subject: x\n\nbody",
        b"Subject: x\r\n\r\nbody",
        nested(20),
        MIXED % b"a" + b"--a\n\nx\n" * 200,
        MIXED % b'"a b"' + b"--a b\n\nx\n--a b--\n",
        b"Content-Type: message/rfc822\n\n" * 20,
        b"Subject: x\n\n" + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 300,
        b"\n" * 100_000,
    ],
)
def test_ordinary_mails_are_within_the_limits(raw):
    assert over_limit(raw) is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"a" * (limits.MAIL + 1), "the mail has"),
        (b"a: b\n" * 30_000, "the header block has"),
        (b"a: b\n" * 1_001, "headers, more than"),
        (b"a: b\n" + b" c" * 9_000 + b"\n\nx", "a header has"),
        (b"a: b\r\n" + b"\tc\r\n" * 5_000 + b"\r\nx", "a header has"),
        (nested(21), "nested more than"),
        (nested(1_000), "nested more than"),
        (b"Content-Type: message/rfc822\n\n" * 21, "nested more than"),
        (MIXED % b"a" + b"--a\n\nx\n" * 201, "more than 200 parts"),
        (MIXED % b"a" + b"--b\n" * 100_002, "lines like delimiters"),
        ((MIXED % b"a").replace(b"\n", b"\r\n") + b"--a\r\n\r\nx\r\n" * 201, "200 parts"),
    ],
    ids=range(11),
)
def test_what_no_real_mail_has_is_over_a_limit(raw, words):
    assert words in (over_limit(raw) or "")


def test_parts_after_each_other_are_not_nested():
    part = b"--a\n" + MIXED % b"b" + b"--b\n\nx\n--b--\n"
    assert over_limit(MIXED % b"a" + part * 50 + b"--a--\n") is None


def test_the_header_block_is_cut_at_its_limit():
    assert header_block(b"a: b\n\nbody") == b"a: b\n\n"
    assert len(header_block(b"a" * (limits.HEADER_BLOCK * 2))) == limits.HEADER_BLOCK


@given(st.lists(st.sampled_from([b"--a", b"\n", b"\r\n", MIXED % b"a", b"x", b"--", b"--a--"])))
def test_any_bytes_are_judged(pieces):
    assert over_limit(b"".join(pieces)) is None or len(pieces) > 20
