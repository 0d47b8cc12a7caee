"""Limits on raw bytes, checked before any parser sees them.

Python's email package recurses to death on 1,000 nested parts and takes seconds for header blocks
no real mail has (measured), so what is over a limit is set aside unparsed, with its raw bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

MAIL = 25 * 1024 * 1024
QUICK = 256 * 1024
"""A longer mail is read by a process of its own, which may be killed."""
HEADER_BLOCK = 128 * 1024
HEADER = 16 * 1024
HEADERS = 1_000
NESTING = 20
PARTS = 200
DELIMITERS = 100_000
"""Lines that look like a delimiter, in a multipart; each is looked at."""
TEXT = 1024 * 1024
"""Decoded text in bytes of UTF-8; known only after parsing, so parse.py applies it."""

_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD_START = re.compile(rb"^(?![ \t\r\n])", re.MULTILINE)
_DELIMITER = re.compile(rb"(?:^|(?<=\n))--([^\r\n]+)")
_CONTENT_TYPE = re.compile(
    rb"^content-type[ \t]*:((?:[^\n]|\n[ \t])*)", re.MULTILINE | re.IGNORECASE
)
_BOUNDARY = re.compile(
    rb'boundary\*?0?\*?[ \t\r\n]*=[ \t\r\n]*(?:"([^"\r\n]*)"|([^\s;"]+))', re.IGNORECASE
)


def over_limit(raw: bytes) -> str | None:
    """Return which limit the mail is over, as a sentence; None when it is within all."""
    if len(raw) > MAIL:
        return f"the mail has {len(raw)} bytes, more than {MAIL}"
    head = _head(raw, 0)
    return _over_header_limit(raw[:head]) or _over_structure_limit(raw)


def header_block(raw: bytes) -> bytes:
    """Return as much of the header block as the limit allows, for mails that are over one."""
    return raw[: min(_head(raw, 0), HEADER_BLOCK)]


def _head(raw: bytes, start: int) -> int:
    """Return where the header block that begins at ``start`` ends."""
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return start
    found = _BLANK_LINE.search(raw, start)
    return found.end() if found else len(raw)


def _over_header_limit(head: bytes) -> str | None:
    if len(head) > HEADER_BLOCK:
        return f"the header block has {len(head)} bytes, more than {HEADER_BLOCK}"
    starts = [match.start() for match in _FIELD_START.finditer(head)]
    if len(starts) > HEADERS:
        return f"the mail has {len(starts)} headers, more than {HEADERS}"
    longest = max((b - a for a, b in pairwise([0, *starts, len(head)])), default=0)
    if longest > HEADER:
        return f"a header has {longest} bytes, more than {HEADER}"
    return None


@dataclass(frozen=True, slots=True)
class _Open:
    """A multipart whose closing delimiter has not come yet; parts in it are at ``level``."""

    boundary: bytes
    level: int


def _over_structure_limit(raw: bytes) -> str | None:
    """Walk the delimiter lines with a stack of open boundaries (RFC 2046 section 5.1.1)."""
    opened: list[_Open] = []
    deepest = _open_part(raw, 0, opened, 0)
    parts = 0
    for seen, delimiter in enumerate(_DELIMITER.finditer(raw) if opened else ()):
        if seen > DELIMITERS:
            return f"the mail has more than {DELIMITERS} lines like delimiters"
        part = _close_down_to(opened, delimiter.group(1).rstrip())
        if part is not None:
            parts += 1
            start = raw.find(b"\n", delimiter.end()) + 1 or len(raw)
            deepest = max(deepest, _open_part(raw, start, opened, part.level))
        if parts > PARTS or deepest > NESTING:
            break
    if deepest > NESTING:
        return f"parts are nested more than {NESTING} deep"
    return f"the mail has more than {PARTS} parts" if parts > PARTS else None


def _close_down_to(opened: list[_Open], line: bytes) -> _Open | None:
    """Close what a delimiter line ends; return the multipart in which it begins a part."""
    for k in range(len(opened) - 1, -1, -1):
        if line == opened[k].boundary:
            del opened[k + 1 :]
            return opened[k]
        if line == opened[k].boundary + b"--":
            del opened[k:]
            return None
    return None


def _open_part(raw: bytes, start: int, opened: list[_Open], level: int) -> int:
    """Read a part's header; open its boundary. Return how deep it is, inner messages included."""
    while level <= NESTING:
        end = _head(raw, start)
        kind = _CONTENT_TYPE.search(raw, start, end)
        value = kind.group(1).strip().lower() if kind else b""
        if value.startswith(b"multipart/"):
            boundary = _BOUNDARY.search(kind.group(1)) if kind else None
            if boundary:
                opened.append(_Open(boundary.group(1) or boundary.group(2) or b"", level + 1))
            return level + 1
        if not value.startswith(b"message/") or end == start:
            return level
        start, level = end, level + 1
    return level
