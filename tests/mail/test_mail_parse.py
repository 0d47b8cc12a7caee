from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import ListId
from bridge.mail.parse import Post, parse_mail

DATA = Path(__file__).parent.parent / "data"
PIECES = [
    b"From: ", b"Subject: ", b"Message-ID: <<<", b"References: <a@x> <b@x>", b"\r\n", b"\n", b" ",
    b"Content-Type: multipart/mixed; boundary=a\n", b"--a\n", b"--a--\n", b"=?utf-8?q?=0D=0A?=",
    b"Content-Type: message/rfc822\n\n", b"Content-Type: text/html\n\n<p>", b"\x00\xff", b"> ",
    b"boundary*999=", b"Content-Transfer-Encoding: base64\n", b"Date: 99 Foo", b"\xed\xa0\x80",
]  # fmt: skip


def parse(raw: bytes) -> Post:
    return parse_mail(
        raw, list_id=ListId("pc.lists.example.org"), posting_address="pc@lists.example.org"
    )


def sample(name: str) -> Post:
    return parse((DATA / name).read_bytes())


def test_a_reply_is_read_whole():
    post = sample("forward_in_quote.eml")
    assert (post.author.name, post.author.address) == ("Amina Haddad", "amina@carthage.example.org")
    assert post.author.rung == "reply-to"
    assert post.subject == "[PC] Re: Joint statement on open standards"
    assert post.thread_subject == "Joint statement on open standards"
    assert post.message_id == "CAH8aX2.reply@mail.example.org"
    assert post.references == (
        "CAH8aX0.request@mail.example.org",
        "CAH8aX1.answer@mail.example.org",
    )
    assert post.date == 1762164634000
    assert post.list_ids == ("pc.lists.example.org",)
    assert (post.precedence, post.auto_submitted, post.received_count) == ("list", None, 1)
    assert post.own_text.endswith("we can sign.\n\nAmina")
    assert post.errors == ()


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("html_only.eml", "I support this, see why <https://example.org/why>.\n\n- first"),
        ("flowed.eml", "A soft break is no line end.\nFrom here on, stuffed."),
        ("interleaved.eml", "Fatou and the others of the committee,"),
        ("munged_ambiguous.eml", "I say yes to everything."),
    ],
)
def test_own_words_are_found_in_every_shape(name, own):
    assert sample(name).own_text.startswith(own)


def test_encoded_headers_and_charsets_are_decoded():
    post = sample("interleaved.eml")
    assert post.thread_subject == "Zwei Spuren für den Gipfel"
    assert "café" in post.own_text
    assert post.in_reply_to == ("528307A4.1@eva.example.org",)


def test_an_ambiguous_author_is_unknown():
    assert sample("munged_ambiguous.eml").author.address is None


def test_garbage_has_a_post_with_a_derived_id():
    post = sample("garbage.eml")
    assert post.message_id_derived
    assert post.message_id.endswith("@invalid.seconded")
    assert post == sample("garbage.eml")
    assert post.list_ids == ("c",)


def test_over_a_limit_only_the_headers_are_read():
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (k, k) for k in range(1000)
    )
    post = parse(b"Message-ID: <a@x>\nSubject: deep\n bad line\n" + deep)
    assert (post.message_id, post.subject, post.body) == ("a@x", "deep bad line", "")
    assert "nested" in post.errors[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary*" + b"9" * 5000 + b"=x\nSubject: hi\n\nx",
        b"Subject: hi\n"
        + b"".join(
            b"Content-Type: multipart/digest; boundary=b%d\n\n--b%d\n\n" % (k, k)
            for k in range(1000)
        ),
    ],
    ids=["digits", "digest"],
)
def test_what_the_library_cannot_parse_still_has_its_headers(raw):
    post = parse(raw)
    assert post.subject == "hi"
    assert post.errors[0].startswith("the mail cannot be parsed")


def test_a_long_text_is_cut_and_said_to_be():
    assert "longer than" in parse(b"\n" + b"words\n" * 200_000).errors[0]


def test_program_headers_are_kept_for_the_guards():
    post = parse(
        b"Auto-Submitted: Auto-Replied; x=y (vacation)\nPrecedence: Bulk\nX-Autoreply: yes\n"
        b"X-Seconded-Instance: other; hop=1\nReceived: a\nReceived: b\n\nx"
    )
    assert post.auto_submitted == "auto-replied"
    assert post.precedence == "bulk"
    assert post.vacation_headers == ("x-autoreply",)
    assert post.instances == ("other; hop=1",)
    assert (post.received_count, post.received) == (2, ("a", "b"))


def test_a_copy_has_the_same_digest_and_a_variant_another():
    one, other = parse(b"\nown\n> quoted\n"), parse(b"\nown\n> cut\n")
    assert one.own_digest == other.own_digest != parse(b"\nother\n").own_digest


def test_a_wrapped_mail_is_its_inner_authors():
    raw = (
        b"From: Jane via PC <pc@lists.example.org>\nContent-Type: message/rfc822\n\n"
        b"From: Jane <jane@example.org>\n\nhello\n"
    )
    post = parse(raw)
    assert (post.author.rung, post.own_text) == ("wrapped", "hello")


def test_a_message_a_stranger_attached_does_not_become_his_words():
    raw = (
        b"From: Eve <eve@bad.org>\nContent-Type: message/rfc822\n\n"
        b"From: Jane <jane@example.org>\n\nENDORSE\n"
    )
    post = parse(raw)
    assert (post.author.address, post.own_text) == ("eve@bad.org", "")


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=40).map(b"".join))
def test_any_bytes_have_a_post(raw):
    post = parse(raw)
    assert post.message_id
    assert post.author.name
    text = "".join([post.subject, post.body, post.author.name, *post.references, *post.errors])
    text.encode()
    assert "\x00" not in text
    assert sum(block.end - block.start for block in post.blocks) == len(post.body)
