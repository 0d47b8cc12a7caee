"""The parts of a mail -> the one text to show, and the attachments.

text/plain wins; HTML is read only where no plain text says anything. A message/rfc822 part is a
forward, and a forward is content, so it becomes text under a marker the segmenter knows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from html import escape

from bridge.mail import charsets, limits
from bridge.mail.filenames import clean_name
from bridge.mail.filetypes import OCTETS, served_type
from bridge.mail.flowed import unflow
from bridge.mail.headers import Headers, decode_text, headers_of, param
from bridge.mail.html import RichLine, read_html

UNNAMED = "attachment"
FORWARD_MARKER = "---------- Forwarded message ---------"
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""The standard library's parser is not total: hostile parameters and nesting raised each."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the text, or one that the archive keeps elsewhere.

    Attributes:
        name: its file name, cleaned.
        type: its content type; None = unknown.
        size: in bytes; None = unknown.
        sha256: of its bytes, hex; None = the bytes are not here.
        url: where the archive keeps it; None = the bytes are in the mail.
        served: the type it may be handed out as (``bridge.mail.filetypes``).
    """

    name: str
    type: str | None
    size: int | None
    sha256: str | None
    url: str | None = None
    served: str = OCTETS


@dataclass(frozen=True, slots=True)
class Body:
    """What the parts say.

    Attributes:
        text: line ends LF, clean, at most ``limits.TEXT`` characters.
        attachments: every leaf that is not in the text.
        is_cut: the text was longer.
        rich: the text's lines as HTML, when a part was HTML.
    """

    text: str
    attachments: tuple[Attachment, ...]
    is_cut: bool = False
    rich: tuple[RichLine, ...] | None = None


class _Html(str):
    """A text made of an HTML part; remembers its lines as HTML."""

    __slots__ = ("rich",)
    rich: tuple[RichLine, ...]


def body_of(message: Message) -> Body:
    """Return the text and the attachments of a parsed message within the limits."""
    parts = [part for part in _texts(message, 0) if part.strip()]
    text = "\n".join(part.strip("\n") + "\n" for part in parts)
    is_cut = len(text) > limits.TEXT
    rich = None if is_cut else _rich(parts)
    attachments = tuple(_attachment(*leaf) for leaf in leaves(message))
    return Body(text[: limits.TEXT], attachments, is_cut, rich)


def _rich(parts: list[str]) -> tuple[RichLine, ...] | None:
    """Return the text's lines as HTML, when a part was HTML: lists put their footer beside it."""
    if not any(isinstance(part, _Html) for part in parts):
        return None
    found: list[RichLine] = []
    for part in parts:
        found.extend([RichLine("p", "")] if found else [])
        if isinstance(part, _Html):
            first = len(part) - len(part.lstrip("\n"))
            found.extend(part.rich[first : first + part.strip("\n").count("\n") + 1])
        else:
            lines = part.strip("\n").split("\n")
            found.extend(RichLine("p", escape(line, quote=False)) for line in lines)
    return tuple(found)


def content_type(headers: Headers) -> str:
    """Return a part's content type in lower case; text/plain when unreadable (RFC 2045 5.2)."""
    value = decode_text(headers.first("content-type")).partition(";")[0].strip().lower()
    return value if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,80}", value, re.ASCII) else "text/plain"


def wrapped_message(message: Message) -> Message | None:
    """Return the inner message when it is the mail's whole content (a list's DMARC wrapping)."""
    inner = _children(message)
    if not inner:
        return None
    if content_type(headers_of(message)) == "message/rfc822" and len(inner) == 1:
        return inner[0]
    leaves = [part for part in inner if content_type(headers_of(part)) != "text/plain"]
    if len(leaves) == 1 and len(inner) <= 3:
        part = leaves[0]
        return wrapped_message(part) if _is_message(part) else None
    return None


def _children(message: Message) -> list[Message]:
    # Asked of a leaf, get_payload would decode it, and a hostile charset makes that raise.
    payload = message.get_payload() if message.is_multipart() else ()
    return [part for part in payload if isinstance(part, Message)]


def _is_message(part: Message) -> bool:
    return content_type(headers_of(part)) == "message/rfc822"


def _texts(part: Message, depth: int) -> Iterator[str]:
    """Yield the texts to show, in order."""
    headers = headers_of(part)
    kind = content_type(headers)
    children = _children(part)
    if depth > limits.NESTING:
        return
    if kind == "message/rfc822" and children:
        yield _forward(children[0], depth)
    elif kind == "multipart/alternative":
        yield from _best(children, depth)
    elif kind in ("multipart/related", "multipart/signed"):
        for child in children[:1]:
            yield from _texts(child, depth + 1)
    elif children and kind.startswith("multipart/") and kind != "multipart/report":
        yield from _mixed(children, depth)
    elif children:
        for child in children[:1]:
            yield from _texts(child, depth + 1)
    elif _is_text(headers, kind) or kind.startswith("multipart/"):
        # A multipart without any delimiter holds words all the same (seen in practice).
        yield leaf_text(headers, kind, _leaf_bytes(part))


def _best(children: list[Message], depth: int) -> Iterator[str]:
    """Yield the first alternative in plain text that says something, else whatever does."""
    spoken = [
        (content_type(headers_of(child)) != "text/plain", _joined(list(_texts(child, depth + 1))))
        for child in children
    ]
    spoken.sort(key=lambda each: each[0])
    yield next((text for _, text in spoken if text.strip()), "")


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else "\n".join(texts)


def _mixed(children: list[Message], depth: int) -> Iterator[str]:
    for child in children:
        yield from _texts(child, depth + 1)


def _forward(message: Message, depth: int) -> str:
    headers = headers_of(message)
    head = [
        f"{name}: {headers.text(name.lower())}"
        for name in ("From", "Date", "Subject", "To")
        if headers.first(name.lower())
    ]
    inner = "\n".join(_texts(message, depth + 1))
    return "\n".join([FORWARD_MARKER, *head, "", inner])


def _is_text(headers: Headers, kind: str) -> bool:
    disposition = headers.first("content-disposition")
    is_file = disposition.strip().lower().startswith("attachment") or bool(_file_name(headers))
    return kind in ("text/plain", "text/html") and not is_file


def leaf_text(headers: Headers, kind: str, raw: bytes) -> str:
    """Return what a part in plain text or HTML says: by its charset, unflowed, line ends LF."""
    declared = headers.first("content-type")
    text = charsets.decode(raw, param(declared, "charset"))
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if kind == "text/html":
        read = read_html(text[: limits.TEXT])
        shown = _Html(read.text)
        shown.rich = read.lines
        return shown
    if (param(declared, "format") or "").lower() == "flowed":
        return unflow(text, delsp=(param(declared, "delsp") or "").lower() == "yes")
    return text


def _leaf_bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def leaves(part: Message, depth: int = 0) -> Iterator[tuple[Headers, str, bytes]]:
    """Yield every part that is not in the text: its headers, its content type and its bytes."""
    headers = headers_of(part)
    kind = content_type(headers)
    children = _children(part)
    if children and depth <= limits.NESTING:
        for child in children:
            yield from leaves(child, depth + 1)
    elif not children and not _is_text(headers, kind) and not kind.startswith("multipart/"):
        yield headers, kind, _leaf_bytes(part)


def _attachment(headers: Headers, kind: str, raw: bytes) -> Attachment:
    digest = hashlib.sha256(raw).hexdigest()
    name = _file_name(headers) or UNNAMED
    return Attachment(name, kind, len(raw), digest, served=served_type(kind, raw))


def _file_name(headers: Headers) -> str:
    """Return the file name without directory, control and bidi characters; '' if none."""
    name = param(headers.first("content-disposition"), "filename")
    name = name or param(headers.first("content-type"), "name") or ""
    return clean_name(name)
