"""No file of a mail is served as something that a browser runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.filetypes import OCTETS, is_image, is_named_only, served_type

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("declared", "data", "served"),
    [
        ("text/plain", b"words", "text/plain"),
        ("text/plain", HTML, "text/plain"),
        ("text/csv", b"a,b", "text/csv"),
        ("application/pdf", b"%PDF-1.7", "application/pdf"),
        ("application/pdf", HTML, OCTETS),
        ("application/zip", b"PK\x03\x04", "application/zip"),
        ("image/png", PNG, "image/png"),
        ("image/png", HTML, OCTETS),
        ("image/jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("image/jpeg", PNG, OCTETS),
        ("image/gif", b"GIF89a", "image/gif"),
        ("image/webp", WEBP, "image/webp"),
        ("image/webp", b"RIFF\x24\x00\x00\x00WAVE", OCTETS),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", OCTETS),
        ("text/html", HTML, OCTETS),
        ("application/xhtml+xml", HTML, OCTETS),
        ("text/xml", b"<x/>", OCTETS),
        ("application/xml", b"<x/>", OCTETS),
        ("application/xslt+xml", b"<x/>", OCTETS),
        ("text/javascript", b"alert(1)", OCTETS),
        ("application/javascript", b"alert(1)", OCTETS),
        ("application/x-shockwave-flash", b"FWS", OCTETS),
        ("application/wasm", b"\x00asm", OCTETS),
        ("text/css", b"a{}", OCTETS),
        ("multipart/x-mixed-replace", b"", OCTETS),
        ("application/x-from-tomorrow", b"", OCTETS),
    ],
)
def test_a_file_is_served_as_what_cannot_run(declared, data, served):
    assert served_type(declared, data) == served


@pytest.mark.parametrize(
    ("served", "is_shown"),
    [("image/png", True), ("image/webp", True), ("image/svg+xml", False), (OCTETS, False)],
)
def test_four_kinds_of_images_are_shown(served, is_shown):
    assert is_image(served) is is_shown


@pytest.mark.parametrize(
    ("declared", "is_noise"),
    [
        ("application/pkcs7-signature", True),
        ("application/pgp-signature", True),
        ("text/calendar", True),
        ("application/pdf", False),
        (None, False),
    ],
)
def test_what_only_programs_read_is_named_only(declared, is_noise):
    assert is_named_only(declared) is is_noise


@given(st.text(max_size=40), st.binary(max_size=40))
def test_no_type_that_a_browser_runs_is_served_for_any_file(declared, data):
    served = served_type(declared, data)
    assert not any(word in served for word in ("html", "script", "svg", "+xml", "flash"))
