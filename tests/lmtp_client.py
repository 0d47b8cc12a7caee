"""A mailroom behind our listener, and a client that speaks with it over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from bridge.mail.lmtp import Arrival, Listener, Terms

LIST = "pc-3f9a@bridge.example.org"
SENDER = "pc-bounces@lists.example.org"
MAIL = b"Subject: Minutes\r\n\r\nHello.\r\n"
LMTP = Terms(protocol="lmtp", hostname="bridge.example.org")
SMTP = replace(LMTP, protocol="smtp")


class Mailroom:
    """An Intake that keeps what it accepted; a test gives it faults or a gate to wait at."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.fault_at_knows: BaseException | None = None
        self.fault_at_accept: BaseException | None = None
        self.gate: Callable[[], Awaitable[object]] | None = None
        self.entered = asyncio.Event()

    def knows(self, recipient: str) -> bool:
        if self.fault_at_knows is not None:
            raise self.fault_at_knows
        return recipient == LIST

    async def accept(self, arrival: Arrival) -> None:
        self.entered.set()
        if self.gate is not None:
            await self.gate()
        if self.fault_at_accept is not None:
            raise self.fault_at_accept
        self.arrivals.append(arrival)


class Client:
    """A client that sends bytes and reads replies, and is as rude as a test wants it to be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def reply(self) -> str:
        lines = [await self._reader.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(await self._reader.readline())
        return b"".join(lines).decode().rstrip("\r\n")

    async def say(self, line: str | bytes) -> str:
        self.send(line if isinstance(line, bytes) else line.encode())
        return await self.reply()

    def send(self, line: bytes) -> None:
        self._writer.write(line + b"\r\n")

    async def mail(self, raw: bytes = MAIL, *, to: str = LIST) -> list[str]:
        """Send one whole transaction and return the reply to each of its commands."""
        replies = [await self.say(f"MAIL FROM:<{SENDER}>"), await self.say(f"RCPT TO:<{to}>")]
        replies.append(await self.say("DATA"))
        if replies[-1].startswith("354"):
            replies.append(await self.say(raw + b"."))
        return replies

    async def is_hung_up(self) -> bool:
        return await self._reader.read() == b""

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@asynccontextmanager
async def listening(mailroom: Mailroom, terms: Terms = LMTP) -> AsyncIterator[Listener]:
    listener = Listener(mailroom, terms)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


@asynccontextmanager
async def connected(listener: Listener) -> AsyncIterator[Client]:
    """A client that has heard the greeting and said hello."""
    client = Client(*await asyncio.open_connection("127.0.0.1", listener.port))
    try:
        await client.reply()
        hello = "LHLO" if listener.terms.protocol == "lmtp" else "EHLO"
        await client.say(f"{hello} mx.example.org")
        yield client
    finally:
        await client.close()


def codes(replies: list[str]) -> list[str]:
    return [reply[:3] for reply in replies]
