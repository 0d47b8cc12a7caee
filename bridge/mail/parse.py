"""A mail's bytes -> a Post. Total: every sequence of bytes has a Post, good or bad.

It decides nothing: guards, arrival and authorship rules read the Post. What could not be read is
named in ``errors``; the raw bytes stay in the inbox.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from bridge.ids import Instant, ListId, MessageId
from bridge.mail import blocks as segments
from bridge.mail import charsets, limits, quotes
from bridge.mail.authors import Author, Rung, author_of
from bridge.mail.blocks import Block, Kind
from bridge.mail.bodies import (
    UNNAMED,
    UNREADABLE,
    Attachment,
    Body,
    body_of,
    content_type,
    wrapped_message,
)
from bridge.mail.filenames import clean_name
from bridge.mail.headers import INSTANCE_HEADER, Headers, date_instant, headers_of
from bridge.mail.html import RichLine
from bridge.mail.references import (
    derived_message_id,
    parse_message_id,
    parse_message_ids,
    reference_chain,
)
from bridge.mail.scrubs import scrubbed
from bridge.mail.subjects import list_tags, says_forward, thread_subject

__all__ = ["Attachment", "Author", "Post", "parse_archived", "parse_mail"]

# What vacation programs write, besides RFC 3834's Auto-Submitted (seen in practice).
_VACATION_HEADERS = frozenset(
    {"x-autoreply", "x-autorespond", "x-autoresponse", "x-vacation", "x-mail-autoreply"}
)
_POSTING = re.compile(r"<mailto:([^<>?\s]{3,254})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Post:
    """A mail the list distributed; (list_id, message_id) is its key.

    Attributes:
        message_id_derived: the mail had no usable Message-ID; ours is a hash of its content.
        subject: decoded, one line.
        thread_subject: without list tag and "Re:"; names a thread.
        date: of the Date header; None when unreadable.
        in_reply_to: ids of In-Reply-To, maybe none or several.
        references: the ancestry, oldest first: References, then what only In-Reply-To names;
            the own id removed.
        body: text, line ends LF, no NUL, no lone surrogate.
        rich: the body's lines as HTML, when a part of it was HTML; None otherwise.
        blocks: tile ``body``.
        auto_submitted: the keyword of RFC 3834 in lower case, None = absent.
        precedence: lower case, None = absent.
        content_type: of the whole mail, lower case, without parameters.
        instances: values of our loop header, in order.
        received_count: how many Received fields it carries.
        received: those fields, newest first, at most 100, cleaned.
        list_ids: the List-Id fields' ids in lower case.
        vacation_headers: names of headers only vacation programs write.
        errors: what could not be read, as sentences.
    """

    list_id: ListId
    message_id: MessageId
    message_id_derived: bool
    subject: str
    thread_subject: str
    author: Author
    date: Instant | None
    in_reply_to: tuple[MessageId, ...]
    references: tuple[MessageId, ...]
    body: str
    rich: tuple[RichLine, ...] | None
    blocks: tuple[Block, ...]
    attachments: tuple[Attachment, ...]
    auto_submitted: str | None
    precedence: str | None
    content_type: str
    instances: tuple[str, ...]
    received_count: int
    list_ids: tuple[str, ...]
    errors: tuple[str, ...] = ()
    vacation_headers: tuple[str, ...] = ()
    received: tuple[str, ...] = ()

    @property
    def own_text(self) -> str:
        """The author's own words."""
        return quotes.own_text(self.body, self.blocks)

    @property
    def reply_text(self) -> str:
        """Own words and forwards."""
        return quotes.reply_text(self.body, self.blocks)

    @property
    def own_digest(self) -> str:
        """SHA-256 (hex) of the own words: tells a variant from a copy."""
        return hashlib.sha256(self.own_text.encode()).hexdigest()


def parse_mail(
    raw: bytes, *, list_id: ListId, posting_address: str, subject_tag: str | None = None
) -> Post:
    """Return the Post of a mail; never raises, whatever the bytes.

    Args:
        raw: as received; over a limit or unreadable, only its headers are read.
        list_id: the list whose copy this is.
        posting_address: the list's, to undo its rewriting of From.
        subject_tag: what the list puts before subjects, when it is not the list's name.
    """
    message, unread = _read(raw)
    headers = headers_of(message)
    return _read_post(message, headers, list_id, posting_address, subject_tag, unread)


def parse_archived(raw: bytes, *, subject_tag: str | None = None) -> Post:
    """Return the Post of a mail from an archive: the list is the one its List headers name."""
    message, unread = _read(raw)
    headers = headers_of(message)
    named = [_list_id(value) for value in headers.all("list-id")]
    posting = _POSTING.search(headers.first("list-post"))
    list_id = ListId(named[0] if named else "")
    return _read_post(message, headers, list_id, posting[1] if posting else "", subject_tag, unread)


def _read_post(  # noqa: PLR0913, PLR0917 -- what both ways in know of a mail
    message: Message,
    headers: Headers,
    list_id: ListId,
    posting_address: str,
    subject_tag: str | None,
    unread: tuple[str, ...],
) -> Post:
    inner = wrapped_message(message)
    wrapped_from = headers_of(inner).all("from") if inner else ()
    author = author_of(headers, posting_address, wrapped_from)
    body, unclear = _body(inner if inner and author.rung is Rung.WRAPPED else message)
    subject = headers.text("subject")
    blocks = segments.segment(body.text, forwarded=says_forward(subject))
    return _post(
        headers,
        list_id=list_id,
        tags=list_tags(list_id, posting_address, subject_tag),
        author=author,
        subject=subject,
        body=body,
        blocks=blocks,
        errors=unread + unclear,
    )


def _post(  # noqa: PLR0913 -- one keyword a part of the value it makes
    headers: Headers,
    *,
    list_id: ListId,
    tags: tuple[str, ...],
    author: Author,
    subject: str,
    body: Body,
    blocks: tuple[Block, ...],
    errors: tuple[str, ...],
) -> Post:
    ids = headers.all("message-id")
    given = parse_message_id(ids[0]) if ids else None
    message_id = given or derived_message_id(
        headers.first("date"),
        headers.first("from"),
        headers.first("subject"),
        quotes.own_text(body.text, blocks),
    )
    in_reply_to = parse_message_ids(headers.first("in-reply-to"))
    references = parse_message_ids(headers.first("references"))
    return Post(
        list_id=list_id,
        message_id=message_id,
        message_id_derived=given is None,
        subject=subject,
        thread_subject=thread_subject(subject, tags),
        author=author,
        date=date_instant(headers.first("date")),
        in_reply_to=in_reply_to,
        references=reference_chain(references, in_reply_to, message_id),
        body=body.text,
        rich=body.rich,
        blocks=blocks,
        attachments=(*body.attachments, *_scrubbed(body.text, blocks)),
        auto_submitted=_keyword(headers, "auto-submitted"),
        precedence=_keyword(headers, "precedence"),
        content_type=content_type(headers),
        instances=tuple(charsets.clean(v).strip() for v in headers.all(INSTANCE_HEADER.lower())),
        received_count=len(headers.all("received")),
        list_ids=tuple(_list_id(value) for value in headers.all("list-id")),
        errors=errors,
        vacation_headers=_vacation_headers(headers),
        received=tuple(charsets.clean(value) for value in headers.all("received")[:100]),
    )


def _scrubbed(text: str, blocks: tuple[Block, ...]) -> Iterator[Attachment]:
    """Yield what the list's archive cut out and keeps elsewhere."""
    for block in blocks:
        if block.kind is Kind.SCRUB and block.depth == 0:
            said = scrubbed(text[block.start : block.end])
            if said:
                name = clean_name(said.name or "") or UNNAMED
                yield Attachment(name, said.type, said.size, None, said.url)


def _read(raw: bytes) -> tuple[Message, tuple[str, ...]]:
    """Parse what the limits allow; else the header block only, and say why."""
    reason = limits.over_limit(raw)
    if reason is None:
        try:
            return BytesParser(policy=compat32).parsebytes(raw), ()
        except UNREADABLE as err:
            reason = f"the mail cannot be parsed: {type(err).__name__}"
    return _headers_only(raw), (reason,)


def _body(message: Message) -> tuple[Body, tuple[str, ...]]:
    """Read the parts; a part the library cannot decode leaves the text empty, and says why."""
    try:
        body = body_of(message)
    except UNREADABLE as err:
        return Body("", ()), (f"the text cannot be read: {type(err).__name__}",)
    cut = f"the text is longer than {limits.TEXT} characters"
    return body, (cut,) if body.is_cut else ()


def _headers_only(raw: bytes) -> Message:
    """Return a message of the header fields alone; split by hand, so nothing can raise."""
    message = Message()
    text = limits.header_block(raw).decode("ascii", "surrogateescape")
    for field in re.split(r"\r?\n(?![ \t])", text)[: limits.HEADERS]:
        name, colon, value = field.partition(":")
        if colon and re.fullmatch(r"[!-9;-~]{1,76}", name):
            message.set_raw(name, value[: limits.HEADER].strip())
    return message


def _keyword(headers: Headers, name: str) -> str | None:
    """Return a header's first word in lower case; parameters and comments are dropped."""
    if not headers.all(name):
        return None
    words = re.split(r"[;(\s]", headers.text(name).strip().lower(), maxsplit=1)
    return words[0]


def _list_id(value: str) -> str:
    """Return the id between the last brackets (RFC 2919 section 2), else the whole value."""
    text = charsets.clean(value).strip().lower()
    inner = text.rpartition("<")[2].partition(">")[0] if "<" in text else text
    return "".join(inner.split())


def _vacation_headers(headers: Headers) -> tuple[str, ...]:
    names: Mapping[str, None] = dict.fromkeys(name for name, _ in headers.fields)
    return tuple(name for name in names if name in _VACATION_HEADERS)
