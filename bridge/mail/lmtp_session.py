"""One conversation with an MTA, over LMTP (RFC 2033) or SMTP (RFC 5321).

250 is said only after ``Intake.accept`` returned, that is: after the mail is stored. A fault of
ours is answered with 451 and one fixed sentence, so the other side keeps the mail and comes again;
we never bounce anybody's mail because we are broken. The only permanent refusals are an unknown
recipient (550), a mail over the size limit (552) and a client that does not speak the protocol.

One recipient a transaction: a second RCPT is answered 452, which makes every MTA open another
transaction. So there is always exactly one reply after DATA (RFC 2033 section 4.2).

aiosmtpd reads the commands. It refuses lines over 1,001 bytes, answers our faults with 500 and the
exception's text, and may give one reply for two recipients; so DATA and faults are ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from bridge.errors import Transient
from bridge.mail.lmtp_data import PIECE, read_data

log = structlog.get_logger()

ACCEPTED = "250 2.0.0 Stored"
START = "354 End data with <CR><LF>.<CR><LF>"
DEFERRED = "451 4.3.0 The fault is ours, the mail was not taken; please try again later"
ONE_RECIPIENT = "452 4.5.3 One recipient a transaction; please send this one again"
UNKNOWN_RECIPIENT = "550 5.1.1 No such address here"
TOO_LARGE = "552 5.3.4 The mail is larger than we take"
CLOSING = "421 4.3.2 Shutting down, please come again"
TOO_MANY = "421 4.3.2 Too many connections, please come again"
IDLE = "421 4.4.2 Waited too long, closing"

# RFC 5321 section 4.5.3.1.4 says 512 plus what each extension adds; long VERP senders need more.
_COMMAND_BYTES = 4096

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_USUAL_ADDRESS = re.compile(rf"<({_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*)>([^(]*)", re.ASCII)
"""An address as every MTA writes it: dot-atoms (RFC 5322 section 3.2.3), no comments, no quotes."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail for one recipient, as it came over the wire.

    Attributes:
        recipient: RCPT TO, letters as sent.
        envelope_sender: MAIL FROM; empty for the null sender ``<>``.
        client: the peer's IP address.
        raw: exactly what was sent between DATA and the final dot, with the transparency dots
            removed (RFC 5321 section 4.5.2): CRLF is kept and so is a bare CR or LF, because
            signatures and the evidence of a forgery are in the bytes.
    """

    recipient: str
    envelope_sender: str
    client: str
    raw: bytes


class Intake(Protocol):
    """What the listener asks of the program behind it."""

    def knows(self, recipient: str) -> bool:
        """Say whether mail for this address is ours; called for every RCPT, so no I/O."""

    async def accept(self, arrival: Arrival) -> None:
        """Store the mail durably; returning is what makes the listener answer 250.

        Whatever it raises is answered 451. It runs once a session at a time and side by side for
        many sessions, which may share one commit. It is cancelled when the client goes away or
        ``accept_seconds`` are over; the mail may then be stored although nobody was told so, and
        the second copy finds the first by its key.
        """


@dataclass(frozen=True, slots=True)
class Terms:
    """Where and how the listener listens.

    Attributes:
        protocol: ``lmtp`` (LHLO only) or ``smtp`` (EHLO and HELO, for Mailman).
        hostname: what we call ourselves in the greeting.
        max_size: bytes of one mail; also announced as SIZE (RFC 1870).
        max_connections: the next one is told 421.
        idle_seconds: for a command, and for the whole of a mail's bytes.
        accept_seconds: for ``Intake.accept``.
        stop_seconds: for the transactions that run when ``stop`` is called.
    """

    host: str = "127.0.0.1"
    port: int = 0
    protocol: Literal["lmtp", "smtp"] = "lmtp"
    hostname: str = "localhost"
    max_size: int = 25 * 1024 * 1024
    max_connections: int = 100
    idle_seconds: float = 300
    accept_seconds: float = 60
    stop_seconds: float = 2


@dataclass(slots=True)
class House:
    """What the sessions of one listener share."""

    intake: Intake
    terms: Terms
    sessions: set[SmtpSession] = field(default_factory=set)
    is_stopping: bool = False


class _Hooks:
    """aiosmtpd's handler: what we say to EHLO and to RCPT."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def handle_EHLO(  # noqa: N802 - aiosmtpd chooses the name and the arguments
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        # RFC 2033 section 5 asks for it; the commands are read from a stream, so it is true.
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd chooses the name and the arguments
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if envelope.rcpt_tos:
            return ONE_RECIPIENT
        try:
            is_known = self._intake.knows(_readable(address))
        except OSError as fault:
            # Caught here because aiosmtpd takes a ConnectionResetError for the client's.
            return await server.handle_exception(fault)
        if not is_known:
            return UNKNOWN_RECIPIENT
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"


class SmtpSession(SMTP):
    """One SMTP connection."""

    # Class attributes because aiosmtpd's __init__ reads them; the first sizes its StreamReader.
    line_length_limit = PIECE
    command_size_limit = _COMMAND_BYTES

    def __init__(self, house: House) -> None:
        terms = house.terms
        super().__init__(
            _Hooks(house.intake),
            data_size_limit=terms.max_size,
            enable_SMTPUTF8=True,
            hostname=terms.hostname,
            ident="Seconded",
            timeout=terms.idle_seconds,
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd keeps one table for all sessions and empties it whenever one begins.
        self.command_size_limits = defaultdict(lambda: _COMMAND_BYTES)
        self._house = house
        self._client = ""
        self._was_deferred = False

    @property
    def is_in_transaction(self) -> bool:
        """Whether the client has begun a mail and was not yet told what became of it."""
        return self.envelope is not None and self.envelope.mail_from is not None

    def conversation(self) -> asyncio.Task[None]:
        """Return the task in which aiosmtpd reads and answers commands."""
        assert self._handler_coroutine is not None
        return self._handler_coroutine

    def dismiss(self, reply: str, *, at_once: bool = False) -> None:
        """Say why and hang up; ``at_once`` does not wait for a client that does not read."""
        if not self._writer.is_closing():
            self._writer.write(reply.encode("ascii") + b"\r\n")
            self._writer.close()
        if at_once:
            self._writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the connection is closed."""
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection in and begin the conversation."""
        self._client = str((transport.get_extra_info("peername") or ("",))[0])
        self._house.sessions.add(self)
        super().connection_made(transport)
        self.conversation().add_done_callback(_retrieve)

    def connection_lost(self, error: Exception | None) -> None:
        """Count the connection out; aiosmtpd cancels the conversation."""
        self._house.sessions.discard(self)
        super().connection_lost(error)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read an address: the usual ones at once, all others by the email package's grammar.

        The grammar costs as much as everything else that is done about a command (measured).
        """
        usual = _USUAL_ADDRESS.fullmatch(arg)
        if usual is not None:
            return usual[1], usual[2]
        address: tuple[str | None, str | None] = super()._getaddr(arg)
        return address

    async def _handle_client(self) -> None:
        if len(self._house.sessions) > self._house.terms.max_connections:
            self.dismiss(TOO_MANY)
            return
        await super()._handle_client()

    def _timeout_cb(self) -> None:
        self.dismiss(IDLE, at_once=True)

    async def handle_exception(self, error: Exception) -> str:
        """Log the fault and return the fixed reply that makes the client try again."""
        self._was_deferred = True
        # A full disk may hold the log as well: that must not turn 451 into aiosmtpd's 500.
        with contextlib.suppress(OSError, ValueError):
            trace = None if isinstance(error, Transient) else error
            log.error("mail_deferred", reason=type(error).__name__, exc_info=trace)
        return DEFERRED

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Begin a transaction, unless we are stopping."""
        self._was_deferred = False
        if self._house.is_stopping:
            self.dismiss(CLOSING)
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the mail, or say why there is nothing to take."""
        assert self.envelope is not None
        if self.envelope.rcpt_tos and not arg:
            await self._take_mail(self.envelope)
        elif self._was_deferred:
            # RCPT failed by our fault; "503 need RCPT" to a pipelining client could bounce it.
            await self.push(DEFERRED)
        else:
            await super().smtp_DATA(arg)

    async def _take_mail(self, envelope: Envelope) -> None:
        """Read, offer, answer; the transaction is over whatever happens."""
        await self.push(START)
        try:
            raw = await read_data(self._reader, limit=self._house.terms.max_size)
            reply = TOO_LARGE if raw is None else await self._offer(envelope, raw)
        finally:
            self.envelope = self._create_envelope()
        await self.push(reply)
        if self._house.is_stopping:
            self.dismiss(CLOSING)

    async def _offer(self, envelope: Envelope, raw: bytes) -> str:
        """Hand the mail to the intake and return the reply."""
        terms = self._house.terms
        self._reset_timeout(terms.idle_seconds + terms.accept_seconds)
        arrival = Arrival(
            recipient=_readable(envelope.rcpt_tos[0]),
            envelope_sender=_readable(envelope.mail_from or ""),
            client=self._client,
            raw=raw,
        )
        try:
            async with asyncio.timeout(terms.accept_seconds):
                await self._house.intake.accept(arrival)
        except OSError as fault:
            # Time-outs, a full disk, and the ConnectionResetError of a database, which aiosmtpd
            # would take for the client's. Everything else reaches handle_exception by itself.
            return await self.handle_exception(fault)
        return ACCEPTED


class LmtpSession(SmtpSession, LMTP):
    """One LMTP connection: LHLO instead of EHLO and HELO."""


SESSIONS: dict[str, type[SmtpSession]] = {"lmtp": LmtpSession, "smtp": SmtpSession}


def _readable(address: str) -> str:
    """Return the address as text that can be stored: no lone surrogates, ``<>`` as empty."""
    clean = address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "" if clean == "<>" else clean


def _retrieve(conversation: asyncio.Task[None]) -> None:
    """Look at how a conversation ended: a client that hung up is no news for the log."""
    if not conversation.cancelled():
        conversation.exception()
