"""The body of a mail as blocks: what the author wrote, quoted, forwarded, or never wrote at all.

Blocks carry offsets into the body and tile it without gap or overlap, so a reader can always go
back to the source; nothing is deleted here. The recognisers mark line ranges in passes over the
whole body, each linear; ``segment`` then walks the lines once and cuts where the marks say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.mail import attributions, forwards, trailers
from bridge.mail.lines import Line, split_lines

MOST_NESTED_FORWARDS = 8
"""Deeper markers are text: the walk recurses once a forward, and mail is hostile."""


class Kind(StrEnum):
    """What a block of lines is."""

    TEXT = "text"
    QUOTE = "quote"
    ATTRIBUTION = "attribution"
    FORWARD = "forward"
    SIGNATURE = "signature"
    FOOTER = "footer"
    DISCLAIMER = "disclaimer"
    SCRUB = "scrub"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of whole lines of one kind.

    Attributes:
        depth: how many quote signs stand before its lines (0 = not quoted); an unmarked quote
            (Outlook) counts as one.
        start: first code point in the body.
        end: one past the last code point in the body.
        meta: of a forward: ``from``, ``date``, ``subject``, ``to`` as far as its header says.
        blocks: of a forward: its inner blocks; they tile what follows the forward's header.
    """

    kind: Kind
    depth: int
    start: int
    end: int
    meta: Mapping[str, str] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


def segment(body: str, *, forwarded: bool = False) -> tuple[Block, ...]:
    """Return the blocks of a body, in linear time.

    Args:
        body: decoded text, line ends LF.
        forwarded: the subject says "Fwd:", so an Outlook header block begins a forward and no
            quote.
    """
    lines = split_lines(body)
    walk = _Walk(lines, _marks(lines, forwarded=forwarded))
    return _tile(walk, _Range(0, len(lines)))


@dataclass(frozen=True, slots=True)
class _Mark:
    """Lines up to ``end`` are of this kind; a forward's mark covers its head only."""

    kind: Kind
    end: int
    meta: Mapping[str, str] = field(default_factory=dict)
    opens_quote: bool = False


@dataclass(frozen=True, slots=True)
class _Walk:
    lines: Sequence[Line]
    marks: Mapping[int, _Mark]


@dataclass(frozen=True, slots=True)
class _Range:
    """Lines to tile.

    Attributes:
        base: the quote depth at which lines are text.
        added: unmarked quotes around.
        nesting: forwards around.
    """

    first: int
    end: int
    base: int = 0
    added: int = 0
    nesting: int = 0


def _marks(lines: Sequence[Line], *, forwarded: bool) -> Mapping[int, _Mark]:
    """Return the marks by their first line. Where two begin, the earlier recogniser wins."""
    marks: dict[int, _Mark] = {}
    for first, end in trailers.scrubs(lines):
        marks.setdefault(first, _Mark(Kind.SCRUB, end))
    for first, end in trailers.footers(lines):
        marks.setdefault(first, _Mark(Kind.FOOTER, end))
    answered = False
    filled = 0
    for head in forwards.heads(lines):
        while filled < head.first and not answered:
            answered = bool(lines[filled].text)
            filled += 1
        is_forward = head.is_forward or forwarded or not answered
        kind = Kind.FORWARD if is_forward else Kind.ATTRIBUTION
        marks.setdefault(head.first, _Mark(kind, head.end, head.meta, opens_quote=not is_forward))
    for first, end in attributions.attributions(lines):
        marks.setdefault(first, _Mark(Kind.ATTRIBUTION, end))
    for first, end in list(trailers.signatures(lines, marks)):
        marks.setdefault(first, _Mark(Kind.SIGNATURE, end))
    for first, end in list(trailers.disclaimers(lines, marks)):
        marks.setdefault(first, _Mark(Kind.DISCLAIMER, end))
    return marks


def _tile(walk: _Walk, where: _Range) -> tuple[Block, ...]:
    blocks: list[Block] = []
    k = where.first
    while k < where.end:
        mark = walk.marks.get(k)
        if mark is None or (mark.kind is Kind.FORWARD and where.nesting >= MOST_NESTED_FORWARDS):
            k = _plain(walk, where, k, blocks)
        elif mark.kind is Kind.FORWARD:
            k = _forward(walk, where, k, blocks)
        else:
            end = min(mark.end, where.end)
            blocks.append(_block(walk, mark.kind, (k, end), where.added))
            k = end
            if mark.opens_quote and where.nesting < MOST_NESTED_FORWARDS:
                # Everything down to the list's own footer is what Outlook quoted.
                stop = _scope_end(walk, where, k, where.base)
                inner = _Range(k, stop, where.base, where.added + 1, where.nesting + 1)
                blocks.extend(_tile(walk, inner))
                k = stop
    return tuple(blocks)


def _plain(walk: _Walk, where: _Range, k: int, blocks: list[Block]) -> int:
    """Append the run of unmarked lines of one depth that begins at ``k``; return its end."""
    depth = max(walk.lines[k].depth, where.base)
    end = k + 1
    while end < where.end and end not in walk.marks:
        if max(walk.lines[end].depth, where.base) != depth:
            break
        end += 1
    quoted = depth > where.base or where.added > 0
    kind = Kind.QUOTE if quoted else Kind.TEXT
    start, stop = walk.lines[k].start, walk.lines[end - 1].end
    blocks.append(Block(kind, depth + where.added, start, stop))
    return end


def _forward(walk: _Walk, where: _Range, k: int, blocks: list[Block]) -> int:
    """Append the forward whose head begins at ``k``; return where it ends."""
    mark = walk.marks[k]
    depth = walk.lines[k].depth
    content = min(mark.end, where.end)
    end = max(_scope_end(walk, where, content, depth), content)
    inner = _tile(walk, _Range(content, end, depth, 0, where.nesting + 1))
    start, stop = walk.lines[k].start, walk.lines[end - 1].end
    blocks.append(Block(Kind.FORWARD, depth + where.added, start, stop, mark.meta, inner))
    return end


def _scope_end(walk: _Walk, where: _Range, k: int, depth: int) -> int:
    """Return where a forward or unmarked quote whose content begins at ``k`` ends.

    Quoted, it ends with its depth, and before a footer that reaches out of it. Unquoted, it goes
    on to the list's own footer, which belongs to the outer mail.
    """
    if depth <= where.base and where.nesting == 0:
        return max(k, _tail(walk, where))
    end = k
    while end < where.end:
        line = walk.lines[end]
        if line.text and line.depth < depth:
            break
        mark = walk.marks.get(end)
        if mark and mark.kind is Kind.FOOTER and _leaves(walk, mark, depth):
            break
        end += 1
    return end


def _leaves(walk: _Walk, mark: _Mark, depth: int) -> bool:
    return walk.lines[mark.end - 1].depth < depth


def _tail(walk: _Walk, where: _Range) -> int:
    """Return where the footers and scrub markers that end the body begin."""
    tail = where.end
    for first in sorted(walk.marks, reverse=True):
        mark = walk.marks[first]
        below = mark.end
        while below < tail and not walk.lines[below].text:
            below += 1
        if mark.kind not in (Kind.FOOTER, Kind.SCRUB) or below < tail:
            break
        tail = min(tail, first)
    return tail


def _block(walk: _Walk, kind: Kind, span: tuple[int, int], added: int) -> Block:
    first, last = walk.lines[span[0]], walk.lines[span[1] - 1]
    return Block(kind, first.depth + added, first.start, last.end)


def kinds(blocks: Sequence[Block]) -> Iterator[Kind]:
    """Yield the kinds of blocks in order, a forward's inner ones after it."""
    for block in blocks:
        yield block.kind
        yield from kinds(block.blocks)
