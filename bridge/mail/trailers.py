"""What stands at the end of a mail and is nobody's words: list footer, signature, scrub marker."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from bridge.mail.lines import Line, next_filled, paragraph_end

MOST_FOOTER_LINES = 15
MOST_SIGNATURE_LINES = 20
SHORTEST_DISCLAIMER = 100

_RULE_LENGTH = 20
_LIST_WORDS = re.compile(
    r"mailing list|listinfo|unsubscribe|/mailman|liste de diffusion|lista de correo|mailingliste"
    r"|lista de discuss|-leave@|-request@|google groups|groups\.io|https?://lists?\.",
    re.IGNORECASE,
)
# Mailman 2's archiver prints this below every page's text.
_ARCHIVE_LINE = re.compile(r"More information about the .{1,80} mailing list$")
_SUBSCRIBED = "You received this message because you are subscribed to"
# Mailman's marker is fourteen dashes, words in the list's language, fourteen dashes.
_SCRUB = re.compile(r"-{14} \S.{0,40} -{14}$")
_DISCLAIMER_OPENERS = (
    "this e-mail", "this email", "this message", "this communication", "the information contained",
    "confidential", "disclaimer", "notice:", "ce message", "ce courriel", "diese e-mail",
    "este mensaje", "esta mensagem",
)  # fmt: skip
_LEGAL_WORDS = re.compile(
    r"confidential|intended|recipient|privileged|unauthori[sz]ed|disclos|vertraulich|confidentiel"
    r"|destinat[aá]ri|destinataire|empfänger|prohibited",
    re.IGNORECASE,
)


def scrubs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of Mailman's scrub markers with the lines that name the attachment."""
    for k, line in enumerate(lines):
        if line.text.startswith("-" * 14) and _SCRUB.match(line.text):
            end = paragraph_end(lines, k + 1, most=10)
            named = any("http" in below.text for below in lines[k + 1 : end])
            yield k, end if named else k + 1


def footers(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of list footers, also of quoted ones whose depth changes half-way."""
    for k, line in enumerate(lines):
        text = line.text
        is_rule = _is_rule(text)
        if is_rule or text.startswith(_SUBSCRIBED):
            end = _footer_end(lines, k + is_rule, line.depth)
            if end:
                yield k, end
        elif text.startswith("More information") and _ARCHIVE_LINE.match(text):
            yield k, k + 1


def signatures(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of signatures: from ``-- `` to the next mark, quote or the end.

    A long one is text: to lose somebody's words is worse than to show a signature.
    """
    for k, line in enumerate(lines):
        if line.text != "--":
            continue
        end = k + 1
        limit = k + 1 + MOST_SIGNATURE_LINES
        while end < len(lines) and end not in marked and lines[end].depth == line.depth:
            end += 1
            if end > limit:
                break
        if end <= limit:
            yield k, end


def disclaimers(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of legal notices that end the author's text."""
    for k, line in enumerate(lines):
        if line.text.lstrip(" *_").casefold().startswith(_DISCLAIMER_OPENERS):
            end = paragraph_end(lines, k, most=40)
            below = next_filled(lines, end, blanks=len(lines))
            is_last = below is None or below in marked or lines[below].depth != line.depth
            if is_last and _is_legal(" ".join(each.text for each in lines[k:end])):
                yield k, end


def _footer_end(lines: Sequence[Line], k: int, depth: int) -> int | None:
    """Return where the footer that begins at ``k`` ends, None when it names no list.

    In a quote a footer's lines may be less quoted than its rule: clients wrap them apart.
    """
    end: int | None = None
    limit = min(k + MOST_FOOTER_LINES, len(lines))
    paragraph = k
    while paragraph < limit:
        stop = paragraph
        while stop < limit and _is_footer_line(lines[stop], depth):
            stop += 1
        # A later paragraph belongs to the footer only if it begins like one.
        looked_at = lines[paragraph : stop if end is None else min(paragraph + 1, stop)]
        if not any(_LIST_WORDS.search(line.text) for line in looked_at):
            break
        end = stop
        following = next_filled(lines, stop, blanks=2)
        if following is None or lines[following].depth != lines[stop - 1].depth:
            break
        paragraph = following
    return end


def _is_footer_line(line: Line, rule_depth: int) -> bool:
    fits = line.depth == 0 if rule_depth == 0 else 0 < line.depth <= rule_depth
    return fits and bool(line.text) and not _is_rule(line.text)


def _is_rule(text: str) -> bool:
    return len(text) >= _RULE_LENGTH and not text.strip("_")


def _is_legal(text: str) -> bool:
    words = {match.group().casefold() for match in _LEGAL_WORDS.finditer(text)}
    return len(text) >= SHORTEST_DISCLAIMER and len(words) >= 3
