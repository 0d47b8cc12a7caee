"""The conversation, over a real socket on loopback."""

from __future__ import annotations

import asyncio
import errno
import itertools
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog
from aiosmtpd.smtp import SMTP as SMTPServer  # noqa: N811 - the name SMTP is a protocol here
from structlog.testing import capture_logs

from bridge.errors import ConfigError, Permanent, Transient
from bridge.mail import lmtp_session as lmtp
from bridge.mail.lmtp import Arrival, Terms
from tests.lmtp_client import (
    LIST,
    LMTP,
    MAIL,
    SENDER,
    SMTP,
    Mailroom,
    codes,
    connected,
    listening,
)


@pytest.mark.parametrize("terms", [LMTP, SMTP])
async def test_a_mail_is_accepted_only_after_the_intake_stored_it(terms: Terms) -> None:
    mailroom = Mailroom()
    async with listening(mailroom, terms) as listener, connected(listener) as client:
        assert codes(await client.mail()) == ["250", "250", "354", "250"]
    assert mailroom.arrivals == [
        Arrival(recipient=LIST, envelope_sender=SENDER, client="127.0.0.1", raw=MAIL)
    ]


async def test_no_reply_is_sent_while_the_intake_is_storing() -> None:
    mailroom, release = Mailroom(), asyncio.Event()
    mailroom.gate = release.wait
    async with listening(mailroom) as listener, connected(listener) as client:
        told = asyncio.ensure_future(client.mail())
        await mailroom.entered.wait()
        assert not told.done()
        release.set()
        assert (await told)[-1] == lmtp.ACCEPTED


HELLOS = [
    (LMTP, "LHLO mx.example.org", "250"),
    (LMTP, "EHLO mx.example.org", "500"),
    (LMTP, "HELO mx.example.org", "500"),
    (SMTP, "EHLO mx.example.org", "250"),
    (SMTP, "HELO mx.example.org", "250"),
    (SMTP, "LHLO mx.example.org", "500"),
]


@pytest.mark.parametrize(("terms", "hello", "code"), HELLOS)
async def test_each_protocol_knows_its_own_hello_only(terms: Terms, hello: str, code: str) -> None:
    async with listening(Mailroom(), terms) as listener, connected(listener) as client:
        assert (await client.say(hello))[:3] == code


@pytest.mark.parametrize("extension", ["SIZE 26214400", "8BITMIME", "SMTPUTF8", "PIPELINING"])
async def test_hello_announces(extension: str) -> None:
    async with listening(Mailroom()) as listener, connected(listener) as client:
        assert extension in (await client.say("LHLO mx.example.org"))


async def test_an_unknown_recipient_is_refused_for_good() -> None:
    mailroom = Mailroom()
    async with listening(mailroom) as listener, connected(listener) as client:
        replies = await client.mail(to="nobody@bridge.example.org")
    assert replies[1] == lmtp.UNKNOWN_RECIPIENT
    assert codes(replies) == ["250", "550", "503"]
    assert not mailroom.arrivals


@pytest.mark.parametrize("second", [LIST, "nobody@bridge.example.org"])
@pytest.mark.parametrize("fault", [None, OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("terms", [LMTP, SMTP])
async def test_a_second_recipient_is_deferred_and_one_reply_follows_data(
    terms: Terms, fault: BaseException | None, second: str
) -> None:
    mailroom = Mailroom()
    mailroom.fault_at_accept = fault
    with capture_logs():
        async with listening(mailroom, terms) as listener, connected(listener) as client:
            await client.say(f"MAIL FROM:<{SENDER}>")
            assert (await client.say(f"RCPT TO:<{LIST}>"))[:3] == "250"
            assert await client.say(f"RCPT TO:<{second}>") == lmtp.ONE_RECIPIENT
            await client.say("DATA")
            after_data = await client.say(MAIL + b".")
            # The next reply belongs to the next command, so there was one and only one.
            assert (await client.say("NOOP")) == "250 OK"
    assert after_data == (lmtp.ACCEPTED if fault is None else lmtp.DEFERRED)


async def test_a_mail_over_the_limit_is_refused_and_the_next_one_is_taken() -> None:
    mailroom = Mailroom()
    async with (
        listening(mailroom, replace(LMTP, max_size=1000)) as listener,
        connected(listener) as client,
    ):
        assert (await client.mail(b"x" * 998 + b"\r\n"))[-1] == lmtp.ACCEPTED
        assert (await client.mail(b"x" * 999 + b"\r\n"))[-1] == lmtp.TOO_LARGE
        assert (await client.mail((b"x" * 70 + b"\r\n") * 5000))[-1] == lmtp.TOO_LARGE
        assert (await client.say(f"MAIL FROM:<{SENDER}> SIZE=1001"))[:3] == "552"
        assert (await client.mail())[-1] == lmtp.ACCEPTED
    assert [len(arrival.raw) for arrival in mailroom.arrivals] == [1000, len(MAIL)]


BODIES = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"a" * 100_000 + b"\r\n", id="a line of 100 kB"),
    pytest.param(b"." + b"a" * 300_000 + b"\r\n.b\r\n", id="a longer one that begins with a dot"),
    pytest.param(b"a" * (64 * 1024 - 2) + b"\r\n" + b"b\r\n", id="a line of one piece"),
    pytest.param(b"a" * (64 * 1024) + b"\r\n.\r\r\n", id="a line that ends with a piece"),
    pytest.param("Grüße · žluťoučký\r\n".encode(), id="8 bit"),
    pytest.param(b"\xff\x00\x80\r\n", id="no charset at all"),
    pytest.param(b"..\r\n...\r\n.a\r\n", id="lines of dots"),
    pytest.param(b"bare\nline\rends\r\r\n\n\r\n", id="bare CR and LF"),
]


def stuffed(raw: bytes) -> bytes:
    """Return the mail as a client sends it (RFC 5321 section 4.5.2)."""
    lines = raw.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


@pytest.mark.parametrize("raw", BODIES)
async def test_the_bytes_handed_over_are_the_bytes_sent(raw: bytes) -> None:
    mailroom = Mailroom()
    async with listening(mailroom) as listener, connected(listener) as client:
        assert (await client.mail(stuffed(raw)))[-1] == lmtp.ACCEPTED
    assert mailroom.arrivals[0].raw == raw


ENDS = [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n\n.\r\r\n"]


@pytest.mark.parametrize("terms", [LMTP, SMTP])
@pytest.mark.parametrize("end", ENDS)
async def test_nothing_is_smuggled_behind_a_false_end_of_data(end: bytes, terms: Terms) -> None:
    second = f"MAIL FROM:<x@example.org>\r\nRCPT TO:<{LIST}>\r\nDATA\r\n".encode()
    mailroom = Mailroom()
    async with listening(mailroom, terms) as listener, connected(listener) as client:
        replies = await client.mail(MAIL + b"a" + end + second + b"Subject: forged\r\n\r\n")
        assert (await client.say("NOOP")) == "250 OK"
    assert replies[-1] == lmtp.ACCEPTED
    assert len(mailroom.arrivals) == 1
    assert b"MAIL FROM:<x@example.org>" in mailroom.arrivals[0].raw


async def test_pipelined_commands_are_answered_in_order() -> None:
    mailroom = Mailroom()
    transaction = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{LIST}>\r\nDATA".encode()
    async with listening(mailroom) as listener, connected(listener) as client:
        for _ in range(3):
            client.send(transaction)
            client.send(MAIL + b".")
        replies = [await client.reply() for _ in range(12)]
    assert codes(replies) == ["250", "250", "354", "250"] * 3
    assert len(mailroom.arrivals) == 3


SENDERS = [
    ("<>", ""),
    ("<pc-bounces+jane=example.org@lists.example.org>", None),
    ("<jörg@exämple.org> SMTPUTF8", "jörg@exämple.org"),
    ("<jane@example.org> BODY=8BITMIME SIZE=100", "jane@example.org"),
]


@pytest.mark.parametrize(("argument", "expected"), SENDERS)
async def test_the_envelope_sender_is_handed_over(argument: str, expected: str | None) -> None:
    mailroom = Mailroom()
    async with listening(mailroom) as listener, connected(listener) as client:
        assert (await client.say(f"MAIL FROM:{argument}"))[:3] == "250"
        await client.say(f"RCPT TO:<{LIST}>")
        await client.say("DATA")
        assert await client.say(MAIL + b".") == lmtp.ACCEPTED
    wanted = argument.strip("<>") if expected is None else expected
    assert mailroom.arrivals[0].envelope_sender == wanted


async def test_an_envelope_sender_that_is_no_text_can_still_be_stored() -> None:
    mailroom = Mailroom()
    async with listening(mailroom) as listener, connected(listener) as client:
        await client.say(b"MAIL FROM:<j\xff@example.org>")
        await client.say(f"RCPT TO:<{LIST}>")
        await client.say("DATA")
        await client.say(MAIL + b".")
    assert mailroom.arrivals[0].envelope_sender == "j\ufffd@example.org"


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("unprintable-secret")


FAULT_MAKERS: list[Callable[[str], Exception]] = [
    lambda text: OSError(errno.ENOSPC, text),
    lambda text: OSError(errno.EIO, text),
    lambda text: sqlite3.OperationalError("database or disk is full " + text),
    lambda text: sqlite3.OperationalError("database is locked " + text),
    sqlite3.DatabaseError,
    Transient,
    Permanent,
    lambda text: ConfigError([text]),
    TimeoutError,
    ConnectionResetError,
    BrokenPipeError,
    PermissionError,
    MemoryError,
    RecursionError,
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    AssertionError,
    TypeError,
    LookupError,
    lambda text: UnicodeDecodeError("utf-8", text.encode(), 0, 1, text),
    lambda text: ExceptionGroup(text, [ValueError(text)]),
    asyncio.QueueFull,
    UnprintableError,
]
TEXTS = ["secret", "550 secret", "secret\r\n250 OK", "sécret ☃", "%s {secret}", "", "secret " * 999]


@pytest.mark.parametrize("terms", [LMTP, SMTP])
async def test_500_faults_of_ours_are_all_deferred_without_their_text(terms: Terms) -> None:
    """P7, half of it over each protocol: only 4xx, and never a word of the exception."""
    mailroom = Mailroom()
    faults = [make(text) for make, text in itertools.product(FAULT_MAKERS, TEXTS)]
    said: list[list[str]] = []
    with capture_logs():
        async with listening(mailroom, terms) as listener, connected(listener) as client:
            for fault in faults:
                mailroom.fault_at_knows, mailroom.fault_at_accept = fault, None
                said.append(await client.mail())
                await client.say("RSET")
                mailroom.fault_at_knows, mailroom.fault_at_accept = None, fault
                said.append(await client.mail())
            mailroom.fault_at_accept = None
            assert (await client.mail())[-1] == lmtp.ACCEPTED
    assert len(said) * 2 >= 500
    wanted = [["250 OK", lmtp.DEFERRED, lmtp.DEFERRED]]
    wanted += [["250 OK", "250 2.1.5 OK", lmtp.START, lmtp.DEFERRED]]
    assert said == wanted * len(faults)


async def test_an_intake_that_does_not_come_back_is_deferred() -> None:
    mailroom = Mailroom()
    mailroom.gate = asyncio.Event().wait
    terms = replace(LMTP, accept_seconds=0.01)
    with capture_logs() as logs:
        async with listening(mailroom, terms) as listener, connected(listener) as client:
            assert (await client.mail())[-1] == lmtp.DEFERRED
            mailroom.gate = None
            assert (await client.mail())[-1] == lmtp.ACCEPTED
    assert [(line["event"], line["reason"]) for line in logs] == [("mail_deferred", "TimeoutError")]


async def test_a_log_on_a_full_disk_does_not_turn_a_deferral_into_a_bounce() -> None:
    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    mailroom = Mailroom()
    mailroom.fault_at_accept = RuntimeError("secret")
    earlier = structlog.get_config()
    structlog.configure(processors=[full_disk])
    try:
        async with listening(mailroom) as listener, connected(listener) as client:
            assert (await client.mail())[-1] == lmtp.DEFERRED
    finally:
        structlog.configure(**earlier)


async def test_an_intake_that_is_cancelled_hangs_up_without_a_reply() -> None:
    mailroom = Mailroom()
    mailroom.fault_at_accept = asyncio.CancelledError()
    async with listening(mailroom) as listener, connected(listener) as client:
        assert (await client.mail())[-1] == ""


async def test_the_log_names_no_address() -> None:
    mailroom = Mailroom()
    mailroom.fault_at_accept = Transient("the store is closing")
    with capture_logs() as logs:
        async with listening(mailroom) as listener, connected(listener) as client:
            await client.mail()
    assert logs
    assert "@" not in repr(logs)


async def test_a_client_that_leaves_in_mid_mail_leaves_nothing_behind() -> None:
    mailroom = Mailroom()
    async with listening(mailroom) as listener:
        async with connected(listener) as client:
            await client.say(f"MAIL FROM:<{SENDER}>")
            await client.say(f"RCPT TO:<{LIST}>")
            await client.say("DATA")
            client.send(b"Subject: half a mail")
        async with connected(listener) as client:
            assert (await client.mail())[-1] == lmtp.ACCEPTED
    assert [arrival.raw for arrival in mailroom.arrivals] == [MAIL]


async def test_a_command_line_too_long_is_the_only_thing_lost() -> None:
    async with listening(Mailroom()) as listener, connected(listener) as client:
        assert (await client.say("NOOP " + "x" * 200_000))[:3] == "500"
        assert (await client.mail())[-1] == lmtp.ACCEPTED


ADDRESSES = [
    "<jane@example.org>",
    "<pc-bounces+jane=example.org@lists.example.org> SIZE=12 BODY=8BITMIME",
    "<Jane.Q.Public@EXAMPLE.org>",
    "<>",
    "<> SIZE=1",
    "<jane@[127.0.0.1]>",
    '<"jane doe"@example.org>',
    "<jane@example.org> (a comment) SIZE=1",
    "<@relay.example.org:jane@example.org>",
    "<jané@example.org> SMTPUTF8",
    "<.jane@example.org>",
    "<jane..doe@example.org>",
    "<jane>",
    "jane@example.org SIZE=1",
    "<jane@example.org",
    "",
]


@pytest.mark.parametrize("text", ADDRESSES)
async def test_a_usual_address_is_read_as_the_grammar_reads_it(text: str) -> None:
    session = lmtp.LmtpSession(lmtp.House(Mailroom(), LMTP))
    address, rest = session._getaddr(text)
    slowly, slow_rest = SMTPServer._getaddr(session, text)
    assert (address, (rest or "").split()) == (slowly, (slow_rest or "").split())
