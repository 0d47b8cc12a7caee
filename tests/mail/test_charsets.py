from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.charsets import clean, codec_name, decode


@pytest.mark.parametrize(
    ("raw", "label", "text"),
    [
        (b"caf\xc3\xa9", "utf-8", "café"),
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
        (b"caf\xc3\xa9", "us-ascii", "café"),
        (b"caf\xc3\xa9", "x-unknown", "café"),
        (b"caf\xc3\xa9", None, "café"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        ("こんにちは".encode("iso2022_jp"), "iso-2022-jp", "こんにちは"),
        ("привет".encode("koi8-r"), '"KOI8-R"', "привет"),
        (b"+ADw-b+AD4-", "utf-7", "+ADw-b+AD4-"),
        (b"a\x00b\x81", "x", "a\ufffdb\ufffd"),
    ],
)
def test_bytes_become_text_by_label_then_utf8_then_cp1252(raw, label, text):
    assert decode(raw, label) == text


@pytest.mark.parametrize(
    "label", ["utf-7", "punycode", "idna", "unicode_escape", "base64", "rot13", "hex", "a\x00", ""]
)
def test_a_trap_is_no_charset(label):
    assert codec_name(label) is None


@given(st.binary(), st.none() | st.text(max_size=12) | st.sampled_from(["utf-16", "hz", "cp932"]))
def test_any_bytes_under_any_label_are_clean_text(raw, label):
    text = decode(raw, label)
    assert text == clean(text)
    text.encode()
