"""The difference between two texts, word by word, for people to read (spec 2.7).

Lines are compared first and words only inside what changed, so that a long text costs little;
a stretch too large to compare word by word is shown as one taken out and one put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

MOST_WORDS: Final = 2_000
"""Words of one changed stretch that are compared; matching is quadratic at worst."""

MOST_WORDS_IN_ALL: Final = 20_000
MOST_LINES: Final = 2_000
AROUND: Final = 1
"""Unchanged lines shown on each side of a change."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the difference: ``same``, ``out``, ``into`` or ``gap`` (unchanged, left out)."""

    kind: str
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces that lead from one text to the other; none when they are the same."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if before == after:
        return ()
    if len(before) + len(after) > MOST_LINES:
        return (Piece("out", old), Piece("into", new))
    pieces: list[Piece] = []
    left = MOST_WORDS_IN_ALL
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    codes = matcher.get_opcodes()
    for number, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            is_first, is_last = number == 0, number == len(codes) - 1
            pieces += _context(before[a:b], is_first=is_first, is_last=is_last)
        else:
            olds, news = (_words("".join(lines)) for lines in (before[a:b], after[c:d]))
            left -= len(olds) + len(news)
            pieces += _by_words(olds, news, is_dear=left < 0)
    return tuple(pieces)


def plain_diff(pieces: Sequence[Piece]) -> str:
    """Return the difference as text: ``[-taken out-]`` and ``{+put in+}``, as git shows words."""
    shown = {"same": "{}", "gap": "{}", "out": "[-{}-]", "into": "{{+{}+}}"}
    return "".join(_marked(shown[piece.kind], piece.text) for piece in pieces)


def _marked(form: str, text: str) -> str:
    """Put marks around a text, its blank edges left outside."""
    core = text.strip()
    if not core:
        return text
    begin = len(text) - len(text.lstrip())
    return text[:begin] + form.format(core) + text[begin + len(core) :]


def _context(lines: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[Piece]:
    head = [] if is_first else lines[:AROUND]
    tail = [] if is_last else lines[-AROUND:]
    if len(head) + len(tail) >= len(lines):
        yield Piece("same", "".join(lines))
        return
    yield Piece("same", "".join(head))
    yield Piece("gap", "[…]\n")
    yield Piece("same", "".join(tail))


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\S+", text)


def _by_words(before: Sequence[str], after: Sequence[str], *, is_dear: bool) -> Iterator[Piece]:
    if is_dear or len(before) + len(after) > MOST_WORDS:
        yield from _changed("".join(before), "".join(after))
        return
    out, into = "", ""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        taken, put = "".join(before[a:b]), "".join(after[c:d])
        if tag != "equal" or ((out or into) and not taken.strip() and b < len(before)):
            # Changes with nothing but blanks between them are read as one.
            out, into = out + taken, into + put
            continue
        yield from _changed(out, into)
        out, into = "", ""
        yield Piece("same", taken)
    yield from _changed(out, into)


def _changed(out: str, into: str) -> Iterator[Piece]:
    if out:
        yield Piece("out", out)
    if into:
        yield Piece("into", into)
