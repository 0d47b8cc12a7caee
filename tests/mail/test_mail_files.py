"""Which attachments become files of the room, and that they are found again in their mail."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playbook_cast import LIST_ADDRESS, LIST_ID, Mail

from bridge.mail import limits
from bridge.mail.bodies import Attachment
from bridge.mail.files import MOST_FILES, attached_bytes, attached_texts, files_of, whole_text
from bridge.mail.parse import parse_mail


def attached(name="a.txt", kind="text/plain", size=3, content="x", url=None):
    digest = None if url else sha256(content.encode()).hexdigest()
    return Attachment(name, kind, size, digest, url)


@pytest.mark.parametrize(
    ("attachments", "names"),
    [
        ([attached("a"), attached("b")], ["a", "b"]),
        ([attached("a"), attached("b"), attached("a")], ["a", "b"]),
        ([attached("a"), attached("a", content="y")], ["a", "a"]),
        ([attached("a", size=0), attached("b")], ["b"]),
        ([attached("s", "application/pgp-signature"), attached("i", "text/calendar")], []),
        ([attached("a", url="https://lists.example.org/a")], []),
        ([attached(f"{n}") for n in range(200)], [f"{n}" for n in range(MOST_FILES)]),
    ],
)
def test_files_stand_in_order_each_once_and_not_without_end(attachments, names):
    assert [one.name for one in files_of(attachments)] == names


FILES = (
    ("a.txt", "text/plain", b"first\r\n.\r\nlast\n"),
    ("b.png", "image/png", bytes(range(256)) * 40),
    ("c.html", "text/html", b"<script>alert(1)</script>"),
)
MAIL = Mail("Files.1", "See below.\n", files=FILES)


def post_of(raw):
    return parse_mail(raw, list_id=LIST_ID, posting_address=LIST_ADDRESS)


def test_each_file_is_found_byte_by_byte_in_its_mail():
    found = files_of(post_of(MAIL.raw).attachments)
    assert [attached_bytes(MAIL.raw, one.sha256) for one in found] == [one[2] for one in FILES]


def test_what_is_not_in_the_mail_is_none():
    assert attached_bytes(MAIL.raw, "0" * 64) is None
    assert attached_bytes(b"", sha256(b"x").hexdigest()) is None
    assert attached_bytes(b"X: 1\n" * (limits.HEADERS + 1), sha256(b"").hexdigest()) is None


@given(st.binary(max_size=300))
def test_any_mail_can_be_searched(raw):
    assert attached_bytes(b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + raw, "0") is None


def test_only_what_is_plain_text_can_be_read_as_one():
    mixed = (
        *FILES,
        ("d.txt", 'text/plain; charset="iso-8859-1"', "façade".encode("latin-1")),
        ("e.txt", "text/plain; format=flowed", b"one \r\nline\r\n"),
        ("f.txt", "text/plain", b"\x00\x01"),
        ("g.txt", "text/plain", b"x" * (limits.TEXT + 1)),
    )
    said = attached_texts(Mail("Files.2", files=mixed).raw)
    assert sorted(said.values()) == ["façade", "first\n.\nlast\n", "one line\n"]
    assert said[sha256(FILES[0][2]).hexdigest()].startswith("first")


@given(st.binary(max_size=300))
def test_any_mail_can_be_asked_for_its_texts(raw):
    head = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"
    for one in (raw, head + raw, head + b"Content-Disposition: attachment\n\n" + raw):
        assert all("\ufffd" not in text for text in attached_texts(one).values())


def test_the_whole_text_has_quotes_and_footers():
    mail = Mail("Whole.1", "Yes.\n\n> Shall we?\n> Or not?\n\n-- \nNadia\n")
    text = whole_text(mail.raw, list_id=LIST_ID, posting_address=LIST_ADDRESS, head="Subject: x\n")
    assert text == b"Subject: x\n\nYes.\n\n> Shall we?\n> Or not?\n\n-- \nNadia\n"


def test_a_text_over_the_limit_says_that_the_mail_has_the_rest():
    mail = Mail("Endless.1", "words \n" * 200_000)
    text = whole_text(mail.raw, list_id=LIST_ID, posting_address=LIST_ADDRESS, head="").decode()
    assert text.endswith("the mail has the rest.\n")
