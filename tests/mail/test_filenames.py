"""A file name from a stranger is safe to show and to save."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.mail.filenames import LONGEST, clean_name


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("minutes.pdf", "minutes.pdf"),
        ("Sitzung März 2026.odt", "Sitzung März 2026.odt"),
        ("議事録.txt", "議事録.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\jane\\plan.docx", "plan.docx"),
        (".bashrc", "bashrc"),
        ("...", ""),
        ("..", ""),
        ("", ""),
        ("plan. . .", "plan"),
        ("a\x00b\r\nc.txt", "a_b__c.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("zero\u200bwidth\ufeff.txt", "zero_width_.txt"),
        ("blank\u3164.txt", "blank_.txt"),
        ("line\u2028end.txt", "line_end.txt"),
        ("a lone \ud800.txt", "a lone _.txt"),
        ("what?*|.txt", "what___.txt"),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("com1.txt", "_com1.txt"),
        ("console.txt", "console.txt"),
        ("x" * 500 + ".pdf", "x" * (LONGEST - 4) + ".pdf"),
        ("é" * 300 + ".pdf", "é" * 98 + ".pdf"),
        ("x" * 500 + "." + "y" * 50, "x" * LONGEST),
    ],
)
def test_a_name_keeps_what_it_says_and_loses_what_it_does(given_name, clean):
    assert clean_name(given_name) == clean


@given(st.text(st.characters(), max_size=400))
@example("a" * 199 + " .b")
def test_any_name_is_seen_and_fits(name):
    clean = clean_name(name)
    assert len(clean.encode()) <= LONGEST
    assert not clean.startswith(".")
    assert not clean.endswith((".", " "))
    assert not set(clean) & set('/\\:*?"<>|\r\n')
    assert {unicodedata.category(c) for c in clean}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert clean_name(clean) == clean
