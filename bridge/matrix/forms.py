"""What can be commanded: one table, read by chat and by the command line.

The words are the same through both doors. What a value means (is ``roster=pc`` a roster?) is not
decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

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

AT_A_TERMINAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "export": (
            "given at a terminal where the service runs: seconded ballot export ID. "
            "A ballot that has a page offers the same files there."
        ),
        "erase": "given at a terminal where the service runs: seconded ballot erase PERSON.",
    }
)
"""What is asked of ``!ballot`` and has no form in a room -> what is said instead."""


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


def help_text() -> str:
    """Return every command with what it does, one a line."""
    return "\n".join(f"{form.usage} — {form.summary}" for form in COMMANDS)
