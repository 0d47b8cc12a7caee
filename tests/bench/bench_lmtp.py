"""A fast mail server in front of the bridge: LMTP over persistent connections.

The commands of a mail are pipelined (RFC 2920), as Postfix does it: two round trips a mail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Self

from bench_mails import ListMail

from bridge.demo.ports import LOOPBACK


class RefusedError(Exception):
    """The bridge did not take a mail; the benchmark would measure something else."""


class Connection:
    """One LMTP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Self:
        connection = cls(*await asyncio.open_connection(LOOPBACK, port))
        await connection._expect(220)
        connection._writer.write(b"LHLO bench.demo\r\n")
        await connection._expect(250)
        return connection

    async def hand_over(self, mail: ListMail) -> None:
        """Return when the bridge has said 250.

        Raises:
            RefusedError: it said something else.
        """
        await self.hand_over_raw(mail.raw, mail.envelope_sender, mail.recipient)

    async def hand_over_raw(self, raw: bytes, sender: str, recipient: str) -> None:
        commands = f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"
        self._writer.write(commands.encode())
        for code in (250, 250, 354):
            await self._expect(code)
        # No line of these mails begins with a dot.
        self._writer.write(raw + b".\r\n")
        await self._expect(250)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def _expect(self, code: int) -> None:
        while (line := await self._reader.readline())[3:4] == b"-":
            pass
        if not line.startswith(str(code).encode()):
            raise RefusedError(f"{line!r} instead of {code}")


async def hand_over_all(port: int, mails: Iterable[ListMail], *, connections: int = 4) -> None:
    """Hand mails over on several connections; return when each was answered 250.

    A list's server hands a thread over in order, and several lists side by side: so does this.
    """
    waiting = iter(mails)
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_work(port, waiting))


async def _work(port: int, waiting: Iterator[ListMail]) -> None:
    connection = await Connection.open(port)
    try:
        for mail in waiting:
            await connection.hand_over(mail)
    finally:
        await connection.close()
