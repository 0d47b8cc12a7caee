"""What each address of the demo received, and a way to wait for the next mail.

Filled from the post office's thread, read from any thread or event loop.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from functools import partial


class Mailboxes:
    """The mailboxes, by address in lower case; a mail is never removed."""

    def __init__(self) -> None:
        self._mails: defaultdict[str, list[bytes]] = defaultdict(list)
        self._wakers: list[Callable[[], object]] = []

    def deliver(self, address: str, raw: bytes) -> None:
        """Keep a mail and wake whoever waits; safe to call from any thread."""
        self._mails[address.lower()].append(raw)
        for wake in tuple(self._wakers):
            wake()

    def of(self, address: str) -> tuple[bytes, ...]:
        """Return the mails this address received, oldest first."""
        return tuple(self._mails.get(address.lower(), ()))

    async def wait_for(
        self, address: str, is_wanted: Callable[[Message], bool], *, seconds: float
    ) -> bytes:
        """Return the first mail of this address that is wanted; it may have come already.

        Args:
            address: whose mailbox.
            is_wanted: asked about each mail, parsed by the standard library (compat32).
            seconds: how long to wait.

        Raises:
            TimeoutError: names what came instead.
        """
        arrived = asyncio.Event()
        wake = partial(asyncio.get_running_loop().call_soon_threadsafe, arrived.set)
        self._wakers.append(wake)
        try:
            async with asyncio.timeout(seconds):
                while (found := self._first(address, is_wanted)) is None:
                    await arrived.wait()
                    arrived.clear()
                return found
        except TimeoutError as err:
            raise TimeoutError(self._disappointment(address, seconds)) from err
        finally:
            self._wakers.remove(wake)

    def _first(self, address: str, is_wanted: Callable[[Message], bool]) -> bytes | None:
        return next((raw for raw in self.of(address) if is_wanted(_headers(raw))), None)

    def _disappointment(self, address: str, seconds: float) -> str:
        subjects = [str(_headers(raw)["Subject"]) for raw in self.of(address)]
        return f"No such mail for {address} within {seconds:g} s; received: {subjects}"


def _headers(raw: bytes) -> Message:
    return BytesParser().parsebytes(raw)
