"""A submission server in memory, and what runs a real one on loopback.

The fake is a MailWriter held to the contract of the real adapter.

It keeps what was delivered. What servers and networks do to a mail is asked for by name, once:
``reply_at``, ``hang_up_at``. Without that it takes everything, as most servers do.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from aiosmtpd.smtp import SMTP

from bridge.errors import Permanent, Transient
from bridge.ports import Envelope

ACCEPTED = "250 2.0.0 Ok: queued"
FINAL_DOT = "the final dot"
STAGES = ("MAIL", "RCPT", "DATA", FINAL_DOT)
"""Where a transaction can fail, in order."""


@dataclass
class FakeSmtp:
    """A server without a network.

    Attributes:
        delivered: what it took, as it would stand in a mailbox: lines end in CR LF.
        attempts: how many mails were tried, delivered or not.
    """

    delivered: list[Envelope] = field(default_factory=list)
    attempts: int = 0
    carries_utf8: bool = True
    _replies: dict[str, int] = field(default_factory=dict)
    _hang_ups: list[tuple[str, bool]] = field(default_factory=list)

    def reply_at(self, stage: str, code: int) -> None:
        """Let the next mail that comes to this stage hear this code."""
        self._replies[stage] = code

    def hang_up_at(self, stage: str, *, after_taking: bool = False) -> None:
        """Lose the connection at this stage, once; the mail may be taken before it is lost."""
        self._hang_ups.append((stage, after_taking))

    async def send(self, envelope: Envelope) -> str:
        """Deliver, or fail as it was asked to."""
        self.attempts += 1
        self._check_addresses(envelope)
        for stage in STAGES:
            self._fail_if_asked(stage, envelope)
        self._take(envelope)
        return ACCEPTED

    async def login(self) -> str:
        """Let everybody in."""
        return "the fake answers"

    def _check_addresses(self, envelope: Envelope) -> None:
        for address in (envelope.sender, *envelope.recipients):
            if not address.isprintable() or any(letter in "<> " for letter in address):
                raise Permanent("an address cannot be written into a command")
            if not address.isascii() and not self.carries_utf8:
                raise Permanent("the server cannot carry an address with such letters")

    def _fail_if_asked(self, stage: str, envelope: Envelope) -> None:
        for hang_up in [one for one in self._hang_ups if one[0] == stage]:
            self._hang_ups.remove(hang_up)
            if hang_up[1]:
                self._take(envelope)
            raise Transient(f"lost at {stage}", outcome_unknown=stage == FINAL_DOT)
        if stage in self._replies:
            self._refuse(self._replies.pop(stage))

    def _refuse(self, code: int) -> NoReturn:
        raise (Permanent if code >= 500 else Transient)(f"the server refused the mail: {code}")

    def _take(self, envelope: Envelope) -> None:
        raw = b"".join(line + b"\r\n" for line in envelope.raw.splitlines())
        self.delivered.append(Envelope(envelope.sender, envelope.recipients, raw))


@asynccontextmanager
async def serving(
    session: Callable[[], SMTP], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Listen on loopback with these aiosmtpd sessions; yields the port.

    At the end it waits until every connection is gone: the test must have closed its own.
    """
    sessions: list[SMTP] = []

    def begun() -> SMTP:
        sessions.append(session())
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(begun, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        while any(one.transport is not None for one in sessions):  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0)
