from __future__ import annotations

from bridge.mail.words import FORWARDED, HEADER_NAMES, ORIGINAL, WROTE, WROTE_INSIDE


def test_every_table_is_case_folded():
    words = [*HEADER_NAMES, *FORWARDED, *ORIGINAL, *WROTE, *WROTE_INSIDE]
    assert [word for word in words if word != word.casefold()] == []


def test_no_stem_is_so_short_that_it_stands_in_any_sentence():
    assert [word for word in (*FORWARDED, *ORIGINAL) if word.isascii() and len(word) < 4] == []


def test_labels_mean_one_of_the_five_headers():
    assert set(HEADER_NAMES.values()) == {"from", "date", "subject", "to", "cc"}
    assert HEADER_NAMES["von"] == "from"
    assert HEADER_NAMES["件名"] == "subject"


def test_lost_letters_are_in_the_table():
    assert {"écrit", "?crit", "napisał(a)", "napisa?(a)"} <= WROTE
    assert all(any(sign.isalpha() for sign in word) for word in WROTE)
