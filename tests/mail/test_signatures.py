from __future__ import annotations

import pytest

from bridge.mail.lines import split_lines
from bridge.mail.signatures import mobile_lines, signatures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n-- \nJane\n", [(1, 3)]),
        ("-- \nJane\n> quoted\n", [(0, 2)]),
        ("> -- \n> Jane\n\nown\n", [(0, 2)]),
        ("a -- b\n---\n", []),
        ("--\n" + "word\n" * 30, []),
        ("-- \n" + "word\n" * 50, []),
        ("-- \n1.7.3\n\nThe patch is fine.\n", [(0, 2)]),
    ],
)
def test_a_signature_is_short(text, expected):
    assert [(first, end) for first, end in signatures(split_lines(text), ())] == expected


def test_a_signature_ends_at_the_next_mark():
    assert list(signatures(split_lines("-- \nJane\nOn Monday:\n"), {2})) == [(0, 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("own\n\nSent from my iPhone\n", [(2, 3)]),
        ("own\n\nSent from my iPhone\nGet Outlook for iOS\n> q\n", [(2, 4)]),
        ("Sent from my iPhone\n\nand more words of mine\n", []),
        ("own\n", []),
    ],
)
def test_what_phones_add_ends_a_text(text, expected):
    assert list(mobile_lines(split_lines(text), ())) == expected


def test_pgp_blocks_are_nobodys_words():
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nown\n\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert list(signatures(split_lines(text), ())) == [(0, 2), (5, 10)]


def test_drawn_lines_above_belong_to_the_signature():
    assert list(signatures(split_lines("own\n\n~~~\n-- \nJane\n"), ())) == [(2, 5)]


def test_an_address_block_below_a_line_is_a_signature():
    text = f"own\n\n{'_' * 23}\nJane Doe\nTel. +41 44 123 45 67\njane@example.org\n"
    assert list(signatures(split_lines(text), ())) == [(2, 6)]


def test_words_below_a_line_are_the_authors():
    assert list(signatures(split_lines(f"a\n{'_' * 23}\nThe second part begins here.\n"), ())) == []
