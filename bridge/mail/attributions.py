"""Attribution lines ("On Monday … wrote:"), recognised by structure and so in any language.

An attribution is one to five lines right above a deeper quote that end in a colon and hold a
date, an address, a time or a word for "wrote"; ``hints.score`` weighs them. Without a quote
below, what follows is an unmarked quote (phones, webmail): there much more must speak for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bridge.mail import hints
from bridge.mail.lines import Line

MOST_LINES = 5
ENOUGH, ENOUGH_ALONE = 2, 4
_BLANKS_BELOW = 4
_SHORTEST_WRAPPED = 50
_LONGEST_LINE_ALONE = 250

_SENTENCE_END = (".", "!", "?", ";", "\u3002")
_WHOLE_MAILBOX = re.compile(r"[\"'\u201e\u201c]?[^\W\d][^<>@]{0,60}<[^<>\s]{3,200}>,?$")
_DATE_AND_TIME = re.compile(
    r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:20)?\d\d"
    r"|[^\W\d]{2,14}\.?,? \d{1,2}\.?,? (?:de )?[^\W\d]{2,14}\.?,? (?:de )?20\d\d"
)
_TIME_AFTER = re.compile(r"[^\d]{1,12}\d{1,2}[:.h]\d\d(?::\d\d)?(?:\s?[AaPp]\.?[Mm]\.?)?")
_MAILBOX = re.compile(r"[<(]{1,2}((?:[\w.+=-]{1,64})(?:@| at )[\w.-]{1,120}\w)[>)]")
_QUOTED_NAME = re.compile(
    r"[\"\u201e\u201c\u00ab]\s?([^\"\u201e\u201c\u201d\u00ab\u00bb<>]{1,80}?)\s?[\"\u201d\u201c\u00bb]\s*$"
)


class Attribution(NamedTuple):
    """Lines that say who wrote what follows.

    Attributes:
        first: its first line.
        end: one past its last line.
        above_quote: a deeper quote follows; else what follows carries no quote signs.
    """

    first: int
    end: int
    above_quote: bool


def attributions(lines: Sequence[Line]) -> Iterator[Attribution]:
    """Yield each attribution, in order."""
    filled = -1
    for k, line in enumerate(lines):
        if not line.text:
            continue
        if filled >= 0 and line.depth != lines[filled].depth:
            above = lines[filled]
            if line.depth > above.depth and filled >= k - _BLANKS_BELOW - 1:
                first = _first_line(lines, filled, ENOUGH)
                if first is not None:
                    yield Attribution(first, filled + 1, above_quote=True)
        elif filled >= 0 and filled < k - 1:
            first = _alone(lines, filled)
            if first is not None:
                yield Attribution(first, filled + 1, above_quote=False)
        filled = k
    if filled >= 0:
        first = _alone(lines, filled)
        if first is not None:
            yield Attribution(first, filled + 1, above_quote=False)


def meta_of(text: str) -> Mapping[str, str]:
    """Return ``from`` and ``date`` of an attribution, as far as they can be told."""
    meta: dict[str, str] = {}
    found = _MAILBOX.search(text)
    if found:
        name = _name_before(text[: found.start()])
        meta["from"] = f"{name} <{found.group(1)}>" if name else found.group(1)
    date = _DATE_AND_TIME.search(text)
    if date:
        time = _TIME_AFTER.match(text, date.end())
        meta["date"] = text[date.start() : time.end() if time else date.end()]
    return meta


def _alone(lines: Sequence[Line], last: int) -> int | None:
    """Return where an attribution above an unmarked quote begins; None when it is none."""
    text = lines[last].text
    if len(text) > _LONGEST_LINE_ALONE:
        return None
    if hints.ends_in_colon(text):
        first = _first_line(lines, last, ENOUGH_ALONE)
        above = lines[first - 1] if first else None
        # It stands by itself: in the middle of a paragraph it would be a sentence.
        return (
            first if above is None or not above.text or above.depth != lines[last].depth else None
        )
    starts_alone = last == 0 or not lines[last - 1].text
    is_dated = text[0].isdigit() and hints.has_date(text[:16]) and not text.endswith(_SENTENCE_END)
    # Gmail in some languages: "2016-03-03 17:21 GMT+01:00 Jane Doe", without a colon.
    return last if starts_alone and is_dated and hints.score(text) >= ENOUGH_ALONE else None


def _first_line(lines: Sequence[Line], last: int, enough: int) -> int | None:
    """Return where the attribution that ends at ``last`` begins; None when it is none.

    The fewest lines are taken that are enough: an own line that stands right above, without a
    blank one between, must not be lost. Then lines that were plainly wrapped are added.
    """
    if not hints.ends_in_colon(lines[last].text):
        return _uncoloned(lines, last) if enough == ENOUGH else None
    first, text = last, ""
    while True:
        text = f"{lines[first].text} {text}"
        if hints.score(text) >= enough and not _is_wrapped_end(lines, first, last):
            break
        above = _line_above(lines, first)
        if (
            above is None
            or last - above >= MOST_LINES
            or len(lines[above].text) > hints.LONGEST_LINE
        ):
            if hints.score(text) >= enough:
                break
            return None
        first = above
    while (above := _line_above(lines, first)) is not None and last - above < MOST_LINES:
        if above != first - 1 or not _belongs(lines[above].text, text):
            break
        first, text = above, f"{lines[above].text} {text}"
    return first


def _is_wrapped_end(lines: Sequence[Line], first: int, last: int) -> bool:
    """Say whether the lines so far are only the end of an attribution: "a écrit :" alone."""
    above = _line_above(lines, first)
    text = lines[first].text
    if above is None or above != first - 1 or last - above >= MOST_LINES:
        return False
    short_end = len(text) < 30 and hints.score(text) <= 2 and not hints.has_address(text)
    before = lines[above].text
    return short_end and hints.score(before) >= 2 and not before.endswith(_SENTENCE_END)


def _uncoloned(lines: Sequence[Line], last: int) -> int | None:
    """Accept a single dated line with an address right above a quote, colon or not."""
    text = lines[last].text
    stands_alone = (
        last == 0 or not lines[last - 1].text or lines[last - 1].depth != lines[last].depth
    )
    if not stands_alone or len(text) > _LONGEST_LINE_ALONE or text.endswith(_SENTENCE_END):
        return None
    return last if hints.has_date(text) and hints.score(text) >= ENOUGH_ALONE else None


def _line_above(lines: Sequence[Line], k: int) -> int | None:
    """Return the line above within the paragraph; over a blank one only into an open bracket."""
    if k == 0:
        return None
    above = lines[k - 1]
    if above.depth != lines[k].depth:
        return None
    if above.text:
        return k - 1
    opens = lines[k].text.lstrip().startswith("<")
    reaches = opens and k >= 2 and lines[k - 2].text and lines[k - 2].depth == lines[k].depth
    return k - 2 if reaches else None


def _belongs(above: str, text: str) -> bool:
    """Say whether the line above is still the attribution and no sentence of its own."""
    if above.endswith(_SENTENCE_END) and not above[-3:-1].strip().isdigit():
        return False
    place = hints.date_place(text)
    begins_with_date = place is not None and place < 25
    if _WHOLE_MAILBOX.match(above) and not hints.has_address(text):
        return True
    if len(above) >= _SHORTEST_WRAPPED and hints.score(above) >= (3 if begins_with_date else 1):
        return True
    if hints.has_mailbox(above) and not hints.has_address(text):
        return True
    if begins_with_date:
        return False
    adds_date = hints.has_date(above) and not hints.has_date(text)
    return adds_date or (
        hints.score(above) >= 2 and hints.has_address(above) and not hints.has_address(text)
    )


def _name_before(text: str) -> str:
    """Return the name that ends a text: quoted, or the capitalised words at its end."""
    quoted = _QUOTED_NAME.search(text[-100:])
    if quoted:
        return quoted.group(1).strip()
    words: list[str] = []
    for word in reversed(text[-100:].rstrip(" ,(").split()):
        if (
            not word[0].isupper()
            or any(sign.isdigit() for sign in word)
            or word.endswith((",", ":"))
        ):
            break
        words.insert(0, word)
    return " ".join(words).strip("\"' ")
