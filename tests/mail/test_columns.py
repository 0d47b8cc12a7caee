"""Text in columns: never wider than a mail allows, never losing a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.columns import WIDTH, dotted, fold, one_line, printable, quoted, wrap

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
LINK = "https://example.org/" + "a" * 90


def without_links(text):
    return [line for line in text.split("\n") if "https://" not in line]


@given(ANY_TEXT, st.sampled_from(["", "  ", "Rule       "]), st.sampled_from([None, "    "]))
def test_a_wrapped_paragraph_is_never_too_wide(text, first, rest):
    assert all(len(line) <= WIDTH for line in wrap(text, first, rest).split("\n"))


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=30)))
def test_wrapping_loses_no_word(words):
    assert wrap(" ".join(words)).split() == words


@given(ANY_TEXT)
def test_a_folded_text_is_never_too_wide_and_folding_it_again_changes_nothing(text):
    folded = fold(text)
    assert all(len(line) <= WIDTH for line in without_links(folded))
    assert fold(folded) == folded


def test_a_text_that_fits_is_left_as_it_is():
    text = "  two  blanks\n\n> quoted\n\ttab\n"
    assert fold(text) == text


def test_a_long_address_stands_on_a_line_of_its_own():
    assert wrap(f"see {LINK} there", "  ") == f"  see\n  {LINK}\n  there"


def test_a_line_folded_keeps_its_indent():
    assert fold("    " + "word " * 20).startswith("    word")
    assert fold("    " + "word " * 20).split("\n")[1].startswith("    word")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x00b", "a\ufffdb"), ("a\tb\n", "a\tb\n"), ("\u2028\ud800", "\ufffd" * 2)],
)
def test_what_a_mail_cannot_hold_is_shown_as_a_replacement(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a\r\nBcc: b@example.org ", "a Bcc: b@example.org"),
        ("right\u202eleft", "right left"),
        ("x" * 81, "x" * 79 + "…"),
        ("", ""),
    ],
)
def test_a_title_is_one_line_without_tricks(text, line):
    assert one_line(text) == line


def test_numbers_stand_right_aligned_behind_dots():
    assert dotted("object", 12, 3, 2) == "object .....  3"


def test_words_are_quoted_with_their_paragraphs():
    assert quoted(" one\n\ntwo ", "Ada") == '  Ada: "one\n\n  two"'
