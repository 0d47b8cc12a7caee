"""The listener that takes mail from Postfix or Mailman; ``lmtp_session`` is what it says to them.

It refuses to look into a mail, to decide who may write, and to offer TLS or AUTH: it stands behind
an MTA, on loopback or a private network.
"""

from __future__ import annotations

import asyncio

from bridge.errors import ConfigError
from bridge.mail.lmtp_session import CLOSING, SESSIONS, Arrival, House, Intake, Terms

__all__ = ["Arrival", "Intake", "Listener", "Terms"]


class Listener:
    """Accepts connections in the running event loop, from ``start`` to ``stop``."""

    def __init__(self, intake: Intake, terms: Terms) -> None:
        self.terms = terms
        self._house = House(intake, terms)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port in use, also when ``terms.port`` is 0; 0 before ``start``."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: the address cannot be listened on.
        """
        session = SESSIONS[self.terms.protocol]
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: session(self._house),
                self.terms.host,
                self.terms.port,
                backlog=256,
            )
        except OSError as err:
            where = f"{self.terms.host}:{self.terms.port}"
            raise ConfigError([f"mail.listen: cannot listen on {where}: {err.strerror}"]) from err

    async def stop(self) -> None:
        """Take no more mail, let running transactions end, then close every connection."""
        if self._server is None:
            return
        self._house.is_stopping = True
        self._server.close()
        for session in tuple(self._house.sessions):
            if not session.is_in_transaction:
                session.dismiss(CLOSING)
        running = [session.conversation() for session in self._house.sessions]
        if running:
            await asyncio.wait(running, timeout=self.terms.stop_seconds)
        for session in tuple(self._house.sessions):
            session.dismiss(CLOSING, at_once=True)
        for session in tuple(self._house.sessions):
            await session.gone()
        await self._server.wait_closed()
        self._server = None
