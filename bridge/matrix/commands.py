"""The commands people type in a room, and the words that answer a ballot; pure.

One table, ``COMMANDS``, says what exists; the command line reads the same table, so the
words are the same through both doors. What a value means (is ``roster=pc`` a roster?) is
not decided here.
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

BALLOT_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rule": "silence, threshold, rough, signon or sense",
        "roster": "the name of a roster",
        "closes": "the deadline with its zone, as in YYYY-MM-DD 08:00 UTC",
        "title": "what the ballot is called (default: the thread's subject)",
        "k": "silence: how many people besides the proposer must say yes",
        "strict": "silence: yes when the first objection ends the procedure at once (OSCE)",
        "quorum": "threshold: how many must answer, a number or a fraction such as 1/2",
        "threshold": "threshold: the share of yes among yes and no, e.g. 2/3",
        "comparison": 'threshold: "at least" or "more than"',
        "blocking": "threshold: yes when one open objection stops adoption",
        "cosigners": "rough: how many members together can appeal what the chair declares",
        "text": (
            "where the text stands: post, own for the post without what it forwards, thread for "
            "the first post of its thread, or attached for its attachment in plain text "
            "(attached:NAME for one of several)"
        ),
        "comments": "until when the text is up for comments before it is locked",
        "supersedes": "the ballot in whose place this one comes, as in b/42",
        "follows": "the ballot that is over and that this one takes up again, as in b/42",
        "hard_stop": "the instant beyond which no extension goes (default: a week after closes)",
        "proposer": "whose text it is, a person of the roster (default: you)",
        "min_evidence": "the least proof of authorship a mailed answer needs",
        "reason": "why the window is shorter than usual, when it is",
    }
)
"""The keys of ``!ballot open`` and what each takes."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a command is written.

    Attributes:
        name: the word after the ``!``.
        verb: the second word, for commands that have one.
        usage: the right form, shown in every error.
        summary: what it does, one sentence of the help.
        keys: the ``key=value`` arguments it knows and what each takes.
        takes_ballot: a bare ``b/42`` or ``42`` names the ballot (key ``ballot``).
        takes_text: what follows is free text.
        labels: bare words that name the label (key ``label``).
    """

    name: str
    verb: str
    usage: str
    summary: str
    keys: Mapping[str, str] = field(default_factory=dict)
    takes_ballot: bool = False
    takes_text: bool = False
    labels: tuple[str, ...] = ()


_OPEN_USAGE: Final = '!ballot open rule=silence roster=pc closes="YYYY-MM-DD 08:00 UTC"'
_REASON: Final = {"reason": "why, in a few words"}


def _word(name: str, argument: str, summary: str) -> Form:
    return Form(name, "", f"!{name}{argument}", summary, takes_text=bool(argument))


def _chair(verb: str, rest: str, summary: str, keys: Mapping[str, str]) -> Form:
    usage = f"!ballot {verb} b/42 {rest}".strip()
    return Form("ballot", verb, usage, summary, keys, takes_ballot=True)


_PERSON: Final = {"person": "the member, by the roster's name for them"}
CHAIR_FORMS: Final = (
    _chair(
        "extend",
        'until="YYYY-MM-DD 08:00 UTC" reason="…"',
        "Give more time, at most to the hard stop.",
        {"until": "the new deadline with its zone", **_REASON},
    ),
    Form(
        "ballot",
        "amend",
        "!ballot amend b/42 editorial",
        "Change the text to that of the post you reply to: editorial or substantive.",
        {
            "label": "editorial or substantive",
            "text": "where the new text stands: post, own, thread or attached",
            "confirm": "yes, to be shown nothing and asked nothing before",
            **_REASON,
        },
        takes_ballot=True,
        labels=("editorial", "substantive"),
    ),
    _chair("finalcall", "", "Begin the final call before its time.", {}),
    _chair("lock", "", "End the time for comments and post the call.", {}),
    _chair(
        "address",
        "person=NAME link=https://…",
        "Mark an objection as answered (rough consensus).",
        {**_PERSON, "link": "where the answer is"},
    ),
    _chair(
        "overrule",
        'person=NAME reason="…"',
        "Overrule an objection (rough consensus).",
        {**_PERSON, **_REASON},
    ),
    _chair(
        "setaside",
        "person=NAME",
        "Set aside an objection that was given no reason in time.",
        {**_PERSON, **_REASON},
    ),
    _chair(
        "void",
        'person=NAME reason="…"',
        "Void an answer that is spam or abuse (or reply to it).",
        {**_PERSON, **_REASON},
    ),
    _chair(
        "admit",
        'person=NAME reason="…"',
        "Put somebody on the roll of an open ballot.",
        {**_PERSON, **_REASON},
    ),
    _chair(
        "declare",
        "level=consensus",
        "Declare the consensus after the deadline (rough consensus).",
        {
            "level": "full_consensus, consensus, strong_support or divergence",
            **_REASON,
        },
    ),
    _chair("stop", "", "Close the late register of an announced ballot.", _REASON),
    _chair(
        "correct",
        'reason="…"',
        "Correct the words of a result by another mail; never its count.",
        {"reason": "what was wrong, and how it should read"},
    ),
)
"""What a chair says about a ballot beside opening, closing and withdrawing it."""

COMMANDS: Final[tuple[Form, ...]] = (
    Form("ballot", "open", _OPEN_USAGE, "Ask for a ballot on the post you reply to.", BALLOT_KEYS),
    Form("ballot", "status", "!ballot status b/42", "Show a ballot's count.", takes_ballot=True),
    Form("ballot", "list", "!ballot list", "List the ballots of this room."),
    Form(
        "ballot",
        "close",
        "!ballot close b/42",
        "Confirm the result of a ballot whose deadline has passed.",
        _REASON,
        takes_ballot=True,
    ),
    Form(
        "ballot",
        "withdraw",
        '!ballot withdraw b/42 reason="…"',
        "Take a ballot back, or discard a draft.",
        _REASON,
        takes_ballot=True,
    ),
    *CHAIR_FORMS,
    Form("confirm", "", "confirm", "Say yes to the preview you were shown (or react ✅)."),
    _word("endorse", "", "Endorse the text."),
    _word("reserve", " TEXT", "Endorse with a reservation, printed word for word."),
    _word("noobjection", "", "Say that you do not object."),
    _word("abstain", "", "Take part without a side."),
    _word("recuse", "", "Leave the count."),
    _word("hold", " WHY", "Ask for more time."),
    _word("object", " WHY", "Object."),
    _word("withdraw", "", "Take your position back."),
    _word("full", "", "Get the whole post you reply to (or whose thread you are in) as a file."),
    _word("yes", "", "Say that your endorsement stands though the text is not changed."),
    _word("no", "", "Say that it does not: your reservation becomes an objection."),
    _word("contest", " WHY", "Object to calling the last change of the text editorial."),
    _word("appeal", " WHY", "Appeal what a chair declared, or sign the appeal of others."),
    _word("receipt", "", "Be told what is recorded of you."),
    _word("help", "", "Show this."),
)

NAMES: Final[tuple[str, ...]] = tuple(dict.fromkeys(form.name for form in COMMANDS))
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


def help_text() -> str:
    """Return every command with what it does, one a line."""
    return "\n".join(f"{form.usage} — {form.summary}" for form in COMMANDS)


def _with_verb(name: str, forms: list[Form], rest: str) -> Command | CommandError:
    word, tail = _first_word(rest)
    verbs = {form.verb: form for form in forms}
    if not word:
        return CommandError(f"!{name} needs a second word: {', '.join(verbs)}.")
    form = verbs.get(word.casefold())
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
