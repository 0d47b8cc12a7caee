"""An mbox as a stream of mails (RFC 4155), as Mailman and pipermail write it; pure.

A line begins a mail only if it is ``From `` with a sender and a full date, after a blank line:
prose that begins with "From " is not escaped in many archives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_BEGIN = re.compile(
    rb"From \S[^\r\n]{0,300}?\s"
    + _DAY
    + rb"\s+(?:"
    + _MONTH
    + rb"\s+\d{1,2}|\d{1,2}\s+"
    + _MONTH
    + rb")"
    rb"\s+(?:\d{4}\s+)?\d{1,2}:\d\d(?::\d\d)?(?:\s+[A-Z][\w/+-]{1,30}|\s+[+-]\d{4}){0,2}"
    rb"(?:\s+\d{4})?(?:\s+[+-]\d{4})?\s*$"
)


def begins_mail(line: bytes) -> bool:
    """Say whether a line is the separator above a mail."""
    return line.startswith(b"From ") and bool(_BEGIN.match(line))


def split_mbox(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the mails of an mbox, without their separators; what stands before the first is none.

    Escaped ``>From `` lines become ``From `` where no quote stands beside them.
    """
    current: list[bytes] | None = None
    after_blank = True
    for line in lines:
        if after_blank and begins_mail(line):
            if current is not None:
                yield _joined(current)
            current = []
        elif current is not None:
            current.append(line)
        after_blank = not line.strip()
    if current is not None:
        yield _joined(current)


def _joined(lines: list[bytes]) -> bytes:
    for k, line in enumerate(lines):
        if (
            line.startswith(b">From ")
            and not _is_quote(lines, k - 1)
            and not _is_quote(lines, k + 1)
        ):
            lines[k] = line[1:]
    if lines and not lines[-1].strip():
        # The blank line before the next separator is the mbox's, not the mail's.
        lines.pop()
    return b"".join(lines)


def _is_quote(lines: list[bytes], k: int) -> bool:
    return 0 <= k < len(lines) and lines[k].startswith(b">")
