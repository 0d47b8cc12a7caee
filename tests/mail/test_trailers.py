from __future__ import annotations

import pytest

from bridge.mail.lines import split_lines
from bridge.mail.trailers import disclaimers, footers, scrubs, signatures

RULE = "_" * 47


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (f"{RULE}\nPC mailing list -- pc@lists.example.org\nTo unsubscribe send\n", 3),
        (f"{RULE}\nPC mailing list\npc at lists.example.org\n\nhttps://lists.example.org/x\n", 5),
        (f">>> {RULE}\n>> PC mailing list\n>> https://lists.example.org/x\n>>\n> text", 3),
        ("More information about the PC mailing list", 1),
        ("You received this message because you are subscribed to the Google Groups x\nt\n", 2),
    ],
)
def test_a_list_footer_names_the_list(text, end):
    assert list(footers(split_lines(text))) == [(0, end)]


@pytest.mark.parametrize(
    "text",
    [f"{RULE}\nAgenda\n1. budget\n", f"{RULE}\n", "____\nmailing list", f"{RULE}\n> mailing list"],
)
def test_a_rule_inside_the_text_is_no_footer(text):
    assert list(footers(split_lines(text))) == []


def test_a_scrub_marker_ends_with_its_link():
    text = "-------------- next part --------------\nA x was scrubbed...\nURL: <http://a/b>\n\nmore"
    assert list(scrubs(split_lines(text))) == [(0, 3)]


def test_a_scrub_marker_before_text_is_one_line():
    text = "-------------- nächster Teil --------------\nmore text\n"
    assert list(scrubs(split_lines(text))) == [(0, 1)]


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


NOTICE = (
    "This email and its attachments are confidential and intended for the\n"
    "named recipient only. Any disclosure is prohibited.\n"
)


def test_a_legal_notice_at_the_end_is_a_disclaimer():
    assert list(disclaimers(split_lines(f"Hello\n\n{NOTICE}"), ())) == [(2, 4)]


@pytest.mark.parametrize("text", [f"{NOTICE}\nI wrote more.", "This email is confidential.\n"])
def test_words_about_secrecy_are_still_words(text):
    assert list(disclaimers(split_lines(text), ())) == []
