"""Set text in columns for a plain mail: at most 72 wide, long addresses on a line of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

WIDTH: Final = 72
"""Columns of a body line (spec 2.11, 8); counted in characters, as ``compose`` counts them."""

# What no mail body may hold: controls, Unicode's line ends, lone surrogates. Tab and LF may stay.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff\ufffe\uffff]"
)
_ADDRESS: Final = re.compile(r"\W{0,2}https?://\S+")


def printable(text: str) -> str:
    """Return the text with every sign that a mail body cannot hold shown as U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def one_line(text: str, longest: int = 80) -> str:
    """Return text fit for a Subject: one line, no direction marks, cut at ``longest``."""
    line = " ".join(_INVISIBLE.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def wrap(text: str, first: str = "", rest: str | None = None) -> str:
    """Return one paragraph set in columns.

    Args:
        text: its white space does not matter.
        first: what the first line begins with.
        rest: what every other line begins with; as ``first`` unless told.
    """
    indent = first if rest is None else rest
    lines, line, is_empty = [], first, True
    for word in _words(text, WIDTH - max(len(first), len(indent))):
        if not is_empty and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line, is_empty = indent, True
        line = f"{line}{'' if is_empty else ' '}{word}"
        is_empty = False
    return "\n".join(each.rstrip() for each in [*lines, line])


def fold(text: str) -> str:
    """Return the text with its lines as they are, save that long ones are folded at a space."""
    return "\n".join(_folded(line) for line in printable(text).split("\n"))


def dotted(label: str, width: int, number: int, digits: int) -> str:
    """Return ``label ......... 7``, the number right-aligned in ``digits`` columns."""
    return f"{label + ' ':.<{width}} {number:>{digits}}"


def quoted(said: str, name: str, indent: str = "  ") -> str:
    """Return ``name: "what was said"`` word for word, its paragraphs kept, set in columns."""
    lines = f'{name}: "{said.strip()}"'.splitlines()
    return "\n".join(wrap(line, indent) if line.strip() else "" for line in lines)


def _folded(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    indent = line[: len(line) - len(line.lstrip())][:24].replace("\t", "    ")[:24]
    return wrap(line, indent)


def _words(text: str, room: int) -> Iterator[str]:
    """Yield words, longer ones in pieces; an address is never cut."""
    for word in printable(text).split():
        if _ADDRESS.match(word):
            yield word
            continue
        yield from (word[start : start + room] for start in range(0, len(word), room))
