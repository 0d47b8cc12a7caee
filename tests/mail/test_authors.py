from __future__ import annotations

import pytest

from bridge.mail.authors import NOBODY, author_of
from bridge.mail.headers import Headers

LIST = "pc@lists.example.org"
JANE = "Jane Doe <jane@example.org>"
VIA = f"Jane Doe via PC <{LIST}>"


def headers(*fields):
    return Headers(tuple(fields))


def known(author):
    return author.name, author.address, author.rung.value


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("from", JANE)], ("Jane Doe", "jane@example.org", "from")),
        ([("from", "jane@example.org")], ("jane", "jane@example.org", "from")),
        (
            [("from", '"chair@board.org" <evil@bad.org>')],
            ("evil", "evil@bad.org", "from"),
        ),
        (
            [("from", VIA), ("reply-to", JANE)],
            ("Jane Doe", "jane@example.org", "reply-to"),
        ),
        (
            [("from", VIA), ("reply-to", LIST), ("cc", f"Bob <b@x.org>, {JANE}")],
            ("Jane Doe", "jane@example.org", "cc"),
        ),
        (
            [("from", f"'Jane Doe' via PC <{LIST.upper()}>"), ("reply-to", JANE)],
            ("Jane Doe", "jane@example.org", "reply-to"),
        ),
        (
            [
                ("from", f"Jane via PC <{LIST}>"),
                ("x-original-from", JANE),
                ("reply-to", "jane@EXAMPLE.org"),
            ],
            ("Jane Doe", "jane@example.org", "original"),
        ),
    ],
)
def test_the_first_rung_that_holds_names_the_author(fields, expected):
    assert known(author_of(headers(*fields), LIST)) == expected


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("from", JANE), ("from", "Eve <eve@bad.org>")],
        [("from", f"{JANE}, Eve <eve@bad.org>")],
        [("from", "ceo@good.org <evil@bad.org>")],
        [("from", VIA)],
        [("from", VIA), ("reply-to", "Eve <eve@bad.org>")],
        [("from", VIA), ("reply-to", f"{JANE}, Jane Doe <eve@bad.org>")],
        [("from", VIA), ("x-original-from", JANE), ("reply-to", f"{JANE}, Jane Doe <e@bad.org>")],
        [("from", VIA), ("x-original-from", JANE), ("reply-to", "Eve <eve@bad.org>")],
        [("from", f"PC <{LIST}>"), ("reply-to", "PC <eve@bad.org>")],
    ],
)
def test_an_ambiguous_author_has_no_address(fields):
    assert author_of(headers(*fields), LIST).address is None


def test_headers_a_stranger_adds_do_not_rename_an_unmunged_author():
    fields = [("from", "Eve <eve@bad.org>"), ("x-original-from", JANE), ("reply-to", JANE)]
    author = author_of(headers(*fields), LIST, [JANE])
    assert author.address == "eve@bad.org"


def test_a_wrapped_mail_has_the_inner_author_when_the_list_wrapped_it():
    assert known(author_of(headers(("from", VIA)), LIST, [JANE])) == (
        "Jane Doe",
        "jane@example.org",
        "wrapped",
    )
    assert author_of(headers(("from", VIA)), LIST, [JANE, JANE]).address is None


def test_an_unknown_author_still_has_a_name():
    assert author_of(headers(), LIST).name == NOBODY
    assert author_of(headers(("from", VIA)), LIST).name == "Jane Doe"
    assert author_of(headers(("from", "Jane <x>")), LIST).name == "Jane"
