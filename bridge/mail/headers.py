"""Header values -> text: unfolded, RFC 2047 decoded, tolerant of what real software writes.

Unlike the standard library's decoder this one is linear on hostile values, and no decoded value
can hold a line end: an encoded CR LF must never become a header of its own.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_tz

from bridge.ids import Instant
from bridge.mail import charsets

INSTANCE_HEADER = "X-Seconded-Instance"
"""Our loop header; its value is ``NAME; hop=1``."""

# Spaces inside Q words are forbidden by RFC 2047 section 2 and seen in practice. The charset may
# carry a language after "*" (RFC 2231 section 5).
_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
# Surrogates that stand for no byte; the parser makes none, callers might.
_NOT_ESCAPED = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_LONGEST_DATE = 200
_YEAR_2200: Instant = Instant(7_258_118_400_000)


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields of one mail, raw values in order.

    Attributes:
        fields: (lower-case name, raw value with undecoded bytes as surrogates).
    """

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> tuple[str, ...]:
        """Return the raw values of every field of that (lower-case) name."""
        return tuple(value for field, value in self.fields if field == name)

    def first(self, name: str) -> str:
        """Return the raw value of the first field of that name, or ''."""
        for field, value in self.fields:
            if field == name:
                return value
        return ""

    def text(self, name: str) -> str:
        """Return the first field's value, decoded."""
        return decode_text(self.first(name))


def headers_of(message: Message) -> Headers:
    """Return the header fields of a parsed message."""
    return Headers(tuple((name.lower(), str(value)) for name, value in message.raw_items()))


def raw_bytes(value: str) -> bytes:
    """Return the bytes a parsed header value was made of."""
    return _NOT_ESCAPED.sub("\ufffd", value).encode("utf-8", "surrogateescape")


def decode_text(value: str) -> str:
    """Return a header value as one line of clean text."""
    if value.isascii() and value.isprintable() and "=?" not in value:
        return " ".join(value.split())
    plain = charsets.decode(raw_bytes(value), None)
    if "=?" in plain:
        plain = _decode_words(plain)
    return " ".join(_CONTROLS.sub(" ", plain).split())


def date_instant(value: str) -> Instant | None:
    """Return a Date header as Unix ms; None when unreadable or outside 1970 to 2200."""
    try:
        parts = parsedate_tz(value[:_LONGEST_DATE])
        if parts is None:
            return None
        instant = (calendar.timegm((*parts[:6], 0, 0, 0)) - (parts[9] or 0)) * 1000
    except (ValueError, LookupError, TypeError, OverflowError):
        # parsedate_tz is not total: each of these was seen on garbage dates.
        return None
    return Instant(instant) if 0 <= instant < _YEAR_2200 else None


def param(value: str, name: str) -> str | None:
    """Return a parameter of a structured header (RFC 2045 section 5.1), decoded; None if absent.

    Understands quoting and the charset form of RFC 2231 (``name*=utf-8''a%20b``) with
    continuations; the standard library raises on some hostile ones.
    """
    if name not in value.lower():
        return None
    found = _params(value)
    if name in found:
        return decode_text(found[name])
    if name + "*" in found:
        return _extended([found[name + "*"]])
    pieces = []
    for k in range(20):
        piece = found.get(f"{name}*{k}*", found.get(f"{name}*{k}"))
        if piece is None:
            break
        pieces.append(piece)
    return _extended(pieces) if pieces else None


def _params(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _split_quoted(value)[1:]:
        name, equals, content = part.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), _unquote(content.strip()))
    return found


def _split_quoted(value: str) -> list[str]:
    """Split at semicolons outside quoted strings."""
    parts, start, quoted, escaped = [], 0, False, False
    for k, sign in enumerate(value):
        if escaped:
            escaped = False
        elif sign == "\\" and quoted:
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == ";" and not quoted:
            parts.append(value[start:k])
            start = k + 1
    return [*parts, value[start:]]


def _unquote(content: str) -> str:
    if len(content) >= 2 and content[0] == content[-1] == '"':
        return re.sub(r"\\(.)", r"\1", content[1:-1])
    return content


def _extended(pieces: Sequence[str]) -> str:
    """Decode ``charset'language'percent-encoded`` (RFC 2231 section 4)."""
    joined = "".join(pieces)
    label, quote, rest = joined.partition("'")
    _, second, text = rest.partition("'")
    if not (quote and second):
        label, text = "", joined
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})",
        lambda match: bytes([int(match.group(1), 16)]),
        raw_bytes(text),
    )
    return " ".join(_CONTROLS.sub(" ", charsets.decode(raw, label or None)).split())


def _decode_words(text: str) -> str:
    """Decode encoded words; white space between two of them is no text (RFC 2047 section 6.2).

    Neighbours of one charset are joined before decoding: software cuts inside characters.
    """
    shown: list[str] = []
    pending: tuple[str, bytes] = ("", b"")
    end = 0
    for match in _ENCODED_WORD.finditer(text):
        label, raw = match.group(1).lower(), _word_bytes(match.group(2), match.group(3))
        between = text[end : match.start()]
        end = match.end()
        if between.strip() or label != pending[0]:
            shown.append(charsets.decode(pending[1], pending[0]))
            shown.append(between if between.strip() or not pending[0] else "")
            pending = (label, raw)
        else:
            pending = (label, pending[1] + raw)
    shown.append(charsets.decode(pending[1], pending[0]))
    return "".join([*shown, text[end:]])


def _word_bytes(encoding: str, content: str) -> bytes:
    raw = raw_bytes(content)
    if encoding in "qQ":
        return quopri.decodestring(raw, header=True)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw
