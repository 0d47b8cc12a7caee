"""The lines of a body, with their quote depth: what every recogniser of blocks looks at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# "> > text", ">>> text", and the single space some clients put in front.
_QUOTE_SIGNS = re.compile(r" ?(?:>[ \t]?)+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the body.

    Attributes:
        start: first code point in the body, quote signs included.
        end: one past its line end.
        depth: how many quote signs it has.
        text: without quote signs and trailing white space.
    """

    start: int
    end: int
    depth: int
    text: str


def split_lines(body: str) -> tuple[Line, ...]:
    """Return the lines of a body whose line ends are LF; nothing else ends a line."""
    found: list[Line] = []
    start = 0
    for raw in body.splitlines(keepends=True) if _only_lf(body) else _split_lf(body):
        end = start + len(raw)
        signs = _QUOTE_SIGNS.match(raw) if raw[0] in " >" else None
        if signs and not _is_escaped_from(raw, found):
            text = raw[signs.end() :].rstrip()
            found.append(Line(start, end, signs.group().count(">"), text))
        else:
            found.append(Line(start, end, 0, raw.rstrip()))
        start = end
    return tuple(found)


def next_filled(lines: Sequence[Line], index: int, *, blanks: int) -> int | None:
    """Return the first line with text from ``index`` on, at most ``blanks`` blank ones later."""
    for k in range(index, min(index + blanks + 1, len(lines))):
        if lines[k].text:
            return k
    return None


def paragraph_end(lines: Sequence[Line], index: int, *, most: int) -> int:
    """Return where the lines of one depth without a blank one end, at most ``most`` further."""
    k, limit = index, min(index + most, len(lines))
    while k < limit and lines[k].text and lines[k].depth == lines[index].depth:
        k += 1
    return k


def _split_lf(body: str) -> list[str]:
    parts = body.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _only_lf(body: str) -> bool:
    """Say whether ``splitlines`` (faster) would cut at LF only."""
    return body.isascii() and not any(sign in body for sign in "\r\v\f\x1c\x1d\x1e")


def _is_escaped_from(raw: str, before: list[Line]) -> bool:
    """Say whether ">From " is mbox escaping and no quote (RFC 4155): no quote stands above it."""
    return raw.startswith(">From ") and (not before or before[-1].depth == 0)
