"""What every MailWriter promises: the fake, and the real adapter against aiosmtpd on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received

from bridge.errors import Permanent, Transient
from bridge.mail.smtp import Submission, SubmissionServer
from bridge.ports import Envelope, MailWriter
from tests.fakes_mail import FINAL_DOT, STAGES, FakeSmtp, serving

MAIL = Envelope(
    sender="pc@bridge.example.org",
    recipients=("pc@lists.example.org",),
    raw=b"Subject: Result\r\n\r\nAdopted.\r\n",
)


class Server(Protocol):
    """A server a test can ask for trouble."""

    delivered: list[Envelope]
    carries_utf8: bool

    def reply_at(self, stage: str, code: int) -> None: ...

    def hang_up_at(self, stage: str, *, after_taking: bool = False) -> None: ...


class PostOffice:
    """The same on a real socket: an aiosmtpd handler that fails where it is asked to."""

    def __init__(self) -> None:
        self.delivered: list[Envelope] = []
        self.carries_utf8 = True
        self._replies: dict[str, int] = {}
        self._hang_ups: dict[str, bool] = {}

    def reply_at(self, stage: str, code: int) -> None:
        self._replies[stage] = code

    def hang_up_at(self, stage: str, *, after_taking: bool = False) -> None:
        self._hang_ups[stage] = after_taking

    def session(self) -> SMTP:
        return _Session(
            self,
            hostname="mail.example.org",
            enable_SMTPUTF8=self.carries_utf8,
            loop=asyncio.get_running_loop(),
        )

    def answer(self, stage: str, server: SMTP, ok: str) -> str:
        if self._hang_ups.pop(stage, None) is not None:
            server.transport.abort()
        code = self._replies.pop(stage, None)
        # A server's words may name the address; it must not reach our errors.
        return ok if code is None else f"{code} <jane@example.org> no such luck"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, received: Received, address: str, _options: list[str]
    ) -> str:
        received.mail_from = address
        return self.answer("MAIL", server, "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, received: Received, address: str, _options: list[str]
    ) -> str:
        reply = self.answer("RCPT", server, "250 OK")
        if reply == "250 OK":
            received.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, received: Received) -> str:  # noqa: N802
        if FINAL_DOT not in self._hang_ups or self._hang_ups[FINAL_DOT]:
            sender = received.mail_from.replace("<>", "")
            taken = Envelope(sender, tuple(received.rcpt_tos), received.original_content)
            if FINAL_DOT not in self._replies:
                self.delivered.append(taken)
        return self.answer(FINAL_DOT, server, "250 2.0.0 Ok: queued")


class _Session(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        reply = self.event_handler.answer("DATA", self, "354")
        if reply == "354":
            await super().smtp_DATA(arg)
        else:
            await self.push(reply)


@pytest.fixture(params=["fake", "real"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[tuple[MailWriter, Server]]:
    if request.param == "fake":
        fake = FakeSmtp()
        yield fake, fake
        return
    office = PostOffice()
    async with serving(office.session) as port:
        yield Submission(SubmissionServer("127.0.0.1", port, security="none")), office


@pytest.fixture
def writer(ends: tuple[MailWriter, Server]) -> MailWriter:
    return ends[0]


@pytest.fixture
def server(ends: tuple[MailWriter, Server]) -> Server:
    return ends[1]


async def test_a_mail_is_delivered_and_the_answer_returned(
    writer: MailWriter, server: Server
) -> None:
    assert (await writer.send(MAIL)).startswith("250 2.0.0 Ok")
    assert server.delivered == [MAIL]


RAWS = [
    (b"a\nb\n", b"a\r\nb\r\n"),
    (b".\r\n..\r\n.a\r\n", b".\r\n..\r\n.a\r\n"),
    (b"no end of line", b"no end of line\r\n"),
    (b"x\n.\nQUIT\n", b"x\r\n.\r\nQUIT\r\n"),
    (b"x\r.\rQUIT\r\n", b"x\r\n.\r\nQUIT\r\n"),
    ("Grüße\r\n".encode(), "Grüße\r\n".encode()),
]


@pytest.mark.parametrize(("raw", "expected"), RAWS)
async def test_the_body_arrives_with_its_lines_and_dots(
    writer: MailWriter, server: Server, raw: bytes, expected: bytes
) -> None:
    await writer.send(Envelope(MAIL.sender, MAIL.recipients, raw))
    assert [mail.raw for mail in server.delivered] == [expected]


@pytest.mark.parametrize("sender", ["", "jörg@exämple.org", "pc-bounces+jane=example.org@b.test"])
async def test_every_envelope_sender_is_carried(
    writer: MailWriter, server: Server, sender: str
) -> None:
    await writer.send(Envelope(sender, MAIL.recipients, MAIL.raw))
    assert server.delivered[0].sender == sender


async def test_all_recipients_get_the_mail(writer: MailWriter, server: Server) -> None:
    both = ("jane@example.org", "sam@example.org")
    await writer.send(Envelope(MAIL.sender, both, MAIL.raw))
    assert server.delivered[0].recipients == both


@pytest.mark.parametrize("stage", STAGES)
async def test_4xx_heals_with_time(writer: MailWriter, server: Server, stage: str) -> None:
    server.reply_at(stage, 451)
    with pytest.raises(Transient, match="451") as caught:
        await writer.send(MAIL)
    assert not caught.value.outcome_unknown
    assert server.delivered == []


@pytest.mark.parametrize("stage", STAGES)
async def test_5xx_needs_a_human(writer: MailWriter, server: Server, stage: str) -> None:
    server.reply_at(stage, 550)
    with pytest.raises(Permanent, match="550"):
        await writer.send(MAIL)
    assert server.delivered == []


async def test_one_refused_recipient_keeps_the_mail_from_all(
    writer: MailWriter, server: Server
) -> None:
    server.reply_at("RCPT", 550)
    with pytest.raises(Permanent):
        await writer.send(Envelope(MAIL.sender, ("jane@b.test", "sam@b.test"), MAIL.raw))
    assert server.delivered == []


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_a_connection_lost_before_the_mail_left_is_tried_again(
    writer: MailWriter, server: Server, stage: str
) -> None:
    server.hang_up_at(stage)
    with pytest.raises(Transient) as caught:
        await writer.send(MAIL)
    assert not caught.value.outcome_unknown
    assert server.delivered == []


@pytest.mark.parametrize("is_taken", [True, False])
async def test_a_connection_lost_after_the_final_dot_leaves_the_outcome_unknown(
    writer: MailWriter, server: Server, *, is_taken: bool
) -> None:
    server.hang_up_at(FINAL_DOT, after_taking=is_taken)
    with pytest.raises(Transient) as caught:
        await writer.send(MAIL)
    assert caught.value.outcome_unknown
    assert server.delivered == [MAIL] * is_taken


async def test_a_server_in_trouble_takes_the_next_mail(writer: MailWriter, server: Server) -> None:
    server.reply_at("RCPT", 451)
    with pytest.raises(Transient):
        await writer.send(MAIL)
    await writer.send(MAIL)
    assert server.delivered == [MAIL]


INJECTIONS = ["a@b.test>\r\nRCPT TO:<x@b.test", "a@b.test> SIZE=1", "a b@b.test", "a\x00@b.test"]


@pytest.mark.parametrize("address", [*INJECTIONS, "a@b.test\n", "a\u2028@b.test"])
async def test_an_address_that_would_inject_a_command_is_refused(
    writer: MailWriter, server: Server, address: str
) -> None:
    for envelope in (Envelope(address, ("a@b.test",), b""), Envelope("a@b.test", (address,), b"")):
        with pytest.raises(Permanent) as caught:
            await writer.send(envelope)
        assert "b.test" not in str(caught.value)
    assert server.delivered == []


async def test_an_address_the_server_cannot_carry_needs_a_human(
    writer: MailWriter, server: Server
) -> None:
    server.carries_utf8 = False
    with pytest.raises(Permanent):
        await writer.send(Envelope("jörg@example.org", MAIL.recipients, MAIL.raw))
    assert server.delivered == []


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("code", [451, 550])
async def test_no_error_names_an_address(
    writer: MailWriter, server: Server, stage: str, code: int
) -> None:
    server.reply_at(stage, code)
    with pytest.raises((Transient, Permanent)) as caught:
        await writer.send(MAIL)
    assert "@" not in str(caught.value)
