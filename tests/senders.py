"""Mail servers in front of the bridge: they offer each mail until it is acknowledged."""

from __future__ import annotations

import itertools
import queue
import smtplib
import threading
from collections.abc import Iterable, Sequence
from typing import Self

from list_copies import Copy

from bridge.demo.ports import LOOPBACK

CONNECTIONS = 4
_PAUSE = 0.01


class Senders:
    """Four connections that hand mails over; a mail that got no 250 is offered again.

    Attributes:
        acknowledged: Message-IDs that were answered 250.
        refused: what was answered otherwise than 2xx and 4xx; there must be nothing.
    """

    def __init__(self, ports: Sequence[int], copies: Iterable[Copy]) -> None:
        """Queue the mails.

        Args:
            ports: of the listeners that take them; a connection that is lost goes to the next.
            copies: the mails.
        """
        self.acknowledged: set[str] = set()
        self.refused: list[str] = []
        self._ports = ports
        self._waiting: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for copy in copies:
            self._waiting.put(copy)
        self._unanswered = self._waiting.qsize()
        self._is_closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(CONNECTIONS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed.set()
        for thread in self._threads:
            thread.join()

    @property
    def is_done(self) -> bool:
        """Whether every mail was answered for good."""
        return len(self.acknowledged) + len(self.refused) == self._unanswered

    def _work(self, number: int) -> None:
        for turn in itertools.count(number):
            if self._is_closed.is_set() or self.is_done:
                return
            port = self._ports[turn % len(self._ports)]
            try:
                with smtplib.LMTP(LOOPBACK, port, "localhost", timeout=60) as connection:
                    self._send_over(connection)
            except OSError:
                # Nobody listens, or whoever did is gone: also every SMTPException.
                self._is_closed.wait(_PAUSE)

    def _send_over(self, connection: smtplib.LMTP) -> None:
        """Offer mails until the connection is lost or closed."""
        while not (self._is_closed.is_set() or self.is_done):
            try:
                copy = self._waiting.get(timeout=_PAUSE)
            except queue.Empty:
                continue
            self._offer(connection, copy)

    def _offer(self, connection: smtplib.LMTP, copy: Copy) -> None:
        """Offer a mail; unless it was answered for good, it waits again."""
        code = 0
        try:
            code = _answer(connection, copy)
        finally:
            if code == 250:
                self.acknowledged.add(copy.message_id)
            elif code >= 500:
                self.refused.append(f"{copy.message_id} {code}")
            else:
                self._waiting.put(copy)


def _answer(connection: smtplib.LMTP, copy: Copy) -> int:
    """Return the code of the answer that decides about the mail.

    Raises:
        OSError: the connection was lost before it.
    """
    try:
        connection.sendmail(copy.envelope_sender, [copy.mirrored.bridge_address], copy.raw)
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[copy.mirrored.bridge_address][0]
    except smtplib.SMTPResponseException as refused:
        # smtplib makes a code of its own (-1) of an answer it could not read.
        return max(refused.smtp_code, 0)
    return 250
