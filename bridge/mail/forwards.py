"""Heads of forwards and of unmarked quotes, in any language that has header labels.

Three shapes: a marker line ("---------- Forwarded message ---------", "Begin forwarded message:")
with or without a header block below, all of it in one line (Yahoo), and a bare header block (From,
Sent, To, Subject) as Outlook writes it above what it forwards or answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bridge.mail import hints
from bridge.mail.headerblocks import HeaderBlock, header_name, inline_block, read_block
from bridge.mail.lines import Line, is_rule, next_filled
from bridge.mail.words import FORWARDED, ORIGINAL

LONGEST_MARKER = 100
MOST_HEADS = 1_000
"""A budget: no mail has as many forwards and quoted headers."""
SHORTEST_RULE = 5
_STRIPPED = " *\t\ufeff\u200b\u200e\u200f\u202a\u202b\u202c"
_NEEDED = frozenset({"from", "date", "subject"})
_MARKER = re.compile(
    r"(-{2,60}|={2,60}|_{2,60})([^-=_].{0,78}?)(?:\s?(-{2,60}|={2,60}|_{2,60})(.*))?$"
)


class Head(NamedTuple):
    """The head of a forward or of an unmarked quote.

    Attributes:
        first: its first line.
        end: one past its last line; the content begins there.
        is_forward: a marker says so; otherwise the reader decides.
        meta: ``from``, ``date``, ``subject``, ``to`` as far as they are there.
    """

    first: int
    end: int
    is_forward: bool
    meta: Mapping[str, str]


def heads(lines: Sequence[Line]) -> Iterator[Head]:
    """Yield every head, in order."""
    k = seen = 0
    while k < len(lines) and seen < MOST_HEADS:
        text = lines[k].text
        # Most lines can be no head; this looks at each of them once, cheaply.
        head = None
        if text and (
            text[0] in "-_=*~ \ufeff\u2014" or ":" in text[:LONGEST_MARKER] or "\uff1a" in text
        ):
            head = _head_at(lines, k, text.strip(_STRIPPED))
        if head:
            seen += 1
            yield head
        k = head.end if head else k + 1


def _head_at(lines: Sequence[Line], k: int, text: str) -> Head | None:
    if not text:
        return None
    if text[0] in "-=_" and not text[:3].isalnum() and text[:2] in ("--", "==", "__"):
        marker = _MARKER.match(text)
        if marker:
            return _dashed(lines, k, marker)
    if is_rule(text, least=SHORTEST_RULE):
        return _bare(lines, k, k + 1)
    if len(text) <= LONGEST_MARKER and hints.ends_in_colon(text):
        below = next_filled(lines, k + 1, blanks=2)
        named = below is not None and not lines[below].text.endswith(":")
        if named and header_name(lines[below or 0].text) and _says(text, FORWARDED):
            return _announced(lines, k)
    return _bare(lines, k, k) if text[-1] not in ":\uff1a" and header_name(text) else None


def _dashed(lines: Sequence[Line], k: int, marker: re.Match[str]) -> Head | None:
    words, closing, rest = (
        marker.group(2).strip(),
        marker.group(3),
        (marker.group(4) or "").strip("-=_* "),
    )
    if rest and len(rest) <= LONGEST_MARKER // 2 and ":" not in rest:
        # "---- Preposlaná správa --- Forwarded Message ----": one marker in two languages.
        words, rest = f"{words} {rest}", ""
    is_forward, is_original = _says(words, FORWARDED), _says(words, ORIGINAL)
    if rest:
        block = inline_block(rest, k + 1) if is_forward or is_original else None
        return Head(k, block.end, is_forward, block.meta) if block else None
    block = read_block(lines, k + 1, marked=True)
    if is_forward or is_original:
        return Head(k, block.end, is_forward, block.meta) if closing or block.meta else None
    if closing and len(marker.group(1)) >= 4 and hints.score(words) >= 4:
        # Zoho: "---- On Tue, 22 Dec 2015 14:17:36 +0530 Jane Doe <…> wrote ----".
        return Head(k, k + 1, is_forward=False, meta={})
    if closing and {"from", "subject"} <= block.meta.keys():
        return Head(k, block.end, is_forward=False, meta=block.meta)
    return None


def _announced(lines: Sequence[Line], k: int) -> Head | None:
    """Read "Begin forwarded message:"; a sentence that ends so has no header block below."""
    block = read_block(lines, k + 1, marked=True)
    if len(block.meta) < 2 or "from" not in block.meta:
        return None
    return Head(k, block.end, is_forward=True, meta=block.meta)


def _bare(lines: Sequence[Line], k: int, start: int) -> Head | None:
    """Read Outlook's block; a Jira or Bugzilla block lacks one of the three names."""
    block = read_block(lines, start, marked=False)
    if not block.meta.keys() >= _NEEDED or not _is_plausible(block):
        return None
    above = lines[k - 1] if k > 0 else None
    crowded = start == k and above and above.text and above.depth == lines[k].depth
    if crowded and "to" not in block.meta:
        return None
    return Head(k, block.end, is_forward=False, meta=block.meta)


def _is_plausible(block: HeaderBlock) -> bool:
    dated = any(sign.isdigit() for sign in block.meta["date"]) or "to" in block.meta
    return dated and bool(block.meta["from"])


def _says(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(word in folded for word in words)
