"""Read the commands people type in a room, and the words that answer a ballot; pure.

What exists is in one table (``forms.COMMANDS``); what a value means is the handlers'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from bridge.domain.positions import WORDS
from bridge.matrix.forms import AT_A_TERMINAL, COMMANDS, NAMES, Form

_BARE: Final = frozenset({"confirm"})
"""Commands that need no ``!`` when they are the whole message."""
_ANSWERS: Final = frozenset(word.chat for word in WORDS.values())
_UNSEEN: Final = " \t\r\n\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""What keyboards and pasted text put before a word that nobody sees."""
_TRAILING: Final = f":,.;!*_{_UNSEEN}"
"""What a word may end in without being another one."""
_LONG: Final = 5
"""Letters of a word by whose beginning another one is recognised."""


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asked for.

    Attributes:
        name: e.g. ``ballot``, ``object``.
        verb: e.g. ``open``; empty for commands without verbs.
        arguments: the ``key=value`` pairs; ``ballot`` holds a ballot named by number.
        text: the free text after the command.
    """

    name: str
    verb: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class CommandError:
    """A command that cannot be read: a sentence that names the mistake and the right form."""

    sentence: str


def parse_command(body: str) -> Command | CommandError | None:
    """Return the command a message holds, what is wrong with it, or None for no command.

    Letters' case, emphasis and the kind of quotation marks do not matter; the words are those of
    a mail (spec 2.3), so that ``!no objection`` is one and not a ``!no``.
    """
    word, rest = _first_word(_without_emphasis(body.lstrip(_UNSEEN).strip()))
    word = unicodedata.normalize("NFKC", word)
    if word == "!":
        word, rest = _after_a_blank(rest)
    word = word.rstrip(_TRAILING)
    if word.casefold() in _BARE and not rest:
        return Command(word.casefold())
    if not re.match(r"![^\W\d_]", word):
        return None
    name, rest = _name(word[1:].casefold(), rest)
    if name not in NAMES:
        return _unknown(f"There is no command !{name}", name, NAMES, mark="!")
    forms = [form for form in COMMANDS if form.name == name]
    if not forms[0].verb:
        return Command(name, text=rest)
    return _with_verb(name, forms, rest)


def _without_emphasis(text: str) -> str:
    """Drop the emphasis around a command: ``**!endorse**``, ``*!object* why``."""
    mark = re.match(r"[*_]{1,3}(?=[!\uff01])", text)
    if mark is None:
        return text
    inside = text.removeprefix(mark[0])
    if inside.endswith(mark[0]):
        return inside.removesuffix(mark[0]).rstrip()
    word, rest = _first_word(inside)
    return f"{word.rstrip('*_')} {rest}".rstrip()


def _after_a_blank(text: str) -> tuple[str, str]:
    """Return what follows a lone ``!``, where it is a word that answers; chat stays chat."""
    word, rest = _first_word(text)
    word = unicodedata.normalize("NFKC", word).rstrip(_TRAILING)
    name, _ = _name(word.casefold(), rest)
    return (f"!{word}", rest) if name in _ANSWERS else ("", text)


def _name(word: str, rest: str) -> tuple[str, str]:
    """Return the command's name and what follows it: the mail's keyword may hold a blank."""
    plain = word.replace("-", "").replace("_", "")
    if plain in NAMES:
        word = plain
    second, tail = _first_word(rest)
    is_keyword = unicodedata.normalize("NFKC", second).casefold().rstrip(_TRAILING) == "objection"
    return ("noobjection", tail) if word == "no" and is_keyword else (word, rest)


def own_lines(body: str) -> list[str]:
    """Return the lines of a message that quote nobody and are not empty."""
    lines = [line.strip() for line in body.splitlines()]
    return [line for line in lines if line and not line.startswith(">")]


def only_line(body: str) -> str:
    """Return the one line a reply says, in small letters without full stop; "" for several.

    A yes below other words may be said on a condition.
    """
    lines = own_lines(body)
    return lines[0].strip(" .!*_").casefold() if len(lines) == 1 else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is written most like this one, or None.

    One that it begins with comes first: an objection is meant to object.
    """
    names = list(known)
    begun = [one for one in names if len(one) >= _LONG and word.casefold().startswith(one)]
    if begun:
        return max(begun, key=len)
    found = get_close_matches(word.casefold(), names, n=1, cutoff=0.55)
    return found[0] if found else None


def unknown_key(key: str, form: Form) -> str:
    """Return the sentence about a key the command does not have; the command line's, too."""
    return _unknown(f"{key}= is not known here", key, form.keys, form=form).sentence


def _with_verb(name: str, forms: list[Form], rest: str) -> Command | CommandError:
    word, tail = _first_word(rest)
    verbs = {form.verb: form for form in forms}
    if not word:
        return CommandError(f"!{name} needs a second word: {', '.join(verbs)}.")
    form = verbs.get(word.casefold())
    if form is None and word.casefold() in AT_A_TERMINAL:
        return CommandError(f"!{name} {word.casefold()} is {AT_A_TERMINAL[word.casefold()]}")
    if form is None:
        return _unknown(f"!{name} has no {word[:40]!r}", word, verbs, mark=f"!{name} ")
    arguments = _arguments(tail, form)
    if isinstance(arguments, CommandError):
        return arguments
    return Command(name, form.verb, MappingProxyType(arguments))


_QUOTES: Final[Mapping[str, str]] = {
    **dict.fromkeys('"“”„«»', '"“”„«»'),
    **dict.fromkeys("'‘’‚", "'‘’‚"),
}
"""Opening mark -> the marks that may close it: phones make curly ones of straight ones."""

_KEY = re.compile(r"([A-Za-z_]{1,40})=")
_BALLOT = re.compile(r"(?:b/)?([0-9]{1,9})", re.IGNORECASE | re.ASCII)


def _arguments(text: str, form: Form) -> dict[str, str] | CommandError:
    """Read ``key=value`` pairs in any order, in one pass over the text."""
    found: dict[str, str] = {}
    while text := text.lstrip():
        pair = _next_pair(text, form)
        if isinstance(pair, CommandError):
            return pair
        key, value, text = pair
        if key in found:
            return CommandError(f"{key}= is given twice. The form is: {form.usage}")
        found[key] = value
    return found


def _next_pair(text: str, form: Form) -> tuple[str, str, str] | CommandError:
    match = _KEY.match(text)
    if match is None:
        return _bare_word(text, form)
    key = match[1].casefold()
    if key not in form.keys:
        return CommandError(unknown_key(key, form))
    value, rest = _value(text[match.end() :])
    if value is None:
        return CommandError(f"The quotation mark after {key}= is not closed. {_right(form)}")
    if not value.strip():
        return CommandError(f"{key}= has no value: {form.keys[key]}. {_right(form)}")
    return key, value.strip(), rest


def _bare_word(text: str, form: Form) -> tuple[str, str, str] | CommandError:
    word, rest = _first_word(text)
    match = _BALLOT.fullmatch(word)
    if form.takes_ballot and match:
        return "ballot", match[1], rest
    if word.casefold() in form.labels:
        return "label", word.casefold(), rest
    return CommandError(
        f"I could not read {word[:40]!r}: write key=value, with quotation marks around a value "
        f"that has blanks. {_right(form)}"
    )


def _value(text: str) -> tuple[str | None, str]:
    """Return a value and what follows it; None when its quotation mark is never closed.

    A mark closes only before white space or the end, so that ``title='It's here'`` is whole.
    """
    closing = _QUOTES.get(text[:1])
    if closing is None:
        return _first_word(text) if text[:1].strip() else ("", text)
    for position in range(1, len(text)):
        if text[position] in closing and not text[position + 1 : position + 2].strip():
            return text[1:position], text[position + 1 :]
    return None, ""


def _first_word(text: str) -> tuple[str, str]:
    words = text.split(maxsplit=1)
    return (words[0] if words else "", words[1].strip() if len(words) > 1 else "")


def _right(form: Form) -> str:
    return f"The form is: {form.usage}"


def _unknown(
    mistake: str, word: str, known: Iterable[str], *, mark: str = "", form: Form | None = None
) -> CommandError:
    names = list(known)
    close = nearest(word, names)
    if close is not None:
        hint = f"did you mean {mark}{close}{'=' if form else ''}?"
    else:
        hint = f"there is {', '.join(names) or 'nothing to set'}."
    return CommandError(f"{mistake}; {hint}" + (f" {_right(form)}" if form else ""))
