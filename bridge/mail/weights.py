"""How much a mail weighs on its way, and how one becomes light enough that no list holds it.

Lists hold what is larger than they expect: Mailman 40 kB, others 30. What counts is the mail as
it travels, where quoted-printable makes three bytes of each one beyond ASCII.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from bridge.domain.acts import Act

HEAVIEST_BODY: Final = 26_000
"""Bytes of a body on its way; with its headers below the 30 kB from which lists hold a mail."""
LONGEST_TEXT: Final = 20_000
"""Bytes on its way of a text that no post holds, so that a call has to repeat it."""
LONGEST_WORDS: Final = 2_000
"""Bytes of what one person said."""

_LONGEST_LINE: Final = 900
"""Bytes; an address that is longer makes the whole mail quoted-printable (``compose``)."""
_EQUALS: Final = 61

T = TypeVar("T")


def weight(body: str) -> int:
    """Return the bytes of a body on its way; rather some too many than one too few."""
    raw = body.encode("utf-8", "replace")
    lines = raw.split(b"\n")
    if raw.isascii() and all(len(line) <= _LONGEST_LINE for line in lines):
        return len(raw) + len(lines) + 1
    coded = len(raw) + 2 * sum(byte > 126 or byte == _EQUALS for byte in raw)
    # A coded line ends after 76 bytes, three of which say that it goes on; a blank before the
    # end of a line is coded, too.
    return coded + coded // 24 + 3 * len(lines) + 1


def fitting(text: Callable[[T], tuple[str, str]], sizes: Sequence[T]) -> tuple[str, str]:
    """Return the first text whose body is light enough for a list, else the last.

    Args:
        text: makes subject and body of a size.
        sizes: what to try, the largest first.
    """
    for size in sizes[:-1]:
        subject, body = text(size)
        if weight(body) <= HEAVIEST_BODY:
            return subject, body
    return text(sizes[-1])


def cut(said: str, most: int) -> tuple[str, bool]:
    """Return the words within so many bytes, and whether some are left out."""
    raw = said.strip().encode("utf-8", "replace")
    if len(raw) <= most:
        return said.strip(), False
    return raw[: max(0, most)].decode("utf-8", "ignore").rstrip() + " …", True


def said_with(act: Act, words: Mapping[int, str], most: int) -> tuple[str | None, bool]:
    """Return what was said with an act, and whether it was cut.

    "" when it came without words, None when they were erased.
    """
    said = words.get(act.seq) if act.with_text else ""
    return (said, False) if not said else cut(said, most)
