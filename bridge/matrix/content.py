"""A post as the content of Matrix events; pure.

The first event of a post is what the room sees; a long post goes on in further parts inside
the thread. Mail never pings the room, never runs in a client, and every event names the
post it came from, so that a room can be audited by reading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import chain
from typing import Any, Final

from bridge.ids import UserId, message_id_hash
from bridge.mail.html import RichLine
from bridge.mail.parse import Post
from bridge.mail.quotes import Piece, PieceKind, room_view
from bridge.matrix import html
from bridge.matrix.canonical import clean_text, json_size
from bridge.matrix.files import attached_lines
from bridge.matrix.ghosts import one_line
from bridge.matrix.relations import mentions
from bridge.ports import Content

PART_SIZE: Final = 32_000
"""Bytes of JSON for the two bodies of one part: far below the 64 KiB of an event, and about
as much as anybody reads in one message."""

FOLD_SIZE: Final = 8_192
"""Bytes of HTML a post may spend on folded quotes; the archive has the rest."""

MAX_PARTS: Final = 3
"""Of a longer post so many parts are shown, some ten screens; then it stands below as a file."""

_CHUNK: Final = 1_500
"""Code points rendered at once. One becomes at most 16 bytes of both bodies together (``"``
in a quotation mark's escapes), so that a chunk always fits into a part."""

_HEADING: Final = 200
_BRACKETED: Final = re.compile(
    r" ?[<\[(](?:mailto:)?[^<>()\[\]\s]{1,254}@[^<>()\[\]\s]{1,255}[>\])]"
)
_STAYS: Final = "A reply here stays here."
_AUTOMATIC: Final = "Sent automatically."
_CUT: Final = "… the rest is too long for the room."
_WHOLE_BELOW: Final = "… the rest is too long for the room; the file below is the whole post."


@dataclass(frozen=True, slots=True)
class Placing:
    """How a post stands in its room.

    Attributes:
        heading: shown in bold above: the subject of a thread's first post, or one that
            changed in mid-thread.
        is_public: Message-IDs are replaced by their SHA-256.
        archive_url: where the list's archive has the post, or None.
    """

    heading: str | None
    is_public: bool
    archive_url: str | None = None


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A stretch of a message in its two forms."""

    plain: str
    html: str

    @property
    def size(self) -> int:
        return json_size(self.plain) + json_size(self.html)


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post as a room shows it.

    Attributes:
        contents: of its events, the first one first; at least one. They carry no relation yet:
            see ``bridge.matrix.relations``.
        is_cut: it is longer than the room shows; the whole of it should follow as a file.
    """

    contents: tuple[dict[str, Any], ...]
    is_cut: bool


def shown_post(post: Post, placing: Placing) -> ShownPost:
    """Return a post as its room shows it."""
    return shown_as(post, room_view(post.body, post.blocks), placing)


def _rich_lines(post: Post, piece: Piece) -> list[RichLine]:
    """Return the HTML of the lines a piece of own words holds; none for plain mails."""
    if post.rich is None:
        return []
    found: list[RichLine] = []
    for start, end in piece.spans:
        first = post.body.count("\n", 0, start)
        found.extend(post.rich[first : first + post.body.count("\n", start, end)])
    return found


def shown_as(post: Post, view: Sequence[Piece], placing: Placing) -> ShownPost:
    """Return a post whose body is shown as these pieces."""
    attached = [_quiet(line) for line in attached_lines(post.attachments)]
    body = _packed(
        chain(_heading(placing), _body(view, lambda piece: _rich_lines(post, piece))), MAX_PARTS
    )
    is_cut = len(body) > MAX_PARTS
    *first, last = body[:MAX_PARTS]
    closing = [_quiet(_WHOLE_BELOW)] if is_cut else []
    below = [*closing, *attached]
    parts = [*first, *_packed([*last, *below])] if below else body[:MAX_PARTS]
    parts[-1] = [*parts[-1], _closing_line(post, placing)]
    contents = tuple(
        {
            **_text_content("m.text", _joined(part, number, len(parts))),
            "org.seconded.source": [_source(post, placing, number)],
        }
        for number, part in enumerate(parts)
    )
    return ShownPost(contents, is_cut)


def notice_content(text: str, *, to: Sequence[UserId] = ()) -> dict[str, Any]:
    """Return a message of the bot; an answer to people mentions them, nobody else is called.

    The bot's own messages are short: one that is longer than a part ends with a line that
    says so. ``notice_contents`` keeps everything.
    """
    first, *more = _packed(_paragraph_fragments(clean_text(text)))
    whole = [*first, _quiet(_CUT)] if more else first
    return _notice(_joined(whole, 0, 1), to)


def addressed_notice(text: str, to: UserId) -> dict[str, Any]:
    """Return a message of the bot that begins with the name of the person it is for.

    For places where many people are told something and no reply shows who is meant.
    """
    content = notice_content(text, to=(to,))
    html_body = content["formatted_body"].replace("<p>", f"<p>{html.pill(to)}: ", 1)
    return {**content, "body": f"{to}: {content['body']}", "formatted_body": html_body}


def notice_contents(text: str, *, to: Sequence[UserId] = ()) -> tuple[dict[str, Any], ...]:
    """Return a long text of the bot in as many numbered messages as it needs."""
    parts = _packed(_paragraph_fragments(clean_text(text)))
    return tuple(_notice(_joined(p, n, len(parts)), to) for n, p in enumerate(parts))


def _notice(fragment: _Fragment, to: Sequence[UserId]) -> dict[str, Any]:
    return {**_text_content("m.notice", fragment), "m.mentions": mentions(*to)}


def source_of(content: Content) -> tuple[tuple[str, str, int], ...]:
    """Return the (list, message_id or its hash, part) keys an event carries; total."""
    entries = content.get("org.seconded.source")
    found = entries if isinstance(entries, list) else []
    keys = [
        (e.get("list"), e.get("message_id"), e.get("part")) for e in found if isinstance(e, dict)
    ]
    return tuple(
        (lst, mid, part)
        for lst, mid, part in keys
        if isinstance(lst, str) and isinstance(mid, str) and isinstance(part, int)
    )


def _source(post: Post, placing: Placing, part: int) -> dict[str, Any]:
    message_id = message_id_hash(post.message_id) if placing.is_public else post.message_id
    return {"list": post.list_id, "message_id": clean_text(message_id), "part": part}


def _text_content(msgtype: str, fragment: _Fragment) -> dict[str, Any]:
    return {
        "msgtype": msgtype,
        "body": fragment.plain,
        "format": "org.matrix.custom.html",
        "formatted_body": fragment.html,
        "m.mentions": mentions(),
    }


def _heading(placing: Placing) -> Iterator[_Fragment]:
    if placing.heading is not None:
        subject = one_line(clean_text(placing.heading), _HEADING) or "(no subject)"
        plain = html.unpinging(subject)
        yield _Fragment(plain, f"<p><strong>{escape(plain, quote=False)}</strong></p>")


def _body(
    view: Sequence[Piece], rich: Callable[[Piece], Sequence[RichLine]]
) -> Iterator[_Fragment]:
    folds_left = FOLD_SIZE
    for piece in view:
        if piece.kind is PieceKind.FOLDED:
            fragment, folds_left = _fold(piece, folds_left)
            yield fragment
        elif piece.kind is PieceKind.OWN and (lines := rich(piece)):
            yield from _own_rich(lines, piece)
        else:
            yield from _RENDERERS[piece.kind](piece)
    if not view:
        yield _quiet("(no text)")


def _own_rich(lines: Sequence[RichLine], piece: Piece) -> Iterator[_Fragment]:
    """Own words of an HTML mail keep their lists, emphasis and code; plain where too long."""
    made = html.sanitised_mail(html.rich_paragraphs([(each.block, each.html) for each in lines]))
    plain = html.unpinging(clean_text(piece.text))
    whole = _Fragment(plain, clean_text(made))
    if whole.size <= PART_SIZE:
        yield whole
    else:
        yield from _own(piece)


def _own(piece: Piece) -> Iterator[_Fragment]:
    for chunk in split_text(clean_text(piece.text).strip("\n"), _CHUNK):
        made = html.sanitised(html.paragraphs(html.unwrapped(chunk)))
        yield _Fragment(html.unpinging(chunk), made)


def _paragraph_fragments(text: str) -> Iterator[_Fragment]:
    for chunk in split_text(text.strip("\n"), _CHUNK):
        yield _Fragment(html.unpinging(chunk), html.sanitised(html.paragraphs(chunk)))


def _quoted(piece: Piece) -> Iterator[_Fragment]:
    return _headed(html.unpinging(_shown(_unaddressed(piece.meta.get("said", "")))), piece)


def _forward(piece: Piece) -> Iterator[_Fragment]:
    return _headed(_forward_header(piece), piece)


def _headed(header: str, piece: Piece) -> Iterator[_Fragment]:
    """The header line stands in the quotation it belongs to, with the first of its words."""
    for chunk in split_text(clean_text(piece.text).strip("\n"), _CHUNK):
        inner = f"<p><em>{escape(header, quote=False)}</em></p>" if header else ""
        plain = f"{header}\n\n{chunk}" if header else chunk
        yield _quotation(plain, inner + html.paragraphs(html.unwrapped(chunk)))
        header = ""


_RENDERERS: Final = {
    PieceKind.OWN: _own,
    PieceKind.QUOTED: _quoted,
    PieceKind.FORWARD: _forward,
}


def _forward_header(piece: Piece) -> str:
    known = (
        ("from", _name_only(piece.meta.get("from", ""))),
        ("date", piece.meta.get("date", "")),
        ("subject", piece.meta.get("subject", "")),
    )
    said = [f"{label}: {shown}" for label, value in known if (shown := _shown(value))]
    return html.unpinging("Forwarded message" + (" — " + " · ".join(said) if said else ""))


def _shown(value: str) -> str:
    return one_line(clean_text(value), _HEADING)


def _name_only(sender: str) -> str:
    """Return the name of ``Jane Doe <jane@example.org>``, or a bare address without its host."""
    name, bracket, _ = sender.partition("<")
    named = name.strip().strip('"')
    if bracket and named:
        return named
    return re.sub(r"@\S+", "@…", sender.strip("<> "))


def _unaddressed(attribution: str) -> str:
    """Return who wrote and when, without the address: the name is enough to know who is meant."""
    without = _BRACKETED.sub("", attribution)
    return re.sub(r"@[^\s:,;>]{1,255}", "@…", without)


def _quotation(plain: str, inner: str) -> _Fragment:
    lines = "\n".join(f"> {line}".rstrip() for line in html.unpinging(plain).split("\n"))
    return _Fragment(lines, html.sanitised(html.quotation(inner)))


def _fold(piece: Piece, room_left: int) -> tuple[_Fragment, int]:
    """Return the folded piece and what is left of the room for folds.

    The plain body has the summary only; a quote over the limit is cut at a line's end.
    """
    summary = f"… {piece.lines} quoted line{'s' if piece.lines != 1 else ''}"
    kept = _cut_to(clean_text(piece.text).strip("\n"), room_left)
    inner = html.sanitised(html.quotation(html.nested(kept))) if kept else ""
    whole = html.folded(summary, inner) if inner else f"<p>{summary}</p>"
    return _Fragment(summary, whole), max(0, room_left - len(inner.encode()))


def _cut_to(text: str, size: int) -> str:
    """Return as many whole lines as fit, as HTML, into ``size`` bytes."""
    kept: list[str] = []
    left = size
    for line in text.split("\n"):
        left -= len(html.inline(line).encode()) + len("</p><p>") + html.nesting_size(line)
        if left < 0:
            return "\n".join([*kept, "…"]) if kept else ""
        kept.append(line)
    return "\n".join(kept)


def _closing_line(post: Post, placing: Placing) -> _Fragment:
    """The quiet last line: archive, whether a machine sent it, where a reply goes."""
    said = [_AUTOMATIC] if post.auto_submitted not in (None, "no") else []
    if placing.archive_url:
        said.append(f"Archive: {placing.archive_url}")
    return _quiet(" · ".join([*said, _STAYS]))


@lru_cache(maxsize=64)
def _quiet(line: str) -> _Fragment:
    return _Fragment(html.unpinging(line), html.sanitised(f"<p><sub>{html.inline(line)}</sub></p>"))


def _packed(fragments: Iterable[_Fragment], most: int | None = None) -> list[list[_Fragment]]:
    """Fill parts in order; each but the last as full as the next fragment allows.

    One part more than ``most`` says that there was more; nothing beyond it is rendered.
    """
    parts: list[list[_Fragment]] = [[]]
    size = 0
    for fragment in fragments:
        more = fragment.size
        if parts[-1] and size + more > PART_SIZE:
            parts.append([])
            size = 0
            if most is not None and len(parts) > most:
                break
        parts[-1].append(fragment)
        size += more
    return parts


def _joined(part: Sequence[_Fragment], number: int, total: int) -> _Fragment:
    counted = [_quiet(f"({number + 1} of {total})")] if total > 1 else []
    fragments = [*counted, *part]
    return _Fragment("\n\n".join(f.plain for f in fragments), "".join(f.html for f in fragments))


def split_text(text: str, limit: int) -> Iterator[str]:
    """Cut text into stretches of at most ``limit`` code points.

    Between paragraphs if it can, else between lines, else between words; linear.
    """
    start = 0
    while len(text) - start > limit:
        end = _cut_position(text, start, start + limit)
        yield text[start:end].rstrip("\n ")
        start = end
    if text[start:].strip():
        yield text[start:]


def _cut_position(text: str, start: int, limit: int) -> int:
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, start + (limit - start) // 2, limit)
        if found > 0:
            return found + len(mark)
    return limit
