from __future__ import annotations

import pytest

from bridge.mail.mbox import begins_mail, split_mbox


def mails(text):
    return list(split_mbox(line.encode() for line in text.splitlines(keepends=True)))


@pytest.mark.parametrize(
    "line",
    [
        "From jane at example.org  Sun May  1 09:34:37 2005",
        "From jane@example.org Mon Nov 03 12:10:34 2025",
        "From - Mon Nov 03 12:10:34 2025",
        "From MAILER-DAEMON Mon Nov  3 12:10:34 +0100 2025",
        "From jane@example.org Mon Nov  3 12:10:34 CET 2025",
        "From 1234@xxx Mon Nov 03 12:10:34 +0000 2025\r",
    ],
)
def test_a_separator_has_sender_and_date(line):
    assert begins_mail(line.encode() + b"\n")


@pytest.mark.parametrize(
    "line", ["From here it is not far.", "From Monday on", ">From jane", "From: jane@example.org"]
)
def test_prose_is_no_separator(line):
    assert not begins_mail(line.encode() + b"\n")


BEGIN = "From jane@example.org Mon Nov 03 12:10:34 2025\n"


def test_mails_are_parted_after_blank_lines():
    assert mails(f"{BEGIN}a: b\n\none\n\n{BEGIN}c: d\n\ntwo\n") == [
        b"a: b\n\none\n",
        b"c: d\n\ntwo\n",
    ]


def test_a_separator_inside_a_paragraph_is_text():
    (mail,) = mails(f"{BEGIN}a: b\n\nthe log says\n{BEGIN}")
    assert mail.endswith(BEGIN.encode())


def test_an_escaped_from_is_unescaped_but_a_quote_is_not():
    (mail,) = mails(f"{BEGIN}a: b\n\n>From here on\n\n> quoted\n>From there\n")
    assert mail == b"a: b\n\nFrom here on\n\n> quoted\n>From there\n"


def test_what_stands_before_the_first_separator_is_no_mail():
    assert mails("garbage\n") == []
