from __future__ import annotations

import pytest

from bridge.mail.pipermail import deobfuscated


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("From: jane at example.org (Jane Doe)", "From: Jane Doe <jane@example.org>"),
        ("From: jane at example.org (Doe, Jane)", 'From: "Doe, Jane" <jane@example.org>'),
        ("From: jane at example.org (=?utf-8?q?J=C3?=)",
            "From: =?utf-8?q?J=C3?= <jane@example.org>",
        ),
        ("From: jane at example.org (Jane\n Doe)", "From: Jane Doe <jane@example.org>"),
        ("From: jane at example.org", "From: <jane@example.org>"),
        ("From: Jane <jane@example.org>", "From: Jane <jane@example.org>"),
        ("From: meet me at noon", "From: meet me at noon"),
    ],
)  # fmt: skip
def test_from_becomes_an_address_again(given, expected):
    rest = "\nSubject: x\n\nFrom: jane at example.org\n"
    assert deobfuscated((given + rest).encode()) == (expected + rest).encode()


def test_a_mail_without_from_stays_as_it_is():
    assert deobfuscated(b"Subject: x\n\nbody") == b"Subject: x\n\nbody"
