"""Submission on a real socket: TLS, logins, odd servers. The rest is the mail contract."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Permanent, Transient
from bridge.mail.smtp import Submission, SubmissionServer, _as_data
from bridge.ports import Envelope
from tests.fakes_mail import serving

MAIL = Envelope("pc@bridge.example.org", ("pc@lists.example.org",), b"Subject: x\r\n\r\ny\r\n")
# Self-signed for 127.0.0.1, made for these tests; the key protects nothing.
CERTIFICATE = Path(__file__).with_name("loopback.pem")


class Office:
    """An aiosmtpd handler that remembers whether a mail came encrypted and logged in."""

    def __init__(self) -> None:
        self.taken: list[tuple[bool, bool]] = []

    async def handle_DATA(self, server, session, received) -> str:  # noqa: N802
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.taken.append((is_encrypted, bool(session.authenticated)))
        return "250 2.0.0 Ok"


def credentials(_server, _session, _envelope, _mechanism, given: LoginPassword) -> AuthResult:
    is_right = (given.login, given.password) == (b"bridge", b"right-password")
    return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def office(
    *, tls: bool = False, **options: object
) -> AsyncIterator[tuple[Office, dict[str, object]]]:
    """A submission server on loopback, and the settings that lead to it."""
    ours = Office()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(ours, hostname="mail.example.org", loop=loop, **options)

    async with serving(session, presenting_certificate() if tls else None) as port:
        yield ours, {"host": "127.0.0.1", "port": port, "tls_context": trusting()}


@asynccontextmanager
async def scripted(*replies: str) -> AsyncIterator[SubmissionServer]:
    """A server that greets with the first reply and says the next to each line but the mail's.

    After the last reply it hangs up; an empty reply is none at all.
    """
    over, ended = asyncio.Event(), asyncio.Event()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            for left, reply in zip(range(len(replies))[::-1], replies, strict=True):
                writer.write(reply.encode() + b"\r\n" if reply else b"")
                if left:
                    await reader.readuntil(b"\r\n.\r\n" if reply.startswith("354") else b"\r\n")
            if not replies[-1]:
                await over.wait()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield SubmissionServer("127.0.0.1", port, security="none", data_seconds=0.05)
    finally:
        over.set()
        await ended.wait()
        server.close()
        await server.wait_closed()


def presenting_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


LOGIN = {"authenticator": credentials}
# aiosmtpd does not count TLS from the first byte as TLS.
IN_CLEAR = {**LOGIN, "auth_require_tls": False}


async def test_a_mail_goes_over_tls_with_a_login() -> None:
    async with office(tls=True, **IN_CLEAR) as (taken, where):
        server = SubmissionServer(
            **where, security="tls", username="bridge", password="right-password"
        )
        await Submission(server).send(MAIL)
    assert taken.taken == [(True, True)]


async def test_a_mail_goes_over_starttls_with_a_login() -> None:
    starttls = {"tls_context": presenting_certificate(), "require_starttls": True}
    async with office(**starttls, **LOGIN) as (taken, where):
        server = SubmissionServer(
            **where, security="starttls", username="bridge", password="right-password"
        )
        await Submission(server).send(MAIL)
    assert taken.taken == [(True, True)]


async def test_a_mail_goes_in_clear_and_without_login_where_that_is_configured() -> None:
    async with office() as (taken, where):
        await Submission(SubmissionServer(**where, security="none")).send(MAIL)
    assert taken.taken == [(False, False)]


async def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    async with office(**IN_CLEAR) as (taken, where):
        server = SubmissionServer(
            **where, security="starttls", username="bridge", password="right-password"
        )
        with pytest.raises(Transient, match="STARTTLS"):
            await Submission(server).send(MAIL)
    assert taken.taken == []


async def test_a_certificate_nobody_signed_gets_no_mail() -> None:
    async with office(tls=True) as (taken, where):
        where["tls_context"] = None
        with pytest.raises(Transient, match=r"(?i)certificate"):
            await Submission(SubmissionServer(**where, security="tls")).send(MAIL)
    assert taken.taken == []


async def test_a_refused_login_is_not_the_mails_fault() -> None:
    async with office(tls=True, **IN_CLEAR) as (taken, where):
        server = SubmissionServer(**where, security="tls", username="bridge", password="wrong-one")
        with pytest.raises(Transient, match="does not let us in: 535") as caught:
            await Submission(server).send(MAIL)
        assert "wrong-one" not in repr((server, caught.value))
    assert taken.taken == []


async def test_login_says_that_the_server_lets_us_in() -> None:
    async with office(tls=True, **IN_CLEAR) as (taken, where):
        server = SubmissionServer(
            **where, security="tls", username="bridge", password="right-password"
        )
        sentence = await Submission(server).login()
    assert re.fullmatch(r"127\.0\.0\.1:\d+ answers with security tls, and has let .*", sentence)
    assert taken.taken == []


async def test_login_names_the_server_that_is_not_there() -> None:
    async with office() as (_, where):
        nowhere = SubmissionServer(**where, security="none")
    with pytest.raises(Transient, match=rf"127\.0\.0\.1:{nowhere.port} does not let us in"):
        await Submission(nowhere).login()


HELLO = ("220 mail.example.org", "250 mail.example.org")
READY = (*HELLO, "250 OK", "250 OK", "354 go on")

REFUSALS = [
    pytest.param(("554 no mail here",), Transient, "554 no mail here", id="the greeting"),
    pytest.param(("220 hi", "502 what?"), Transient, "let us in", id="EHLO"),
    pytest.param(("220 hi", "garbage"), Transient, "let us in", id="no reply at all"),
    pytest.param((*HELLO, "999 what"), Transient, "999 what", id="a code of no meaning"),
    pytest.param((*HELLO, "250 OK", "550 <a@b.test>"), Permanent, "550 <address>", id="RCPT"),
    pytest.param((*HELLO, "250 OK", "250 OK", "250 OK"), Transient, "250 OK", id="DATA"),
    pytest.param((*READY, "552 5.3.4 too big"), Permanent, "552 5.3.4 too big", id="final dot"),
    pytest.param((*READY, "421 closing"), Transient, "421 closing", id="shutting down"),
]


@pytest.mark.parametrize(("replies", "error", "sentence"), REFUSALS)
async def test_the_reply_decides_who_must_act(
    replies: tuple[str, ...], error: type[Exception], sentence: str
) -> None:
    async with scripted(*replies) as server:
        with pytest.raises(error, match=re.escape(sentence)) as caught:
            await Submission(server).send(MAIL)
    assert not getattr(caught.value, "outcome_unknown", False)


@pytest.mark.parametrize("last", ["", "garbage"], ids=["silence", "garbage"])
async def test_no_clear_reply_to_the_final_dot_leaves_the_outcome_unknown(last: str) -> None:
    async with scripted(*READY, last) as server:
        with pytest.raises(Transient) as caught:
            await Submission(server).send(MAIL)
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("goodbye", ["500 what?", "garbage", "221 Bye"])
async def test_a_mail_once_taken_is_sent_however_the_goodbye_goes(goodbye: str) -> None:
    async with scripted(*READY, "251 2.0.0 Ok", goodbye) as server:
        with pytest.raises(Transient, match="251"):
            await Submission(server).send(MAIL)
    async with scripted(*READY, "250 2.0.0 Ok: queued for <a@b.test>", goodbye) as server:
        assert await Submission(server).send(MAIL) == "250 2.0.0 Ok: queued for <address>"


async def test_a_recipient_that_is_forwarded_is_taken() -> None:
    async with scripted(*HELLO, "250 OK", "251 forwarded", "354 go", "250 Ok", "221 Bye") as server:
        assert await Submission(server).send(MAIL) == "250 Ok"


@given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"a", b"\x0b", b"\xff"])).map(b"".join))
def test_data_has_one_end_and_no_bare_cr_or_lf(raw: bytes) -> None:
    data = _as_data(raw)
    *lines, dot, after = data.split(b"\r\n")
    assert (dot, after) == (b".", b"")
    assert all(line != b"." and not set(line) & set(b"\r\n") for line in lines)
    unstuffed = [line[1:] if line.startswith(b".") else line for line in lines]
    assert unstuffed == raw.splitlines()
