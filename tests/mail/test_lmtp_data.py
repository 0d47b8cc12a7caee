"""The bytes between DATA and the final dot, without a socket."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.mail.lmtp_data import PIECE, read_data

END = b".\r\n"
NEXT = b"NOOP\r\n"


def stuffed(raw: bytes) -> bytes:
    """Return the mail as a client sends it (RFC 5321 section 4.5.2)."""
    lines = raw.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


def read(*chunks: bytes, limit: int = 10_000_000) -> tuple[bytes | None, bytes]:
    """Return the mail and what was left for the next command; chunks come one after the other."""

    async def feed_and_read() -> tuple[bytes | None, bytes]:
        reader = asyncio.StreamReader(limit=PIECE)
        reading = asyncio.ensure_future(read_data(reader, limit=limit))
        for chunk in chunks:
            reader.feed_data(chunk)
            await asyncio.sleep(0)
        reader.feed_eof()
        return await reading, await reader.read()

    return asyncio.run(feed_and_read())


MARKS = st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"\r\n.", b"a", b"\xff", b"b" * PIECE])


@settings(max_examples=100, deadline=None)
@given(st.lists(MARKS).map(b"".join), st.lists(st.integers(1, 200), max_size=5))
def test_any_bytes_arrive_unchanged_however_the_network_cuts_them(
    body: bytes, cuts: list[int]
) -> None:
    sent = stuffed(body + b"\r\n") + END + NEXT
    edges = [0, *sorted(cut % len(sent) for cut in cuts), len(sent)]
    chunks = [sent[start:end] for start, end in itertools.pairwise(edges) if end > start]
    assert read(*chunks) == (body + b"\r\n", NEXT)


@pytest.mark.parametrize("around", [-3, -2, -1, 0, 1, 2])
def test_a_line_that_ends_where_the_buffer_ends_stays_one_line(around: int) -> None:
    raw = b"a" * (PIECE + around) + b"\r\n.b\r\n"
    assert read(stuffed(raw) + END + NEXT) == (raw, NEXT)


def test_an_empty_mail_is_a_mail() -> None:
    assert read(END + NEXT) == (b"", NEXT)


@pytest.mark.parametrize(("size", "is_kept"), [(998, True), (999, False), (500_000, False)])
def test_a_mail_over_the_limit_is_read_to_its_end_but_not_kept(size: int, *, is_kept: bool) -> None:
    raw = b"x" * size + b"\r\n"
    assert read(raw + END + NEXT, limit=1000) == (raw if is_kept else None, NEXT)


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r"]
)
def test_a_false_end_does_not_end_the_mail(end: bytes) -> None:
    raw, rest = read(b"a" + end + b"MAIL FROM:<x@example.org>\r\n" + END + NEXT)
    assert raw is not None
    assert raw.endswith(b"MAIL FROM:<x@example.org>\r\n")
    assert rest == NEXT


def test_a_client_that_hangs_up_has_sent_no_mail() -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        read(b"Subject: half a mail\r\n")
