"""The demo's mail server: everything people, Mailman and the bridge send goes through it.

Every mail is kept in the mailbox of each of its recipients. An address that has a route is
also handed on by LMTP, one recipient a transaction and in order: the list's posting address
to Mailman, the bridge's subscribed address to the bridge's listener. While the other side is
down or answers 4xx the mail waits and is tried again, as a mail server's queue would do.

It listens in a thread of its own, so that it serves blocking callers (Mailman's set-up, the
fixtures of the real tests) as well as event loops. It knows no list and no bridge.
"""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bridge.demo.mailboxes import Mailboxes
from bridge.demo.ports import LOOPBACK, free_ports
from bridge.demo.route import Refusal, Route


class PostOffice:
    """An SMTP server on 127.0.0.1 with mailboxes and routes; a context manager.

    Attributes:
        port: where it listens.
        mailboxes: what each address received.
    """

    def __init__(self, port: int | None = None) -> None:
        """Choose the port; nothing listens yet."""
        self.port = port or free_ports(1)[0]
        self.mailboxes = Mailboxes()
        self._routes: dict[str, Route] = {}
        self._refusals: list[Refusal] = []
        self._controller = _Controller(_Counter(self.post), hostname=LOOPBACK, port=self.port)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening, then stop every route; what still waits is in the mailboxes."""
        self._controller.stop()
        for address in tuple(self._routes):
            self.close_route(address)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Return the mails that the far end of a route refused for good (5xx)."""
        return tuple(self._refusals)

    def route(self, address: str, port: int) -> None:
        """Hand mails for this address on by LMTP to this port of 127.0.0.1, from now on."""
        self.close_route(address)
        self._routes[address.lower()] = Route(address, port, on_refusal=self._refusals.append)

    def close_route(self, address: str) -> None:
        """Hand nothing on any more; what waits on the route is kept in the mailbox only."""
        route = self._routes.pop(address.lower(), None)
        if route is not None:
            route.close()

    def waiting(self, address: str) -> int:
        """Return how many mails wait to be handed on to this address."""
        route = self._routes.get(address.lower())
        return route.waiting if route else 0

    def post(self, raw: bytes, *, sender: str, recipients: tuple[str, ...]) -> None:
        """Take a mail as if it had come by SMTP: keep it, and queue it on the routes."""
        for recipient in recipients:
            # The route first: whoever waits for the mailbox finds the mail on its way.
            if route := self._routes.get(recipient.lower()):
                route.put(raw, sender)
            self.mailboxes.deliver(recipient, raw)

    async def wait_for(
        self, address: str, is_wanted: Callable[[Message], bool], *, seconds: float = 20
    ) -> bytes:
        """Return the first wanted mail of this address; see ``Mailboxes.wait_for``."""
        return await self.mailboxes.wait_for(address, is_wanted, seconds=seconds)


class _Counter:
    """The counter where mails are taken in (aiosmtpd's handler)."""

    def __init__(self, take: Callable[..., None]) -> None:
        self._take = take

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        self._take(raw, sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos))
        return "250 Kept"


class _Smtp(SMTP):
    # Seen in practice: one paragraph a line. RFC 5321 section 4.5.3.1.6 allows 1000 octets.
    line_length_limit = 1_000_000


class _Controller(Controller):
    """aiosmtpd's server in a thread, with our limits."""

    def factory(self) -> SMTP:
        return _Smtp(self.handler, enable_SMTPUTF8=True, ident="post office of the demo")
