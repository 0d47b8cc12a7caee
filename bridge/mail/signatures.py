"""Signatures: below ``-- ``, of PGP, of phones, and address blocks below a drawn line."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from bridge.mail.lines import SIGNATURE_MARK, Line, is_rule, next_filled
from bridge.mail.mobiles import is_mobile_line

MOST_MARKS = 500
"""A budget: no mail has as many signatures, and after them nobody's time is spent."""
MOST_SIGNATURE_LINES = 15

MOST_MARKED_SIGNATURE_LINES = 40
"""After the exact ``-- `` of RFC 3676; a bare ``--`` is also used to divide text."""


_VERSION = re.compile(r"\d{1,3}\.\d{1,3}[\w.\-+ ()]{0,60}$")

_SIGNATURE_MARKS = frozenset(
    {"--", SIGNATURE_MARK, "- --", "- -- ", "\u2014", "\u2013", "\u2014\u2014", "---- ", "__"}
)

_SURE_SIGNATURE_MARKS = frozenset({SIGNATURE_MARK, "- --", "- -- "})

_CONTACT = re.compile(r"@|\+?\d[\d ()/.-]{6,}|https?://|www\.|\bt(?:el|elefon|él)\b", re.IGNORECASE)

_MAILTRACK = "\u1427"
"""A letter of no language in use; Mailtrack leaves it above the signature."""

_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"

_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"

_PGP_END = "-----END PGP SIGNATURE-----"

_PGP_MOST_LINES = 60


def signatures(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of signatures: from ``-- `` to the next mark, quote or the end.

    A long one is text. Drawn lines above belong to it, and so do PGP's blocks and what phones add.
    """
    k = seen = 0
    while k < len(lines) and seen < MOST_MARKS:
        text = lines[k].text
        end = None
        if text in _SIGNATURE_MARKS:
            seen += 1
            end = _signature_end(lines, k, marked)
        elif text.startswith("-----BEGIN PGP SIG"):
            end = _pgp_end(lines, k)
        elif text[:1] == "_" and is_rule(text) and k not in marked:
            end = _contact_end(lines, k, marked)
        if end is None:
            k += 1
            continue
        yield (_drawn_above(lines, k) if text[:4] != "----" else k), end
        k = end


def mobile_lines(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of the lines phones and programs add at the end of a text."""
    last = None
    for k in range(len(lines) + 1):
        ends = (
            k == len(lines)
            or k in marked
            or (last is not None and lines[k].text and lines[k].depth != lines[last].depth)
        )
        if ends and last is not None:
            first = _mobile_start(lines, last, marked)
            if first is not None:
                yield first, last + 1
            last = None
        if k < len(lines) and lines[k].text and k not in marked:
            last = k


def _signature_end(lines: Sequence[Line], k: int, marked: Container[int]) -> int | None:
    below = next_filled(lines, k + 1, blanks=1)
    if below is not None and lines[k].text in ("--", SIGNATURE_MARK):
        is_version = _VERSION.match(lines[below].text)
        if is_version and lines[below].depth == lines[k].depth:
            # git's own: the version ends it, what follows is not a signature.
            return below + 1
    sure = lines[k].text in _SURE_SIGNATURE_MARKS
    limit = MOST_MARKED_SIGNATURE_LINES if sure else MOST_SIGNATURE_LINES
    end, filled = k + 1, 0
    while end < len(lines) and end not in marked and _same_run(lines, end, lines[k].depth):
        if lines[end].text in _SIGNATURE_MARKS and filled:
            break
        filled += bool(lines[end].text)
        if filled > limit or (not sure and len(lines[end].text) > 200):
            return None
        end += 1
    is_drawn = sum(_is_drawn(each.text) for each in lines[k:end]) > filled // 2
    while end > k + 1 and not lines[end - 1].text and lines[end - 1].depth != lines[k].depth:
        end -= 1
    weak = lines[k].text not in ("--", *_SURE_SIGNATURE_MARKS)
    if weak and not is_drawn and (filled > 6 or filled == 0):
        return None
    return end


def _same_run(lines: Sequence[Line], k: int, depth: int) -> bool:
    return lines[k].depth == depth or not lines[k].text


def _pgp_end(lines: Sequence[Line], k: int) -> int | None:
    if lines[k].text == _PGP_SIGNED:
        end = k + 1
        while end < len(lines) and lines[end].text.startswith(("Hash:", "NotDashEscaped")):
            end += 1
        return end
    if lines[k].text != _PGP_SIGNATURE:
        return None
    stop = min(k + _PGP_MOST_LINES, len(lines))
    return next((j + 1 for j in range(k, stop) if lines[j].text == _PGP_END), None)


def _contact_end(lines: Sequence[Line], k: int, marked: Container[int]) -> int | None:
    """Return where a short address block below a drawn line ends, which must end the text."""
    end = k + 1
    while end < len(lines) and end not in marked and _same_run(lines, end, lines[k].depth):
        end += 1
        if end - k > 12:
            return None
    below = [line.text for line in lines[k + 1 : end] if line.text]
    if not 1 <= len(below) <= 8 or any(len(text) > 70 for text in below):
        return None
    return end if sum(bool(_CONTACT.search(text)) for text in below) * 3 >= len(below) else None


def _drawn_above(lines: Sequence[Line], k: int) -> int:
    first = k
    while (
        first > 0 and k - first < 5 and lines[first - 1].text and _is_drawn(lines[first - 1].text)
    ):
        first -= 1
    return first


def _is_drawn(text: str) -> bool:
    """Say whether a line holds signs only, no letter and no digit."""
    if text == _MAILTRACK:
        return True
    return bool(text) and len(text) < 100 and not any(sign.isalnum() for sign in text)


def _mobile_start(lines: Sequence[Line], last: int, marked: Container[int]) -> int | None:
    first, k, depth = None, last, lines[last].depth
    while k >= 0 and k not in marked and _same_run(lines, k, depth):
        if lines[k].text:
            alone = k == 0 or not lines[k - 1].text or lines[k - 1].depth != depth
            if not is_mobile_line(lines[k].text, is_alone=alone or first is not None):
                break
            first = k
        k -= 1
    return first
