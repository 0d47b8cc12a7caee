"""Attribution lines ("On Monday … wrote:"), recognised by structure and so in any language.

An attribution is one to four lines right above a deeper quote that end in a colon and hold a
date or an address. No verb is looked for: archives lose letters ("a ?crit") and people write in
more languages than a list of verbs has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bridge.mail.lines import Line

MOST_LINES = 4
LONGEST_LINE = 500

# Narrow no-break space, bidi marks and emphasis stand around colons in practice.
_AROUND = " \t*_\u00a0\u202f\u200e\u200f\u202a\u202b\u202c\u2068\u2069"
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|(?<!\d)\d{1,2}[:.h]\d\d(?!\d)"
)
# Bounded repeats: the search stays linear on hostile lines. Archives write "user at host".
_ADDRESS = re.compile(r"[\w.+=-]{1,64}(?:@| at )[\w-]{1,63}\.\w")


def attributions(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) line indexes of each attribution, in order."""
    filled = -1
    for k, line in enumerate(lines):
        if not line.text:
            continue
        if 0 <= filled >= k - 3 and line.depth > lines[filled].depth:
            first = _first_line(lines, filled)
            if first is not None:
                yield first, filled + 1
        filled = k


def _first_line(lines: Sequence[Line], last: int) -> int | None:
    """Return where the attribution that ends at ``last`` begins; None when it is none.

    The fewest lines are taken that hold the date (or else the address): an own line that stands
    right above, without a blank one between, must not be lost.
    """
    if not _ends_in_colon(lines[last].text):
        return None
    top = last
    while top > 0 and last - top < MOST_LINES - 1 and _continues(lines[top - 1], lines[last]):
        top -= 1
    window = range(last, top - 1, -1)
    first = next((k for k in window if _DATE.search(lines[k].text)), None)
    if first is None:
        first = next((k for k in window if _ADDRESS.search(lines[k].text)), None)
    while first is not None and first > top and _belongs(lines[first - 1].text):
        first -= 1
    return first


def _ends_in_colon(text: str) -> bool:
    return text.rstrip(_AROUND).endswith((":", "\uff1a"))


def _continues(above: Line, line: Line) -> bool:
    return bool(above.text) and above.depth == line.depth and len(above.text) <= LONGEST_LINE


def _belongs(text: str) -> bool:
    """Say whether a line above the date is still the attribution and no sentence of its own."""
    return not text.endswith((".", "!", "?")) and (
        text.endswith(",") or bool(_ADDRESS.search(text) or _DATE.search(text))
    )
