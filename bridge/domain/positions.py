"""What a reaction key or a keyword means, and nothing about who may say it or when.

The tables are spec chapter 2.3; the normalising of keys is edge case 17 of 2.10, the keyword
grammar 2.3 and 2.8. Every parser here is total: what it does not know is ``None``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Position(StrEnum):
    """What somebody says about the statement; ``withdraw`` takes back what was said."""

    ENDORSE = "endorse"
    RESERVE = "reserve"
    NO_OBJECTION = "no_objection"
    ABSTAIN = "abstain"
    RECUSE = "recuse"
    HOLD = "hold"
    OBJECT = "object"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Sign:
    """A position's reaction: the key the bot seeds, its name in words, and keys that mean the same.

    Attributes:
        seed: the emoji the bot puts on the card, normalised.
        name: what a screen reader or a mail says instead of the emoji.
        aliases: other normalised keys for the same position.
    """

    seed: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A position's keyword, the same through every door.

    Attributes:
        mail: the first own line of a mail, casefolded; text may follow after a colon.
        chat: the command without ``!``; text may follow after a space.
        hint: what the text after the word should say, or None when none is asked for.
    """

    mail: str
    chat: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A position given in words; ``text`` is kept letter by letter and may be empty."""

    position: Position
    text: str


REACTIONS: Final = MappingProxyType(
    {
        Position.ENDORSE: Sign("✅", "check mark", ("✔", "☑", "👍")),
        Position.RESERVE: Sign("📝", "memo"),
        Position.NO_OBJECTION: Sign("🆗", "OK button", ("👌",)),
        Position.ABSTAIN: Sign("⚪", "white circle"),
        Position.HOLD: Sign("⏳", "hourglass"),
        # Nobody is offered a thumb down, but silence must not swallow a visible no (2.10, 18b).
        Position.OBJECT: Sign("✋", "raised hand", ("🛑", "⛔", "👎")),
    }
)
"""Position -> its sign, in the order in which the bot seeds them. Recusing has no sign."""

SEEDS: Final = tuple(sign.seed for sign in REACTIONS.values())
"""The keys the bot seeds, in order, so that members tap an existing pill (same bytes)."""

WORDS: Final = MappingProxyType(
    {
        Position.ENDORSE: Word("endorse", "endorse"),
        Position.RESERVE: Word("reserve", "reserve", "what you want noted"),
        Position.NO_OBJECTION: Word("no objection", "noobjection"),
        Position.ABSTAIN: Word("abstain", "abstain"),
        Position.RECUSE: Word("recuse", "recuse"),
        Position.HOLD: Word("hold", "hold", "why you need more time"),
        Position.OBJECT: Word("object", "object", "why, and what would change your mind"),
        Position.WITHDRAW: Word("withdraw", "withdraw"),
    }
)
"""Position -> its keyword by mail and in chat."""

# Emoji against text presentation, and the five skin tones: they never change the meaning.
_DROPPED: Final = dict.fromkeys((0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)))
_BY_KEY: Final = MappingProxyType(
    {key: position for position, sign in REACTIONS.items() for key in (sign.seed, *sign.aliases)}
)
_BY_MAIL_WORD: Final = MappingProxyType({word.mail: position for position, word in WORDS.items()})
_BY_CHAT_WORD: Final = MappingProxyType({word.chat: position for position, word in WORDS.items()})
_DECORATION: Final = "*_.! \t"


def normalise_key(key: str) -> str:
    """Return the key without variation selectors and skin tones, in NFC.

    Joined sequences stay apart: a heart on fire is not a heart.
    """
    return unicodedata.normalize("NFC", key.translate(_DROPPED))


def position_of_key(key: str) -> Position | None:
    """Return what a reaction key means, or None for one that is not an option."""
    return _BY_KEY.get(normalise_key(key))


def parse_word(line: str) -> Written | None:
    """Return the position in a mail's first own line, or None when it is not a keyword.

    The whole line must be the keyword, or the keyword, a colon and text; ``+1`` only alone.
    Whether the mail is a direct reply to the call is for the caller to know.
    """
    head, colon, text = _split_at_colon(line)
    word = _bare(head)
    if word == "+1" and not colon:
        return Written(Position.ENDORSE, "")
    position = _BY_MAIL_WORD.get(word)
    if position is None:
        return None
    return Written(position, _without_emphasis(head, text.strip()))


def parse_chat_word(name: str, rest: str) -> Written | None:
    """Return the position in ``!name rest``, or None when the command is none of ours."""
    word = unicodedata.normalize("NFKC", name).casefold().strip().removeprefix("!")
    position = _BY_CHAT_WORD.get(word.replace("-", "").replace("_", ""))
    return None if position is None else Written(position, rest.strip())


def _split_at_colon(line: str) -> tuple[str, str, str]:
    """Split at the first character that NFKC reads as a colon (full-width ones included)."""
    for index, letter in enumerate(line):
        if unicodedata.normalize("NFKC", letter) == ":":
            return line[:index], letter, line[index + 1 :]
    return line, "", ""


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().strip(_DECORATION)
    return " ".join(folded.split())


def _without_emphasis(head: str, text: str) -> str:
    """Drop the other half of the emphasis that opens before the keyword: ``*RESERVE: x*``."""
    opening = head.lstrip()[: len(head.lstrip()) - len(head.lstrip().lstrip("*_"))]
    if not opening or head.rstrip().endswith(opening[::-1]):
        return text
    if text.startswith(opening[::-1]):
        return text.removeprefix(opening[::-1]).lstrip()
    return text.removesuffix(opening[::-1]).rstrip()
