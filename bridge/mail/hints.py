"""What in a line hints that it names who wrote what follows, and when; in any language.

Structure comes first: a full date, a time, an address. Verbs only add to it, because archives
lose letters ("a ?crit") and people write in more languages than a list of verbs has.
"""

from __future__ import annotations

import re

from bridge.mail.words import WROTE, WROTE_INSIDE

LONGEST_LINE = 500
"""Longer lines name nobody; they are paragraphs."""

# Narrow no-break space, bidi marks, emphasis and brackets stand around colons in practice.
_AROUND = " \t*_>)\u00a0\u202f\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069"
# Bounded repeats everywhere: the searches stay linear on hostile lines.
_DIGIT = re.compile(r"\d")
_YEAR_NUMBER = r"(?:19|20)\d\d"
_MONTH = r"[^\W\d]{2,14}\.?,?"
_FULL_DATE = re.compile(
    # 2025-11-03, 2025. 11. 3, 2025\u5e7411\u67083\u65e5, 2025\ub144 11\uc6d4 3\uc77c
    rf"(?<!\d){_YEAR_NUMBER}[-/.\u5e74\ub144]\s?\d{{1,2}}[-/.\u6708\uc6d4]\s?\d{{1,2}}"
    # 03/11/25, 3.11.2025, 02. 11. 25
    rf"|(?<!\d)\d{{1,2}}[-/.]\s?\d{{1,2}}[-/.]\s?(?:19|20)?\d\d(?!\d)"
    # 3 Nov 2025, 3. November 2025, 3 de noviembre de 2025
    rf"|(?<!\d)\d{{1,2}}\.?[\s/-](?:de |d'|of )?{_MONTH}[\s/-](?:de )?,?{_YEAR_NUMBER}(?!\d)"
    # Nov 3, 2025
    rf"|[^\W\d]{{3,14}}\.?\s\d{{1,2}}(?:st|nd|rd|th)?\.?,?\s{_YEAR_NUMBER}(?!\d)"
    # 2025. november 3
    rf"|(?<!\d){_YEAR_NUMBER}\.?\s[^\W\d]{{3,14}}\.?\s\d{{1,2}}"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:h]\d\d(?!\d)|(?<!\d)(?:[01]?\d|2[0-3])\.[0-5]\d(?![\d.])")
_ZONE = re.compile(r"(?:GMT|UTC)[+-]?\d|[+-]\d{4}(?!\d)")
# Archives write "user at host"; some users "user[at]host".
_ADDRESS = re.compile(
    r"[\w.+=-]{1,64}(?:@| at |\[at\]|\(at\)|\[a\]|\uff20)[\w-]{1,63}(?:\.| dot )\w", re.IGNORECASE
)
_BRACKETED = re.compile(r"[<(\u00ab\[][^<>()]{0,80}(?:@| at )[^<>()]{1,120}")
_WORD = re.compile(r"[\w?\ufffd/()]+")


def ends_in_colon(text: str) -> bool:
    """Say whether a line ends in a colon, whatever marks stand around it."""
    return text.rstrip(_AROUND).endswith((":", "\uff1a", "\ufe55"))


def has_date(text: str) -> bool:
    """Say whether a day of some year is named."""
    return bool(_FULL_DATE.search(text))


def has_address(text: str) -> bool:
    """Say whether a mail address stands in the line, obfuscated or not."""
    return bool(_ADDRESS.search(text))


def has_mailbox(text: str) -> bool:
    """Say whether an address stands in brackets, as behind a name."""
    return bool(_BRACKETED.search(text)) and has_address(text)


def date_place(text: str) -> int | None:
    """Return where the first date or year begins."""
    found = _FULL_DATE.search(text) or _YEAR.search(text)
    return found.start() if found else None


def says_wrote(text: str) -> bool:
    """Say whether a word for "wrote" stands in the line, its letters maybe lost to ``?``."""
    folded = text.casefold()
    return not WROTE.isdisjoint(_WORD.findall(folded)) or (
        not folded.isascii() and any(word in folded for word in WROTE_INSIDE)
    )


def score(text: str) -> int:
    """Return how much speaks for an attribution: 2 is enough above a quote, 4 without one.

    A full date, an address in brackets and a verb count 2 each; a bare year or address and a time
    count 1.
    """
    if len(text) > LONGEST_LINE * 4:
        return 0
    points = 0
    if _DIGIT.search(text):
        points += 2 if _FULL_DATE.search(text) else bool(_YEAR.search(text))
        points += bool(_TIME.search(text)) + bool(_ZONE.search(text))
    if "@" in text or " at " in text or "[at]" in text or "(at)" in text:
        points += _address_points(text)
    return points + 2 * says_wrote(text)


def _address_points(text: str) -> int:
    if not _ADDRESS.search(text):
        return 0
    return 2 if _BRACKETED.search(text) else 1
