"""What a DKIM signature is computed over: fields and body in canonical form.

RFC 6376 section 3.4, in linear time whatever the octets.
"""

from __future__ import annotations

import re

from bridge.mail.rawfields import RawField

RELAXED, SIMPLE = "relaxed", "simple"
FORMS = frozenset({RELAXED, SIMPLE})
_SPACES = re.compile(rb"[ \t]+")


def canonical_field(field: RawField, form: str) -> bytes:
    """Return a field without its last line's end (sections 3.4.1 and 3.4.2)."""
    if form == SIMPLE:
        return field.written
    value = _SPACES.sub(b" ", field.value.replace(b"\r\n", b"")).strip(b" ")
    return field.name.encode("ascii") + b":" + value


def canonical_body(body: bytes, form: str) -> bytes:
    """Return a body, empty lines at its end left out (sections 3.4.3 and 3.4.4)."""
    lines = body.split(b"\r\n")
    if form == RELAXED:
        # Stripped first, so that no run of blanks is looked at twice.
        lines = [_SPACES.sub(b" ", line.rstrip(b" \t")) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"" if form == RELAXED else b"\r\n"
    return b"\r\n".join(lines) + b"\r\n"


def without_signature(field: RawField) -> RawField:
    """Return a signature's own field with the value of its ``b`` tag taken out (section 3.5)."""
    name, _, _ = field.written.partition(b":")
    value = b";".join(_emptied(part) for part in field.value.split(b";"))
    return RawField(field.name, name + b":" + value, value)


def _emptied(part: bytes) -> bytes:
    name, equals, _ = part.partition(b"=")
    return name + equals if name.strip() == b"b" else part
