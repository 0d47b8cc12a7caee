"""Hands our mails to a submission server (RFC 6409), one connection a mail.

It says what became of a mail as exactly as the protocol allows, because a mail to a list must
never be sent twice:

- before MAIL FROM nothing is the mail's fault: every failure is ``Transient``, a refused login too;
- from MAIL FROM on the reply decides: 4xx is ``Transient``, 5xx ``Permanent``;
- a connection lost before the server asked for the mail's bytes is ``Transient``;
- lost later it is ``Transient(outcome_unknown=True)``: the bytes and the final dot leave in one
  write, and what the kernel sent of them cannot be known (RFC 5321 section 4.5.5 leaves this open).

If one recipient is refused, nobody gets the mail. It refuses to retry and to log; no address is in
the errors it raises, the server's own words included.
"""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from bridge.errors import Permanent, Transient
from bridge.ports import Envelope
from bridge.redaction import without

_LOST = (SMTPException, OSError)


@dataclass(frozen=True, slots=True)
class SubmissionServer:
    """The submission server and how to speak with it.

    Attributes:
        security: ``tls`` from the first byte (port 465), ``starttls`` (587), ``none`` (loopback).
        username: for AUTH; None sends without logging in.
        ehlo_name: what we call ourselves.
        connect_seconds: for the connection, the TLS handshake and the greeting.
        command_seconds: for each reply; RFC 5321 section 4.5.3.2 asks for five minutes.
        data_seconds: for the reply to the final dot; the same section asks for ten minutes.
        tls_context: whom to trust; None trusts what the system trusts.
    """

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ehlo_name: str = "localhost"
    connect_seconds: float = 30
    command_seconds: float = 300
    data_seconds: float = 600
    tls_context: ssl.SSLContext | None = None


class Submission:
    """The mail deliverer's ``MailWriter``, and what ``seconded check`` asks, on a real server."""

    def __init__(self, server: SubmissionServer) -> None:
        self._server = server

    async def send(self, envelope: Envelope) -> str:
        """Hand the mail over and return the server's reply, addresses blotted out.

        Raises:
            Transient: try again; ``outcome_unknown`` when the mail may have been taken.
            Permanent: the server refused this mail or one of its addresses for good.
        """
        async with self._connection() as client:
            for words in _commands(client, envelope):
                await self._command(client, *words)
            await self._command(client, b"DATA", wanted=354)
            return await self._transfer(client, envelope.raw)

    async def login(self) -> str:
        """Connect, log in if there is a username, say goodbye, and return a sentence about it.

        Raises:
            Transient: the server cannot be reached, or does not let us in; the message says why.
        """
        async with self._connection():
            entry = "without a login" if self._server.username is None else "and has let us log in"
            return f"{self._where} answers with security {self._server.security}, {entry}"

    @property
    def _where(self) -> str:
        return f"{self._server.host}:{self._server.port}"

    @property
    def _proofs(self) -> tuple[str, ...]:
        """What we log in with, in the forms in which a server could repeat it (RFC 4616)."""
        password = self._server.password
        if password is None:
            return ()
        raw = password.encode()
        plain = b"\0" + (self._server.username or "").encode() + b"\0" + raw
        return (password, *(base64.b64encode(one).decode("ascii") for one in (raw, plain)))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """Connect, say EHLO, log in; say goodbye, or just hang up after a failure."""
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=server.ehlo_name,
            timeout=server.command_seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=server.tls_context,
        )
        try:
            try:
                await client.connect(timeout=server.connect_seconds)
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
            except _LOST as err:
                said = without(_reason(err), self._proofs)
                # Not chained: the error would carry what the server repeated.
                raise Transient(f"{self._where} does not let us in: {said}") from None
            yield client
            # The mail is delivered by now: how the goodbye goes is of no interest.
            with contextlib.suppress(*_LOST):
                await client.quit(timeout=5)
        finally:
            client.close()

    async def _command(self, client: SMTP, *words: bytes, wanted: int = 250) -> None:
        """Send a command before any of the mail's bytes and insist on the reply."""
        try:
            code, text = await client.execute_command(*words)
        except _LOST as err:
            verb = words[0].decode("ascii")
            raise Transient(f"{self._where} was lost at {verb}: {_reason(err)}") from err
        # RFC 5321 section 4.2.3: 251 is "not local, will forward", a yes as well.
        if code != wanted and (wanted, code) != (250, 251):
            self._refuse(code, text)

    async def _transfer(self, client: SMTP, raw: bytes) -> str:
        """Send the mail's bytes and the final dot; return the server's reply."""
        protocol = client.protocol
        if protocol is None:
            raise Transient(f"{self._where} was lost at DATA")
        try:
            protocol.write(_as_data(raw))
            code, text = await protocol.read_response(timeout=self._server.data_seconds)
        except _LOST as err:
            raise Transient(
                f"{self._where} was lost before it said whether it took the mail: {_reason(err)}",
                outcome_unknown=True,
            ) from err
        if code != 250:
            self._refuse(code, text)
        return f"{code} {_without_addresses(text)}"

    def _refuse(self, code: int, text: str) -> NoReturn:
        """Raise what the reply means (RFC 5321 section 4.2.1)."""
        sentence = f"{self._where} refused the mail: {code} {_without_addresses(text)}"
        raise (Permanent if 500 <= code <= 599 else Transient)(sentence)


def _commands(client: SMTP, envelope: Envelope) -> list[tuple[bytes, ...]]:
    """Return MAIL FROM with its parameters and a RCPT TO for each recipient.

    Raises:
        Permanent: an address cannot be written into a command, or the server cannot carry it.
    """
    addresses = (envelope.sender, *envelope.recipients)
    needs_utf8 = not all(address.isascii() for address in addresses)
    if needs_utf8 and not client.supports_extension("smtputf8"):
        raise Permanent("the submission server cannot carry an address with such letters")
    parameters = {
        b"SMTPUTF8": needs_utf8,
        b"BODY=8BITMIME": not envelope.raw.isascii() and client.supports_extension("8bitmime"),
        b"SIZE=%d" % len(envelope.raw): client.supports_extension("size"),
    }
    wanted = tuple(parameter for parameter, is_wanted in parameters.items() if is_wanted)
    sender, *recipients = (_path(address) for address in addresses)
    return [(b"MAIL", b"FROM:" + sender, *wanted), *((b"RCPT", b"TO:" + to) for to in recipients)]


def _path(address: str) -> bytes:
    """Return the address in angle brackets; the empty one is the null sender.

    Raises:
        Permanent: it would end the path or the line early, and so inject into the command.
    """
    if any(letter in "<>" or letter.isspace() or not letter.isprintable() for letter in address):
        raise Permanent("an address has white space, brackets or control characters in it")
    return b"<" + address.encode("utf-8") + b">"


def _as_data(raw: bytes) -> bytes:
    """Return the mail as DATA wants it (RFC 5321 section 4.5.2).

    Every line ends in CR LF, a leading dot is doubled, and the final dot follows. A bare CR or LF
    becomes a line end, so nothing inside the mail can end it early for anybody.
    """
    lines = (b"." + line if line.startswith(b".") else line for line in raw.splitlines())
    return b"".join(line + b"\r\n" for line in lines) + b".\r\n"


def _reason(err: BaseException) -> str:
    """Return what went wrong, with the server's code if it gave one."""
    code = f"{err.code} " if isinstance(err, SMTPResponseException) else ""
    text = err.message if isinstance(err, SMTPException) else str(err)
    return code + _without_addresses(str(text) or type(err).__name__)


def _without_addresses(text: str) -> str:
    """Return the text on one line with every address blotted out: it ends up in logs."""
    return " ".join("<address>" if "@" in word else word for word in text.split())
