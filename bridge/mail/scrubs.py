"""Mailman's markers of what it cut out of a mail, and what they say about the attachment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bridge.mail.lines import Line, paragraph_end

MOST_LINES = 12

# Mailman's marker is dashes, words in the list's language, dashes.
_MARKER = re.compile(r"-{8,14} \S.{0,40} -{8,14}$")
_WITHOUT_LINK = ("Skipped content of type", "[Non-text portions of this message")
_FIRST_SIGNS = ("-", "S", "[")
_URL = re.compile(r"https?://[^\s<>\"]{1,1000}")
_TYPE = re.compile(
    r"(?<![\w/:])((?:image|text|application|audio|video|message|model|font)/[\w.+-]{1,80})"
)
_SIZE = re.compile(r"(\d{1,12}) ?(?:bytes?|octets|bajt|байт|字节)", re.IGNORECASE)
_NAME = re.compile(r"^[^:\n]{1,20}[:\uff1a] ?([^/\n]{1,200}\.[A-Za-z0-9]{1,8})$")


class Scrubbed(NamedTuple):
    """An attachment the archive keeps elsewhere; None = its marker does not say."""

    name: str | None
    type: str | None
    size: int | None
    url: str


def is_scrub(text: str) -> bool:
    """Say whether a line is such a marker."""
    return text.startswith("--------") and bool(_MARKER.match(text))


def scrubs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of markers with the lines that name the attachment."""
    for k, line in enumerate(lines):
        if line.text[:1] not in _FIRST_SIGNS:
            continue
        if is_scrub(line.text):
            end = paragraph_end(lines, k + 1, most=MOST_LINES)
            named = any("http" in below.text for below in lines[k + 1 : end])
            if named or line.text.startswith("-" * 14):
                yield k, end if named else k + 1
        elif line.text.startswith(_WITHOUT_LINK):
            yield k, k + 1


def scrubbed(text: str) -> Scrubbed | None:
    """Return what a marker with its lines says; None when it has no link."""
    url = _URL.search(text)
    if url is None:
        return None
    said = text[: url.start()]
    names = (_NAME.match(line.strip()) for line in said.split("\n"))
    name = next((found.group(1) for found in names if found), None)
    kind, size = _TYPE.search(said), _SIZE.search(said)
    return Scrubbed(
        name or url.group().rstrip("/").rpartition("/")[2] or None,
        kind.group(1) if kind else None,
        int(size.group(1)) if size else None,
        url.group().rstrip(">.,"),
    )
