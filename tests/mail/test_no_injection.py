"""P10: whatever stands in a value, a mail of ours has the headers we wrote and is one mail.

Also what comes in: lines that only half look like the end of a mail must not make two of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from functools import partial

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_compose import MAIL

from bridge.mail.columns import fold, one_line
from bridge.mail.compose import compose
from bridge.mail.smtp import Submission, SubmissionServer
from bridge.ports import Envelope
from tests.fakes_mail import serving
from tests.lmtp_client import LMTP, Mailroom, connected, listening
from tests.lmtp_client import SMTP as PLAIN_SMTP

FIELDS = (
    *("from_name", "from_address", "to", "reply_to", "subject", "body", "instance"),
    *("message_id", "in_reply_to", "references", "extra", "extra_name"),
)
PIECES = (
    *("\r\nBcc: x@evil.example", "\nBcc: x", "\rBcc: x", "\r\n\r\n", "\n\n", "\r\n ", "\r\n\t"),
    *("=?utf-8?q?=0D=0ABcc=3A_x?=", "=?utf-8?b?DQpCY2M6IHg=?=", "=?utf-7?q?+AA0ACg-?=", "=?", "?="),
    *(
        "\x00",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud800",
        "\ufeff",
    ),
    *(
        "\u202e",
        "\u2066",
        "a@b",
        "<",
        ">",
        ",",
        ";",
        ":",
        '"',
        "\\",
        "(",
        ")",
        " ",
        "  ",
        "é",
        "✋",
    ),
    *("x" * 80, "é" * 400, "a " * 300, "<x@y>", "\r\n.\r\n", "\n.\n", "From: x", "List-Id: x", "."),
)
VALUES = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(max_size=60),
    st.tuples(st.sampled_from(PIECES), st.integers(1, 100_000)).map(
        lambda drawn: drawn[0] * max(1, drawn[1] // len(drawn[0]) // 20)
    ),
)
NAMES = Counter(name.lower() for name in message_from_bytes(compose(MAIL)).keys())  # noqa: SIM118


def written(field: str, value: str) -> bytes | None:
    """Return the mail with that value in that field; None when it is refused."""
    change: dict[str, object] = {field: value}
    if field == "references":
        change = {field: (value, "root@example.org", value)}
    elif field == "extra":
        change = {field: (("X-Extra", value),)}
    elif field == "extra_name":
        change = {"extra": ((value, "x"),)}
    try:
        return compose(replace(MAIL, **change))
    except ValueError:
        return None


def is_one_mail_with_our_headers(raw: bytes, extra: int) -> None:
    for parsed in (message_from_bytes(raw), message_from_bytes(raw, policy=default)):
        found = Counter(name.lower() for name in parsed.keys())  # noqa: SIM118
        assert (found & NAMES) == NAMES
        assert (found - NAMES).total() == extra
        assert "bcc" not in found
    bare = raw.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare
    assert b"\0" not in bare
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.partition(b"\r\n\r\n")[0].isascii()


def no_value_makes_a_header(field: str, value: str) -> None:
    raw = written(field, value)
    if raw is not None:
        is_one_mail_with_our_headers(raw, int(field.startswith("extra")))


@settings(max_examples=3_000)
@given(st.sampled_from(FIELDS), VALUES)
@example("subject", "x" * 100_000)
@example("from_name", "é" * 100_000)
def test_no_value_makes_a_header_of_its_own_or_breaks_a_line(field, value):
    no_value_makes_a_header(field, value)


@pytest.mark.long
@settings(max_examples=50_000)
@given(st.sampled_from(FIELDS), VALUES)
def test_of_fifty_thousand_values_none_makes_a_header(field, value):
    no_value_makes_a_header(field, value)


@settings(max_examples=300)
@given(VALUES)
def test_what_our_texts_are_set_with_is_never_refused(value):
    """A subject and a body that people's words went into can always be written."""
    mail = replace(MAIL, subject=one_line(f"[CALL] {value}", 120), body=fold(value))
    is_one_mail_with_our_headers(compose(mail), 0)


@pytest.mark.parametrize("field", FIELDS)
def test_a_mail_cannot_be_injected_by_the_plainest_attempt(field):
    assert written(field, "a\r\nBcc: x@evil.example") is None or field == "references"


# -- SMTP smuggling: ends of a mail that only some servers take for one

ENDS = (
    b"\n.\n",
    b"\r.\r",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r\n\0.\r\n",
)
SECOND = (
    b"MAIL FROM:<a@evil.example>\r\nRCPT TO:<pc@lists.example.org>\r\nDATA\r\nSubject: two\r\n\r\nx"
)


def smuggled(end: bytes) -> bytes:
    return b"Subject: one\r\n\r\nHello." + end + SECOND


@pytest.mark.parametrize("end", ENDS, ids=repr)
async def test_what_we_hand_over_is_one_mail_for_every_server(end):
    taken: list[bytes] = []

    class Office:
        async def handle_DATA(self, server, session, received):  # noqa: N802
            taken.append(received.original_content)
            return "250 2.0.0 Ok"

    loop = asyncio.get_running_loop()
    async with serving(partial(SMTP, Office(), hostname="mail.example.org", loop=loop)) as port:
        envelope = Envelope("pc@bridge.example.org", ("pc@lists.example.org",), smuggled(end))
        await Submission(SubmissionServer("127.0.0.1", port, security="none")).send(envelope)
    (one,) = taken
    bare = one.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare
    assert b"Subject: two" in one


@pytest.mark.parametrize("terms", [LMTP, PLAIN_SMTP], ids=["lmtp", "smtp"])
@pytest.mark.parametrize("end", ENDS, ids=repr)
async def test_what_we_are_handed_is_one_mail_or_none(end, terms):
    mailroom = Mailroom()
    async with listening(mailroom, terms) as listener, connected(listener) as client:
        await client.mail(smuggled(end) + b"\r\n")
    assert len(mailroom.arrivals) <= 1
    for arrival in mailroom.arrivals:
        assert b"Subject: two" in arrival.raw
