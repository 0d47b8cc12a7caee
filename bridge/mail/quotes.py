"""What a reader wants of a segmented body: the author's words, and a view with folded quotes.

Fold, never delete: what is quoted stands in a folded piece, and the last quoted paragraph before
own words stays open, because it is what they answer. Signature, list footer, disclaimer and scrub
markers are nobody's words; they stay in the stored post only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.mail.blocks import Block, Kind
from bridge.mail.lines import Line, split_lines

_BLANK_RUN = re.compile(r"\n(?:[ \t]*\n){2,}")
_SPACES = re.compile(r"\s+")
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
        meta: of a forward: ``from``, ``date``, ``subject``, ``to`` as far as known; of a quoted
            paragraph: ``said``, the line above it that says whose words it is.
        depth: inside how many quotes it stood (a forward may sit in a quote; own words are at 0).
        spans: of own words: where they stand in the body, as (start, end).
    """

    kind: PieceKind
    text: str
    lines: int
    meta: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0
    spans: tuple[tuple[int, int], ...] = ()


def own_text(body: str, blocks: Sequence[Block]) -> str:
    """Return the author's own words: no quotes, forwards, signature or footer."""
    own = (body[block.start : block.end] for block in blocks if block.kind is Kind.TEXT)
    return _tidy("\n".join(part.strip("\n") for part in own))


def reply_text(body: str, blocks: Sequence[Block]) -> str:
    """Return own words with the quoted paragraphs they answer, and forwards, in order."""
    shown = (_spoken(piece) for piece in room_view(body, blocks))
    return "\n\n".join(text for text in shown if text)


def room_view(body: str, blocks: Sequence[Block]) -> tuple[Piece, ...]:
    """Return the post as a room shows it, in order."""
    source = _Source(body, split_lines(body))
    pieces: list[Piece] = []
    folded: list[Block] = []
    own: list[Block] = []
    for block in blocks:
        if block.kind is Kind.TEXT:
            if body[block.start : block.end].strip():
                pieces.extend(_answered(source, folded))
                folded.clear()
                own.append(block)
            continue
        if block.kind in (*_FOLDED, Kind.FORWARD):
            pieces.extend(_own(body, own))
            own.clear()
        if block.kind is Kind.FORWARD:
            pieces.extend(_fold(source, folded))
            folded.clear()
            pieces.extend(_forward(source, block))
        elif block.kind in _FOLDED:
            folded.append(block)
    return (*pieces, *_own(body, own), *_fold(source, folded))


@dataclass(frozen=True, slots=True)
class _Source:
    """A body and its lines."""

    body: str
    lines: Sequence[Line]

    def lines_of(self, block: Block) -> Sequence[Line]:
        """Return the lines a block holds."""
        first = bisect_left(self.lines, block.start, key=_start)
        return self.lines[first : bisect_left(self.lines, block.end, lo=first, key=_start)]


def _start(line: Line) -> int:
    return line.start


def _spoken(piece: Piece) -> str:
    """Return a piece as plain text; folded ones are left out."""
    if piece.kind is PieceKind.FOLDED:
        return ""
    if piece.kind is PieceKind.QUOTED:
        return "\n".join(f"> {line}".rstrip() for line in piece.text.split("\n"))
    head = [f"{name.capitalize()}: {value}" for name, value in piece.meta.items()]
    return "\n".join([*head, "", piece.text]) if head else piece.text


def _own(body: str, blocks: Sequence[Block]) -> Iterator[Piece]:
    text = own_text(body, blocks)
    if text:
        spans = tuple((block.start, block.end) for block in blocks)
        yield Piece(PieceKind.OWN, text, _count(text), spans=spans)


def _answered(source: _Source, blocks: Sequence[Block]) -> Iterator[Piece]:
    """Yield the fold, then the last quoted paragraph, which the own words below answer."""
    quoted = [k for k, block in enumerate(blocks) if block.kind is Kind.QUOTE]
    last = next((k for k in reversed(quoted) if _shown(source, [blocks[k]])), None)
    if last is None:
        yield from _fold(source, blocks)
        return
    block = blocks[last]
    lines = _shown(source, [block]).split("\n")
    top = max((k + 1 for k, line in enumerate(lines) if not line.strip()), default=0)
    before = _shown(source, blocks[:last])
    meta: Mapping[str, str] = {}
    if before and not top and all(each.kind is Kind.ATTRIBUTION for each in blocks[:last]):
        meta = {"said": _SPACES.sub(" ", before).strip("> ")}
    else:
        above = "\n".join([before, *lines[:top]])
        yield from _folded(above, min(each.depth for each in blocks))
    paragraph = "\n".join(lines[top:])
    yield Piece(PieceKind.QUOTED, paragraph, _count(paragraph), meta, block.depth)


def _fold(source: _Source, blocks: Sequence[Block]) -> Iterator[Piece]:
    if blocks:
        yield from _folded(_shown(source, blocks), min(block.depth for block in blocks))


def _folded(text: str, depth: int) -> Iterator[Piece]:
    lines = text.split("\n")
    filled = [k for k, line in enumerate(lines) if _is_filled(line)]
    if filled:
        tidy = "\n".join(lines[filled[0] : filled[-1] + 1])
        yield Piece(PieceKind.FOLDED, tidy, _count(tidy), depth=depth)


def _forward(source: _Source, block: Block) -> Iterator[Piece]:
    text = _forward_text(source, block)
    if text:
        yield Piece(PieceKind.FORWARD, text, _count(text), block.meta, block.depth)


def _forward_text(source: _Source, block: Block) -> str:
    """Return a forward's content without its own quote signs, header, footers and markers."""
    kept = [each for each in block.blocks if each.kind not in (Kind.FOOTER, Kind.SCRUB)]
    own = min((each.depth for each in kept if each.kind is Kind.TEXT), default=block.depth)
    return _tidy(_shown(source, kept, outer=own))


def _shown(source: _Source, blocks: Sequence[Block], *, outer: int | None = None) -> str:
    """Return the lines of blocks with the quote signs beyond ``outer`` (the least depth)."""
    least = outer if outer is not None else min((b.depth for b in blocks), default=0)
    shown = [
        f"{'>' * deeper} {line.text}".strip() if deeper else line.text.rstrip()
        for block in blocks
        for line in source.lines_of(block)
        for deeper in [max(line.depth - least, 0)]
    ]
    return "\n".join(shown).strip("\n")


def _tidy(text: str) -> str:
    return _BLANK_RUN.sub("\n\n", text).strip()


def _count(text: str) -> int:
    return sum(1 for line in text.split("\n") if _is_filled(line))


def _is_filled(line: str) -> bool:
    return bool(line.strip("> \t"))
