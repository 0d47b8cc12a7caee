from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.headers import Headers, date_instant, decode_text, param


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain  text", "plain text"),
        ("folded\r\n\ttext", "folded text"),
        ("=?utf-8?q?Caf=C3=A9?=", "Café"),
        ("=?UTF-8?B?Q2Fmw6k=?=", "Café"),
        ("=?iso-8859-1?Q?a?= =?iso-8859-1?Q?b?=", "ab"),
        ("=?iso-8859-1?Q?a?= b =?iso-8859-1?Q?c?=", "a b c"),
        ("=?utf-8?q?a?= =?iso-8859-1?Q?=E9?=", "aé"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("Re: =?utf-8*fr?q?caf=C3=A9_noir?= now", "Re: café noir now"),
        ("=?utf-8?q?with space?=", "with space"),
        ("=?utf-8?b?Q?=", "Q"),
        ("=?x?q?", "=?x?q?"),
        ("=?utf-8?q?hi=0D=0ABcc=3A_x?=", "hi Bcc: x"),
        ("caf\udce9", "café"),
        ("caf\udcc3\udca9", "café"),
        ("\ud800", "\ufffd"),
    ],
)
def test_a_value_becomes_one_line(value, text):
    assert decode_text(value) == text


@given(st.text(alphabet="=?utf-8qb_ \r\n\x00\u2028AQ\ud800\udce9"))
def test_no_value_decodes_to_a_line_end(value):
    text = decode_text(value)
    assert text.splitlines() in ([], [text])
    text.encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/plain; charset=utf-8", "utf-8"),
        ('text/plain; x=1; CHARSET="a;b\\"c" ', 'a;b"c'),
        ("text/plain; charset*=utf-8''caf%C3%A9", "café"),
        ("text/plain; charset*0=a; charset*1*=%20b", "a b"),
        ("text/plain; charset=a; charset=b", "a"),
        ("text/plain; charset", None),
        ("text/plain", None),
        ("a; charset=" + '"' * 3, '"""'[1:-1]),
        ("a; charset*" + "9" * 5000 + "=x", None),
    ],
)
def test_a_parameter_is_read_in_every_form(value, expected):
    assert param(value, "charset") == expected


@given(st.text())
def test_any_value_has_parameters_or_none(value):
    param(value, "name")


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("Mon, 3 Nov 2025 12:10:34 +0200", 1762164634000),
        ("3 Nov 2025 10:10:34", 1762164634000),
        ("Mon, 3 Nov 2025 10:10:34 GMT (comment)", 1762164634000),
        ("yesterday", None),
        ("", None),
        ("Mon, 3 Nov 99999 10:10:34 +0000", None),
        ("Mon, 3 Nov 1960 10:10:34 +0000", None),
        ("1 Jan 2025 " + "9" * 50, None),
    ],
)
def test_a_date_is_an_instant_or_none(value, instant):
    assert date_instant(value) == instant


@given(st.text(alphabet="0123456789 :+-,JanMonGT()"))
def test_any_date_is_an_instant_or_none(value):
    assert date_instant(value) is None or date_instant(value) >= 0


def test_headers_are_found_by_name():
    headers = Headers((("a", "1"), ("b", "2"), ("a", "3")))
    assert (headers.all("a"), headers.first("a"), headers.first("c")) == (("1", "3"), "1", "")
