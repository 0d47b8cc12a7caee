"""Work grows with the size of a body and not with its square: steps are counted, not seconds."""

from __future__ import annotations

import sys

import pytest

from bridge.mail.blocks import segment
from bridge.mail.html import html_text
from bridge.mail.quotes import room_view

SMALL = 120

HOSTILE = [
    "> " * 40 + "\n",
    ">>>> a\n",
    "> a\n>> b\n>>> c\n",
    "On 3 Nov 2025 Jane <j@x.org> wrote:\n> a\n",
    "On 3 Nov 2025 Jane <j@x.org> wrote:\n\na\n\n",
    "a:\n",
    "From: a\nDate: 1\nSubject: c\nTo: d\n\n",
    "From: a\n",
    "---------- Forwarded message ---------\n",
    "_" * 47 + "\n",
    "-" * 70 + "\na\n",
    "-- \na\n",
    "--\n",
    "This email is\n\n",
    "this email is confidential, intended, recipient, prohibited\n",
    "-------------- next part --------------\nURL: <http://a/b>\n",
    "JD> a\n",
    "| a\n",
    "Sent from my iPhone\n",
    "~~~~\n",
    "-----BEGIN PGP SIGNATURE-----\n",
    "\n",
    "a\n> b\n",
    "<\n<jane@example.org\n> wrote:\n",
]


def steps(work):
    """Return how many lines of Python one call runs."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("pattern", HOSTILE)
def test_twice_the_body_is_at_most_three_times_the_work(pattern):
    once, twice = pattern * SMALL, pattern * (2 * SMALL)
    assert steps(lambda: segment(twice)) <= 3 * steps(lambda: segment(once)) + 200


@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_a_room_shows_grows_the_same_way(pattern):
    once, twice = pattern * SMALL, pattern * (2 * SMALL)
    small, large = segment(once), segment(twice)
    assert steps(lambda: room_view(twice, large)) <= 3 * steps(lambda: room_view(once, small)) + 200


@pytest.mark.parametrize("tag", ["<div>", "<blockquote>a", "<table><tr><td>a", "<a href=", "&amp"])
def test_html_grows_the_same_way(tag):
    once, twice = tag * SMALL, tag * (2 * SMALL)
    assert steps(lambda: html_text(twice)) <= 3 * steps(lambda: html_text(once)) + 200
