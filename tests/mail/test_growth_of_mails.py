"""Work grows with a whole mail, not with its square: steps of parse_mail are counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from test_growth import HOSTILE, steps

from bridge.ids import ListId
from bridge.mail.limits import over_limit
from bridge.mail.parse import parse_mail
from bridge.matrix.content import Placing, shown_post

HEAD = b"From: Jane <jane@example.org>\nMessage-ID: <a@example.org>\nMIME-Version: 1.0\n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
PART = (
    b"--b\nContent-Type: application/x-a; name=a.bin\nContent-Transfer-Encoding: base64\n\nQUJD\n"
)
PLACING = Placing("A heading", is_public=True)


def plain(line: str) -> Callable[[int], bytes]:
    return lambda count: HEAD + b"\n" + (line * count).encode()


MAILS: dict[str, tuple[Callable[[int], bytes], int]] = {
    "encoded words in the subject": (
        lambda n: HEAD + b"Subject:" + b" =?utf-8?q?a?=" * n + b"\n\nx",
        500,
    ),
    "encoded words in many charsets": (
        lambda n: HEAD + b"Subject:" + b" =?utf-8?q?a?= =?latin1?b?/w?=" * n + b"\n\nx",
        200,
    ),
    "encoded words in names": (
        lambda n: b"From: " + b"=?utf-8?q?a?= <a@b.example>, " * n + b"\n\nx",
        200,
    ),
    "half encoded words": (lambda n: HEAD + b"Subject: " + b"=?utf-8?q?" * n + b"\n\nx", 500),
    "question marks": (lambda n: HEAD + b"Subject: " + b"=?" * n + b"\n\nx", 2_000),
    "many headers": (lambda n: HEAD + b"X-A: b\n" * n + b"\nx", 450),
    "folded headers": (lambda n: HEAD + b"X-A: b\n" + b" c\n" * n + b"\nx", 2_000),
    "header soup": (lambda n: HEAD + b"a:;=\"'<>,@()\\ \t" * n + b"\n\nx", 500),
    "references": (lambda n: HEAD + b"References:" + b" <a@b>" * n + b"\n\nx", 1_000),
    "broken references": (lambda n: HEAD + b"References: " + b"<" * n + b"\n\nx", 4_000),
    "addresses": (lambda n: b"From: " + b"a@b.example, " * n + b"\n\nx", 500),
    "brackets in From": (lambda n: b"From: " + b'(<"' * n + b"\n\nx", 2_000),
    "parameters": (lambda n: HEAD + b"Content-Type: text/plain" + b"; a=b" * n + b"\n\nx", 1_000),
    "continued parameters": (
        lambda n: (
            HEAD
            + b"Content-Type: text/plain"
            + b"".join(b"; name*%d*=a" % k for k in range(n))
            + b"\n\nx"
        ),
        400,
    ),
    "base64 parts": (lambda n: HEAD + MIXED + PART * n, 90),
    "delimiters": (lambda n: HEAD + MIXED + b"--b\n\n--c\n" * n, 90),
    "lines like delimiters": (lambda n: HEAD + MIXED + b"--b\n\n" + b"--c\n" * n, 1_000),
    "quotes in quotes": (
        lambda n: HEAD + b"\n" + b"".join(b">" * (k % 60) + b" a\n" for k in range(n)),
        200,
    ),
    "forwards in forwards": (
        lambda n: HEAD + b"\n" + b"---- Forwarded message ----\nFrom: a\nSubject: b\n\n" * n,
        60,
    ),
    "deep HTML": (lambda n: HEAD + HTML + b"<div>" * n + b"a" + b"</div>" * n, 120),
    "quotations in HTML": (lambda n: HEAD + HTML + b"<blockquote>a<br>b" * n, 120),
    "paragraphs in HTML": (
        lambda n: HEAD + HTML + b"<p>a <b>b</b> <a href=http://c>d</a>" * n,
        120,
    ),
    "paragraphs and quotes in HTML": (
        lambda n: HEAD + HTML + b"<p>a</p><blockquote type=cite>b</blockquote>" * n,
        100,
    ),
    "lists in HTML": (lambda n: HEAD + HTML + b"<ul><li>a<ol><li>b" * n, 80),
    "tables in HTML": (lambda n: HEAD + HTML + b"<table><tr><td>a" * n, 100),
    "flowed lines": (
        lambda n: HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"> a \nb \n" * n,
        200,
    ),
    "one long line": (lambda n: HEAD + b"\n" + b"a " * n, 20_000),
    "links": (lambda n: HEAD + b"\n" + b"http://a.example/b. " * n, 500),
    "stars": (lambda n: HEAD + b"\n" + b"*a" * n, 4_000),
    **{f"lines of {line[:24]!r}": (plain(line), 80) for line in HOSTILE},
}


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_of_twice_the_size_is_at_most_three_times_the_work(name):
    make, count = MAILS[name]
    once, twice = make(count), make(2 * count)
    assert over_limit(twice) is None
    assert steps(lambda: read(twice)) <= 3 * steps(lambda: read(once)) + 500


@pytest.mark.parametrize("name", MAILS)
def test_showing_a_mail_of_twice_the_size_is_at_most_three_times_the_work(name):
    make, count = MAILS[name]
    once, twice = read(make(count)), read(make(2 * count))
    assert steps(lambda: show(twice)) <= 3 * steps(lambda: show(once)) + 500


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Subject:" + b" =?utf-8?q?a?=" * 20_000 + b"\n\nx",
        b"a:;=<>,@() " * 95_000 + b"\n\nx",
        HEAD + MIXED + b"--b\n" * 100_002,
        HEAD + MIXED + PART * 1_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (k, k) for k in range(999)
        ),
    ],
    ids=["20,000 encoded words", "1 MB of header", "100,000 delimiters", "1,000 parts", "nested"],
)
def test_what_is_over_a_limit_is_told_in_few_steps(raw):
    assert steps(lambda: over_limit(raw)) < 1_000_000
    assert over_limit(raw) is not None
    assert read(raw).errors


def read(raw: bytes):
    return parse_mail(raw, list_id=ListId("x"), posting_address="pc@lists.example.org")


def show(post):
    return shown_post(post, PLACING).contents
