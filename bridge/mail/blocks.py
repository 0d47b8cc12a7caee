"""The body of a mail as blocks: what the author wrote, quoted, forwarded, or never wrote at all.

Blocks carry offsets into the body and tile it without gap or overlap, so a reader can always go
back to the source; nothing is deleted here. The recognisers mark line ranges in passes over the
whole body, each linear; ``segment`` then walks the lines once and cuts where the marks say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from bridge.mail import attributions, footers, forwards, notices, scrubs, signatures
from bridge.mail.lines import Line, split_lines

MOST_NESTED_FORWARDS = 8
"""Deeper markers are text: the walk recurses once a forward, and mail is hostile."""


MOST_LINES = 20_000
"""What stands below is one block of text: a megabyte of ordinary mail has 15,000 lines."""


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
    *begun, rest = body.split("\n", MOST_LINES)
    if len(begun) == MOST_LINES and rest:
        end = len(body) - len(rest)
        below = Block(Kind.TEXT, 0, end, len(body))
        return (*segment(body[:end], forwarded=forwarded), below)
    lines = split_lines(body)
    walk = _Walk(lines, _marks(lines, forwarded=forwarded))
    return _tile(walk, _Range(0, len(lines)))


class _Mark(NamedTuple):
    """Lines up to ``end`` are of this kind; a forward's mark covers its head only.

    Attributes:
        opens_quote: everything down to the list's own footer is an unmarked quote.
    """

    kind: Kind
    end: int
    meta: Mapping[str, str] = {}
    opens_quote: bool = False


class _Walk(NamedTuple):
    lines: Sequence[Line]
    marks: Mapping[int, _Mark]


class _Range(NamedTuple):
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
    for first, end in scrubs.scrubs(lines):
        marks.setdefault(first, _Mark(Kind.SCRUB, end))
    for first, end in footers.footers(lines):
        marks.setdefault(first, _Mark(Kind.FOOTER, end))
    words_begin = next((k for k, line in enumerate(lines) if line.text and k not in marks), 0)
    for head in forwards.heads(lines):
        is_forward = head.is_forward or forwarded or head.first <= words_begin
        kind = Kind.FORWARD if is_forward else Kind.ATTRIBUTION
        marks.setdefault(head.first, _Mark(kind, head.end, head.meta, opens_quote=not is_forward))
    for found in attributions.attributions(lines):
        marks.setdefault(found.first, _attribution(lines, found, words_begin, forwarded=forwarded))
    for kind, recogniser in _TRAILERS:
        for first, end in list(recogniser(lines, marks)):
            marks.setdefault(first, _Mark(kind, end))
    return marks


_TRAILERS = (
    (Kind.SIGNATURE, signatures.signatures),
    (Kind.DISCLAIMER, notices.disclaimers),
    (Kind.SIGNATURE, signatures.mobile_lines),
)
"""In the order they run: each leaves alone what is marked already."""


def _attribution(
    lines: Sequence[Line], found: attributions.Attribution, words_begin: int, *, forwarded: bool
) -> _Mark:
    """Return the mark of an attribution; without a quote below it may open one, or a forward.

    Where nothing stands above it, what follows is shown: else such a mail would be empty.
    """
    alone = not found.above_quote and lines[found.first].depth == 0
    if alone and forwarded:
        text = " ".join(line.text for line in lines[found.first : found.end])
        return _Mark(Kind.FORWARD, found.end, attributions.meta_of(text))
    return _Mark(Kind.ATTRIBUTION, found.end, opens_quote=alone and found.first > words_begin)


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
            end = _mark_end(walk, where, k)
            blocks.append(_block(walk, mark.kind, (k, end), where.added))
            is_outer = walk.lines[k].depth <= where.base
            k = end
            if mark.opens_quote and is_outer and where.nesting < MOST_NESTED_FORWARDS:
                # Everything down to the list's own footer is what Outlook quoted.
                stop = _scope_end(walk, where, k, where.base)
                inner = _Range(k, stop, where.base, where.added + 1, where.nesting + 1)
                blocks.extend(_tile(walk, inner))
                k = stop
    return tuple(blocks)


def _mark_end(walk: _Walk, where: _Range, k: int) -> int:
    """Return where a mark's lines end: no later than the next mark, if it is not a quoted one."""
    end = min(walk.marks[k].end, where.end)
    kind = walk.marks[k].kind
    if kind in (Kind.SIGNATURE, Kind.DISCLAIMER):
        return next((j for j in range(k + 1, end) if j in walk.marks), end)
    return end


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
    base = walk.lines[content - 1].depth
    if base > depth:
        # Apple and MailMate quote what they forward.
        end = max(_quoted_scope_end(walk, where, content, base), content)
    else:
        end = max(_scope_end(walk, where, content, depth), content)
        base = _content_depth(walk, content, end, depth)
    inner = _tile(walk, _Range(content, end, base, 0, where.nesting + 1))
    start, stop = walk.lines[k].start, walk.lines[end - 1].end
    blocks.append(Block(Kind.FORWARD, depth + where.added, start, stop, mark.meta, inner))
    return end


def _content_depth(walk: _Walk, first: int, end: int, depth: int) -> int:
    """Return the depth of a forward's own words: deeper where all of them are quoted (Missive)."""
    depths = {
        line.depth
        for k, line in enumerate(walk.lines[first:end], first)
        if line.text and k not in walk.marks
    }
    has_attribution = any(
        k in walk.marks and walk.marks[k].kind is Kind.ATTRIBUTION for k in range(first, end)
    )
    return min(depths) if depths and min(depths) > depth and not has_attribution else depth


def _quoted_scope_end(walk: _Walk, where: _Range, k: int, depth: int) -> int:
    """Return where a quoted forward ends: at a less quoted line that begins a paragraph."""
    end = k
    while end < where.end:
        line = walk.lines[end]
        if line.text and line.depth < depth:
            above = walk.lines[end - 1]
            is_wrapped = above.text and above.depth >= depth and end not in walk.marks
            if not is_wrapped:
                break
        end += 1
    return _without_blanks(walk, k, end)


def _without_blanks(walk: _Walk, k: int, end: int) -> int:
    """Leave the blank unquoted lines that end a quoted forward to what follows it."""
    stop = end
    while stop > k and not walk.lines[stop - 1].text and walk.lines[stop - 1].depth == 0:
        stop -= 1
    return stop if end < len(walk.lines) else end


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
