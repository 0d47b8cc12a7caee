"""Words that several modes share: numbers with their nouns."""

from __future__ import annotations

from typing import Final

NOTHING_MISSING: Final = "Nothing is missing."
NOBODY: Final = "Nobody on the roll counts."


def count(number: int, noun: str) -> str:
    """Return ``1 member`` or ``2 members``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def so_many(number: int, noun: str) -> str:
    """Return ``1 objection is`` or ``2 objections are``."""
    return f"{count(number, noun)} {'is' if number == 1 else 'are'}"
