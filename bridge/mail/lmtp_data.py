"""Reads a mail's bytes from the wire, between DATA and the final dot (RFC 5321 section 4.5.2)."""

from __future__ import annotations

import asyncio

PIECE = 64 * 1024
"""The StreamReader's limit: a longer line is taken in pieces, so memory is bounded and the line is
not. RFC 5321 section 4.5.3.1.6 allows 1,000 bytes; real list mail has lines of 100 kB."""

_END = b".\r\n"


async def read_data(reader: asyncio.StreamReader, *, limit: int) -> bytes | None:
    """Return the mail without transparency dots, or None when it has more bytes than the limit.

    Only CR LF ends a line, so ``LF . LF``, ``CR . CR`` and ``LF . CR LF`` stay inside the mail and
    nothing can be smuggled behind them (RFC 5321 section 2.3.8). A mail over the limit is read to
    its end, because the client listens only then, but not kept.

    Raises:
        asyncio.IncompleteReadError: the client hung up before the final dot.
    """
    pieces: list[bytes] = []
    size = 0
    begins_line = True
    while True:
        piece = await _next_piece(reader)
        if begins_line and piece.startswith(b"."):
            if piece == _END:
                return b"".join(pieces) if size <= limit else None
            piece = piece[1:]
        begins_line = piece.endswith(b"\r\n")
        size += len(piece)
        if size <= limit:
            pieces.append(piece)
        else:
            pieces.clear()


async def _next_piece(reader: asyncio.StreamReader) -> bytes:
    """Return the next line with its end, or a part of a line too long for the buffer."""
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError as overrun:
        return await reader.readexactly(overrun.consumed)
