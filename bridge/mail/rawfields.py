"""A mail's header fields as octets, for signatures; refused where two readers could disagree.

The tolerant reader for people is ``headers``. Whoever appends a field that one reader sees and
another does not can make a signature speak for words its signer never saw, so here a header block
is read by the letter of RFC 5322 section 2.2 or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIELD = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class RawField:
    """One field as it was written, folded lines and all.

    Attributes:
        name: lower case.
        written: name, colon and value; lines end in CR LF, without the last line's end.
        value: what follows the colon.
    """

    name: str
    written: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class RawMail:
    """Fields in order, newest first as mail servers put them, and the body with CR LF."""

    fields: tuple[RawField, ...]
    body: bytes

    def all(self, name: str) -> tuple[RawField, ...]:
        """Return every field of that (lower-case) name."""
        return tuple(field for field in self.fields if field.name == name)


def read_raw_mail(raw: bytes) -> RawMail | None:
    """Return the fields and the body; None when the header block can be read in two ways.

    A bare CR, a NUL, white space before a colon and a line that is no field are such ways: the
    standard library, servers and mail programs each treat them differently (seen in practice).
    """
    blank = _BLANK_LINE.search(raw)
    head = raw[: blank.start()] if blank else raw.removesuffix(b"\n").removesuffix(b"\r")
    body = raw[blank.end() :] if blank else b""
    head = head.replace(b"\r\n", b"\n")
    if not head or b"\r" in head or b"\0" in head:
        return None
    written: list[list[bytes]] = []
    for line in head.split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            written.append([line])
        elif written:
            written[-1].append(line)
        else:
            return None
    fields = [_field(b"\r\n".join(lines)) for lines in written]
    if any(field is None for field in fields):
        return None
    crlf = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return RawMail(tuple(field for field in fields if field is not None), crlf)


def _field(written: bytes) -> RawField | None:
    match = _FIELD.fullmatch(written)
    return RawField(match[1].decode("ascii").lower(), written, match[2]) if match else None
