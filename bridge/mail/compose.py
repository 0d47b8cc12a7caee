"""A mail of ours -> bytes: one text/plain part, deterministic, every header guarded.

The same value always gives the same bytes, so a mail can be written again after a crash. Header
injection is impossible by construction (a value with a control sign is refused, text is encoded
by us) and checked again: the bytes are parsed and the header names compared.
"""

from __future__ import annotations

import base64
import email.utils
import quopri
import re
from collections import Counter
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import compat32

from bridge.ids import Instant, MessageId
from bridge.mail.addresses import parse_address
from bridge.mail.headers import INSTANCE_HEADER
from bridge.mail.references import parse_message_id

WIDEST_LINE = 72
MOST_REFERENCES = 100
"""The first and the last ids stay: lists hold mails with longer headers."""

# Line ends, all controls, Unicode's line ends, bidi marks and lone surrogates.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff\ufffe\uffff]"
)
_BODY_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=^`{|}~_ -]+")
_URL = re.compile(r"https?://\S+")
_WORD_BYTES = 42


@dataclass(frozen=True, slots=True)
class ListMail:
    """A mail to write.

    Attributes:
        references: the thread, oldest first, the parent last. They are other people's ids:
            one that cannot be written is left out, since no old mail may stop a new one.
        to: one address.
        body: lines of at most 72 columns (URLs excepted), line ends LF.
        date: goes into Date, in UTC.
        instance: our name in the loop header.
        hop: 1 for a mail of our own making; relayed mails count on.
        extra: more header fields as (name, value).
    """

    message_id: MessageId
    in_reply_to: MessageId | None
    references: tuple[MessageId, ...]
    from_name: str
    from_address: str
    to: str
    reply_to: str | None
    subject: str
    body: str
    date: Instant
    instance: str
    hop: int = 1
    extra: tuple[tuple[str, str], ...] = ()


def compose(mail: ListMail) -> bytes:
    """Return the mail's bytes, line ends CRLF.

    Raises:
        ValueError: a value cannot stand in its header, or a body line is too wide; the sentence
            begins with the header's name.
    """
    encoding, body = _encoded_body(mail.body)
    fields = [*_fields(mail), ("Content-Transfer-Encoding", encoding)]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    raw = head.encode("ascii") + b"\r\n" + body
    _guard(raw, [name for name, _ in fields])
    return raw


def _fields(mail: ListMail) -> list[tuple[str, str]]:
    fields = [
        ("From", _mailbox("From", mail.from_name, mail.from_address)),
        ("To", _address("To", mail.to)),
        ("Subject", _text("Subject", mail.subject)),
        ("Date", _date(mail.date)),
        ("Message-ID", _id("Message-ID", mail.message_id)),
        ("Auto-Submitted", "auto-generated"),
        # Not "All": that would suppress the bounces we need.
        ("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN"),
        (INSTANCE_HEADER, f"{_plain(INSTANCE_HEADER, mail.instance)}; hop={mail.hop:d}"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
    ]
    if mail.reply_to is not None:
        fields.append(("Reply-To", _address("Reply-To", mail.reply_to)))
    if mail.in_reply_to is not None:
        fields.append(("In-Reply-To", _id("In-Reply-To", mail.in_reply_to)))
    kept = _trimmed(tuple(each for each in mail.references if is_writable(each)))
    if kept:
        fields.append(("References", "\r\n ".join(f"<{each}>" for each in kept)))
    given = {name.lower() for name, _ in fields} | {"content-transfer-encoding"}
    for name, value in mail.extra:
        fields.append((_extra_name(name, given), _text(name, value)))
    return fields


def _date(instant: Instant) -> str:
    """Return RFC 5322's form; "-0000", which the library writes, would say "no zone known"."""
    return email.utils.formatdate(instant / 1000).replace("-0000", "+0000")


def _extra_name(name: str, given: set[str]) -> str:
    if not _NAME.fullmatch(name) or name.lower().startswith("list-"):
        raise ValueError(f"{name!r} is no header that we may write")
    if name.lower() in given:
        raise ValueError(f"{name} is written already")
    return name


def _trimmed(references: tuple[MessageId, ...]) -> tuple[MessageId, ...]:
    if len(references) <= MOST_REFERENCES:
        return references
    return (references[0], *references[1 - MOST_REFERENCES :])


def _plain(name: str, value: str) -> str:
    """Return a value that stands in its header as it is: printable ASCII, no encoded word."""
    if not value.isascii() or _FORBIDDEN.search(value) or "=?" in value or not value.strip():
        raise ValueError(f"{name} cannot hold {value!r}")
    if len(value) > 900:
        raise ValueError(f"{name} is longer than 900 characters")
    return value.strip()


def _text(name: str, value: str) -> str:
    """Return unstructured text, folded; encoded (RFC 2047) where it is not plain ASCII."""
    if _FORBIDDEN.search(value):
        raise ValueError(f"{name} cannot hold {value!r}")
    room = WIDEST_LINE - len(name) - 2
    is_long = any(len(word) > room for word in value.split(" "))
    if not value.isascii() or "=?" in value or value != value.strip() or is_long:
        return "\r\n ".join(_encoded_words(value))
    return _folded(value, room)


def _folded(value: str, room: int) -> str:
    lines, line = [], ""
    for word in value.split(" "):
        if line.strip() and word and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, WIDEST_LINE - 1
        else:
            line = f"{line} {word}" if line or lines else word
    return "\r\n ".join([*lines, line])


def _encoded_words(value: str) -> list[str]:
    """Return B words that end between characters (RFC 2047 section 5)."""
    words, chunk = [], b""
    for sign in value:
        raw = sign.encode()
        if len(chunk) + len(raw) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += raw
    return [f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in [*words, chunk]]


def _address(name: str, value: str) -> str:
    address = parse_address(value)
    if address is None or not address.isascii():
        raise ValueError(f"{name} cannot hold the address {value!r}")
    return address


def _mailbox(name: str, shown: str, address: str) -> str:
    inner = f"<{_address(name, address)}>"
    if not shown:
        return inner
    if _FORBIDDEN.search(shown):
        raise ValueError(f"{name} cannot hold the name {shown!r}")
    is_plain = _ATOMS.fullmatch(shown) and shown == shown.strip() and len(shown) <= 60
    if is_plain and "=?" not in shown and "  " not in shown:
        return f"{shown}\r\n {inner}"
    return "\r\n ".join([*_encoded_words(shown), inner])


def _id(name: str, value: str) -> str:
    if not is_writable(value):
        raise ValueError(f"{name} cannot hold the Message-ID {value!r}")
    return f"<{value}>"


def is_writable(message_id: str) -> bool:
    """Say whether a Message-ID, which anybody may have chosen, can stand in a header of ours."""
    is_plain = message_id.isascii() and "=?" not in message_id
    return is_plain and parse_message_id(message_id) == message_id


def _encoded_body(body: str) -> tuple[str, bytes]:
    """Return transfer encoding and bytes; 8bit where lines are short, else quoted-printable."""
    if _BODY_FORBIDDEN.search(body):
        raise ValueError("the body holds control signs")
    lines = body.rstrip("\n").split("\n")
    for line in lines:
        if len(_URL.sub("", line)) > WIDEST_LINE:
            raise ValueError(f"the body has a line wider than {WIDEST_LINE} columns: {line!r}")
    raw = "\r\n".join(lines).encode() + b"\r\n"
    if raw.isascii() and all(len(line) <= 900 for line in lines):
        return "7bit", raw
    coded = [quopri.encodestring(line.encode()).rstrip(b"\n") for line in lines]
    return "quoted-printable", b"\r\n".join(
        part.replace(b"\n", b"\r\n") for part in coded
    ) + b"\r\n"


def _guard(raw: bytes, names: list[str]) -> None:
    """Refuse bytes that another parser reads as other headers than were written."""
    message = BytesParser(policy=compat32).parsebytes(raw, headersonly=True)
    found = Counter(name.lower() for name in message)
    written = Counter(name.lower() for name in names)
    differing = sorted((found - written) | (written - found))
    if differing:
        raise ValueError(f"{differing[0]}: written and read headers differ")
