"""One queue of the post office: mails for one address, handed on by LMTP in order, never lost."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bridge.demo.lmtp import hand_over
from bridge.errors import Permanent, Transient

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A mail the far end refused for good, and its answer."""

    address: str
    raw: bytes
    reason: str


class Route:
    """A thread that hands mails to an LMTP port and tries again until each was taken.

    It gives a mail up for one reason only: a 5xx answer, told to ``on_refusal``.
    """

    def __init__(self, address: str, port: int, *, on_refusal: Callable[[Refusal], object]) -> None:
        """Begin to hand on; ``port`` is on 127.0.0.1."""
        self._address = address
        self._port = port
        self._on_refusal = on_refusal
        self._mails: deque[tuple[bytes, str]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        # A daemon, so that a forgotten route cannot keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"route {address}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Return how many mails were not taken yet."""
        return len(self._mails)

    def put(self, raw: bytes, sender: str) -> None:
        """Queue a mail; safe to call from any thread, returns at once."""
        with self._changed:
            self._mails.append((raw, sender))
            self._changed.notify_all()

    def close(self) -> None:
        """Stop after the mail that is being handed over."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while self._wait_for_mail():
            raw, sender = self._mails[0]
            try:
                hand_over(self._port, raw, sender=sender, recipient=self._address)
            except Transient:
                self._pause(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            except Permanent as err:
                self._on_refusal(Refusal(self._address, raw, str(err)))
            self._mails.popleft()
            pause = _FIRST_PAUSE

    def _wait_for_mail(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._mails)
            return not self._is_closed

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed, timeout=seconds)
