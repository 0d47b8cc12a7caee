from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import Instant, ListId, MessageId
from bridge.mail.compose import ListMail, compose
from bridge.mail.parse import parse_mail

MAIL = ListMail(
    message_id=MessageId("call.1@seconded.example.org"),
    in_reply_to=MessageId("request@example.org"),
    references=(MessageId("root@example.org"), MessageId("request@example.org")),
    from_name="PC ballots",
    from_address="bridge@example.org",
    to="pc@lists.example.org",
    reply_to="ballot+1@example.org",
    subject="[CALL] Joint statement v3 -- answer by Mon 3 Nov 08:00 UTC",
    body="Please answer.\n",
    date=Instant(1762164634000),
    instance="demo",
)
HOSTILE = st.text(
    alphabet=st.sampled_from('a =?_utf-8qb\r\n\x00\x0b\x85\u2028\u2029\u202e:<>@,;"\\é✋\ud800=0D')
    | st.characters(),
    max_size=120,
)


def parse(raw):
    return parse_mail(raw, list_id=ListId("x"), posting_address="pc@lists.example.org")


def test_a_call_says_everything_the_list_needs():
    message = message_from_bytes(compose(MAIL))
    assert message.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("X-Auto-Response-Suppress", "X-Seconded-Instance", "MIME-Version", "Content-Type"),
        *("Reply-To", "In-Reply-To", "References", "Content-Transfer-Encoding"),
    ]
    assert message["auto-submitted"] == "auto-generated"
    assert message["x-auto-response-suppress"] == "OOF, AutoReply, RN, NRN"
    assert message["x-seconded-instance"] == "demo; hop=1"
    assert message["date"] == "Mon, 03 Nov 2025 10:10:34 +0000"


def test_what_is_written_is_read_back():
    mail = replace(MAIL, from_name="Gremium für Café", subject="Erklärung ✋ " * 20, body="é\n")
    post = parse(compose(mail))
    assert post.author.name == "Gremium für Café"
    assert post.subject == mail.subject.strip()
    assert (post.message_id, post.references, post.date) == (
        mail.message_id,
        mail.references,
        mail.date,
    )
    assert post.body == "é\n"


def test_the_same_mail_has_the_same_bytes():
    assert compose(MAIL) == compose(replace(MAIL))


def test_lines_are_short_and_end_in_crlf():
    mail = replace(MAIL, subject="word " * 100 + "ü", references=(MessageId("a" * 60 + "@x"),) * 50)
    head = compose(mail).partition(b"\r\n\r\n")[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("ascii\n", "7bit"),
        ("https://example.org/" + "a" * 200 + "\n", "7bit"),
        ("https://example.org/" + "a" * 2000 + "\n", "quoted-printable"),
        ("café\n", "quoted-printable"),
        ("", "7bit"),
    ],
)
def test_the_body_survives_its_encoding(body, encoding):
    raw = compose(replace(MAIL, body=body))
    assert message_from_bytes(raw)["content-transfer-encoding"] == encoding
    assert parse(raw).body.strip() == body.strip()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_a_long_ancestry_keeps_its_first_and_last_ids():
    ids = tuple(MessageId(f"{k}@x") for k in range(300))
    kept = parse(compose(replace(MAIL, references=ids, in_reply_to=None))).references
    assert (kept[0], kept[-1], len(kept)) == ("0@x", "299@x", 100)


def test_an_ancestor_that_cannot_be_written_is_left_out():
    ids = ("a@x", "é@x", "=?utf-8?q?b?=@x", "c d@x", "e@x")
    assert parse(compose(replace(MAIL, references=ids, in_reply_to=None))).references == (
        "a@x",
        "e@x",
    )


def test_a_private_mail_needs_no_thread():
    message = message_from_bytes(
        compose(replace(MAIL, reply_to=None, in_reply_to=None, references=(), from_name=""))
    )
    assert message["from"] == "<bridge@example.org>"
    assert not {"Reply-To", "In-Reply-To", "References"} & set(message.keys())


def test_more_headers_may_be_given():
    raw = compose(replace(MAIL, extra=(("X-Ballot", "b/42 é"),)))
    assert b"X-Ballot: =?utf-8?b?" in raw


@pytest.mark.parametrize(
    ("change", "header"),
    [
        ({"subject": "a\r\nBcc: x@y.org"}, "Subject"),
        ({"subject": "a\u2028b"}, "Subject"),
        ({"from_name": "a\nb"}, "From"),
        ({"from_address": "a@b@c.org"}, "From"),
        ({"to": "pc@lists.example.org, x@y.org"}, "To"),
        ({"reply_to": "x"}, "Reply-To"),
        ({"message_id": "a b@x"}, "Message-ID"),
        ({"in_reply_to": "<a@x>"}, "In-Reply-To"),
        ({"instance": "a\nb"}, "X-Seconded-Instance"),
        ({"instance": " "}, "X-Seconded-Instance"),
        ({"instance": "a" * 901}, "X-Seconded-Instance"),
        ({"extra": (("List-Id", "x"),)}, "List-Id"),
        ({"extra": (("X y", "x"),)}, "X y"),
        ({"extra": (("to", "x"),)}, "to"),
        ({"body": "w" * 73}, "body"),
        ({"body": "a\rb"}, "body"),
    ],
)
def test_a_value_that_cannot_stand_is_refused_by_name(change, header):
    with pytest.raises(ValueError, match=header):
        compose(replace(MAIL, **change))


FIELDS = ["from_name", "from_address", "to", "reply_to", "subject", "body", "instance"]


@given(st.sampled_from([*FIELDS, "message_id", "in_reply_to", "extra"]), HOSTILE)
def test_no_value_makes_a_header_of_its_own(field, value):
    given_value = (("X-Extra", value),) if field == "extra" else value
    try:
        raw = compose(replace(MAIL, **{field: given_value}))
    except ValueError:
        return
    names = {name.lower() for name in message_from_bytes(raw).keys()}  # noqa: SIM118
    expected = {name.lower() for name in message_from_bytes(compose(MAIL)).keys()}  # noqa: SIM118
    assert names - {"x-extra"} == expected
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@given(HOSTILE)
def test_every_subject_that_is_written_is_read_back(subject):
    try:
        raw = compose(replace(MAIL, subject=subject))
    except ValueError:
        return
    assert parse(raw).subject == " ".join(subject.split())
