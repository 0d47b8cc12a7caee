"""What a reader wants of a segmented body: the author's words, and a view with folded quotes.

Fold, never delete: what is quoted stands in a folded piece, and the last quoted paragraph before
own words stays open, because it is what they answer. Signature, list footer, disclaimer and scrub
markers are nobody's words; they stay in the stored post only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.mail.blocks import Block, Kind
from bridge.mail.lines import split_lines

_BLANK_RUN = re.compile(r"\n(?:[ \t]*\n){2,}")
_FOLDED = (Kind.QUOTE, Kind.ATTRIBUTION)


class PieceKind(StrEnum):
    """How a piece is shown."""

    OWN = "own"
    QUOTED = "quoted"
    FOLDED = "folded"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a post as a room shows it.

    Attributes:
        kind: own words; the quoted paragraph they answer; folded lines; a forward.
        text: to show, without the outer quote signs, never empty, lines ended by LF.
        lines: how many lines of it are not blank ("… 34 quoted lines").
        meta: of a forward: ``from``, ``date``, ``subject``, ``to`` as far as known.
        depth: inside how many quotes it stood (a forward may sit in a quote; own words are at 0).
    """

    kind: PieceKind
    text: str
    lines: int
    meta: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0


def own_text(body: str, blocks: Sequence[Block]) -> str:
    """Return the author's own words: no quotes, forwards, signature or footer."""
    own = (body[block.start : block.end] for block in blocks if block.kind is Kind.TEXT)
    return _tidy("\n".join(part.strip("\n") for part in own))


def reply_text(body: str, blocks: Sequence[Block]) -> str:
    """Return what the post adds to the thread: own words and forwards not quoted, in order."""
    added = (
        body[block.start : block.end] if block.kind is Kind.TEXT else _forward_text(body, block)
        for block in blocks
        if block.depth == 0 and block.kind in (Kind.TEXT, Kind.FORWARD)
    )
    return _tidy("\n\n".join(part.strip("\n") for part in added))


def room_view(body: str, blocks: Sequence[Block]) -> tuple[Piece, ...]:
    """Return the post as a room shows it, in order."""
    pieces: list[Piece] = []
    folded: list[Block] = []
    own: list[Block] = []
    for block in blocks:
        if block.kind is Kind.TEXT:
            if body[block.start : block.end].strip():
                pieces.extend(_answered(body, folded))
                folded.clear()
                own.append(block)
            continue
        if block.kind in (*_FOLDED, Kind.FORWARD):
            pieces.extend(_own(body, own))
            own.clear()
        if block.kind is Kind.FORWARD:
            pieces.extend(_fold(body, folded))
            folded.clear()
            pieces.extend(_forward(body, block))
        elif block.kind in _FOLDED:
            folded.append(block)
    return (*pieces, *_own(body, own), *_fold(body, folded))


def _own(body: str, blocks: Sequence[Block]) -> Iterator[Piece]:
    text = own_text(body, blocks)
    if text:
        yield Piece(PieceKind.OWN, text, _count(text))


def _answered(body: str, blocks: Sequence[Block]) -> Iterator[Piece]:
    """Yield the fold, then the last quoted paragraph, which the own words below answer."""
    quoted = [k for k, block in enumerate(blocks) if block.kind is Kind.QUOTE]
    last = next((k for k in reversed(quoted) if _shown(body, [blocks[k]])), None)
    if last is None:
        yield from _fold(body, blocks)
        return
    block = blocks[last]
    lines = _shown(body, [block]).split("\n")
    top = max((k + 1 for k, line in enumerate(lines) if not line.strip()), default=0)
    above = "\n".join([_shown(body, blocks[:last]), *lines[:top]])
    yield from _folded(above, min(each.depth for each in blocks))
    paragraph = "\n".join(lines[top:])
    yield Piece(PieceKind.QUOTED, paragraph, _count(paragraph), depth=block.depth)


def _fold(body: str, blocks: Sequence[Block]) -> Iterator[Piece]:
    if blocks:
        yield from _folded(_shown(body, blocks), min(block.depth for block in blocks))


def _folded(text: str, depth: int) -> Iterator[Piece]:
    lines = text.split("\n")
    filled = [k for k, line in enumerate(lines) if _is_filled(line)]
    if filled:
        tidy = "\n".join(lines[filled[0] : filled[-1] + 1])
        yield Piece(PieceKind.FOLDED, tidy, _count(tidy), depth=depth)


def _forward(body: str, block: Block) -> Iterator[Piece]:
    text = _forward_text(body, block)
    if text:
        yield Piece(PieceKind.FORWARD, text, _count(text), block.meta, block.depth)


def _forward_text(body: str, block: Block) -> str:
    """Return a forward's content without its own quote signs, header, footers and markers."""
    kept = [each for each in block.blocks if each.kind not in (Kind.FOOTER, Kind.SCRUB)]
    return _tidy(_shown(body, kept, outer=block.depth))


def _shown(body: str, blocks: Sequence[Block], *, outer: int | None = None) -> str:
    """Return the lines of blocks with the quote signs beyond ``outer`` (the least depth)."""
    least = outer if outer is not None else min((b.depth for b in blocks), default=0)
    shown = [
        f"{'>' * deeper} {line.text}".strip() if deeper else line.text
        for block in blocks
        for line in split_lines(body[block.start : block.end])
        for deeper in [max(line.depth - least, 0)]
    ]
    return "\n".join(shown).strip("\n")


def _tidy(text: str) -> str:
    return _BLANK_RUN.sub("\n\n", text).strip()


def _count(text: str) -> int:
    return sum(1 for line in text.split("\n") if _is_filled(line))


def _is_filled(line: str) -> bool:
    return bool(line.strip("> \t"))
