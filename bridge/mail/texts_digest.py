"""The words of the digest: how each open ballot stands, and how much was said in the room.

No word of chat is ever in it: it is made of counts, names on rolls and subjects of the list.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.domain.acts import Act
from bridge.domain.ballots import Ballot
from bridge.domain.deadlines import show_instant
from bridge.domain.digest import Changes
from bridge.domain.modes import explain
from bridge.domain.positions import normalise_key
from bridge.domain.rulings import Ruling, act_name, amendment_of
from bridge.domain.standing import Standing
from bridge.domain.tally import Tally
from bridge.ids import Instant
from bridge.mail.columns import one_line
from bridge.mail.texts import about, mail_text
from bridge.mail.texts_answering import open_values
from bridge.mail.texts_notices import shown_name
from bridge.mail.weights import fitting

MOST_BALLOTS: Final = 12
MOST_THREADS: Final = 15
MOST_SIGNS: Final = 8
MOST_POSTS: Final = 3
MOST_NAMED: Final = (40, 8, 0)
"""How many names a list of names holds: all, then fewer, until the mail is short enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestBallot:
    """An open ballot in a digest.

    Attributes:
        tally: the count of this moment.
        changes: since the last digest.
        since: the instant of that digest, or of the opening when there was none.
        is_new: no digest has shown it.
        words: the words that came with an act, by its seq; erased ones are missing.
        head: the hash of the ledger's last act, None when nothing came in.
        contact: who is written to when something is wrong: a mail address.
        log_url: where text, roll, rule and log can be read, or None.
    """

    ballot: Ballot
    tally: Tally
    changes: Changes
    since: Instant
    is_new: bool
    contact: str
    head: str | None
    log_url: str | None = None
    words: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThreadSaid:
    """How much was said in a thread; ``reactions`` are counted by name.

    ``link`` opens the message that heads it, where that is known; ``posts`` are those with
    reactions, by author, the most first, where it is not the head alone.
    """

    title: str
    messages: int
    people: int
    reactions: Mapping[str, int]
    link: str | None = None
    posts: tuple[tuple[str, Mapping[str, int]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """What a digest is made of.

    Attributes:
        title: the list's name for people.
        since: when the last digest was written (Unix ms).
        messages, people: in the whole room; somebody may speak in two threads.
        room: the room's alias.
        commented: the ballots whose texts are up for comments.
    """

    title: str
    since: Instant
    ballots: tuple[DigestBallot, ...]
    threads: tuple[ThreadSaid, ...]
    messages: int
    people: int
    room: str
    archive_url: str | None = None
    commented: tuple[Ballot, ...] = ()


def digest_text(view: DigestView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of a digest; lists of names give way when it grows too long."""
    return fitting(
        lambda most: mail_text("digest.txt.j2", _values(view, most), templates), MOST_NAMED
    )


def reactions_named(keys: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return reactions by name, the most frequent first: a mail cannot count on emoji.

    A key may be any text, so only single signs have a name; the rest is "other".
    """
    found: Counter[str] = Counter()
    for key, number in keys:
        found[_reaction_name(key)] += number
    rare = found.pop(OTHER, 0)
    named = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    rare += sum(number for _, number in named[MOST_SIGNS:])
    return dict(named[:MOST_SIGNS]) | ({OTHER: rare} if rare else {})


OTHER: Final = "other"
_NAMES: Final = {
    "👍": "thumbs up",
    "👎": "thumbs down",
    "❤": "heart",
    "🎉": "party",
    "👏": "applause",
}


def _reaction_name(key: str) -> str:
    sign = normalise_key(key)
    if len(sign) != 1 or not unicodedata.category(sign).startswith("S"):
        return OTHER
    return _NAMES.get(sign) or unicodedata.name(sign, OTHER).lower()


def _values(view: DigestView, most: int) -> dict[str, Any]:
    shown = view.ballots[:MOST_BALLOTS]
    ballots = [_ballot_values(each, view.room, most) for each in shown]
    return {
        "view": view,
        "ballots": ballots,
        "way": _shared_way([each["open"] for each in ballots]),
        "others": [
            (each.ballot.label, each.ballot.title, each.ballot.deadline.instant)
            for each in view.ballots[MOST_BALLOTS:][:MOST_BALLOTS]
        ],
        "more_ballots": max(0, len(view.ballots) - 2 * MOST_BALLOTS),
        "commented": view.commented[:MOST_BALLOTS],
        "threads": [
            {
                "title": one_line(thread.title, 120),
                "messages": thread.messages,
                "people": thread.people,
                "reactions": _listed(thread.reactions),
                "posts": [
                    (one_line(author, 40) or "somebody", _listed(reactions))
                    for author, reactions in thread.posts[:MOST_POSTS]
                ],
                "link": thread.link,
            }
            for thread in view.threads[:MOST_THREADS]
        ],
        "more_threads": max(0, len(view.threads) - MOST_THREADS),
    }


def _listed(reactions: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in reactions.items())


def _shared_way(ways: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return how all of the ballots are answered, None when not all in the same way."""
    is_shared = len({str((way["answers"], way["words_only"])) for way in ways}) == 1
    return ways[0] if is_shared else None


def _ballot_values(each: DigestBallot, room: str, most: int) -> dict[str, Any]:
    ballot, changes = each.ballot, each.changes
    refused = dict(each.tally.not_counted)
    if each.tally.came_in.suggestions:
        refused["suggestion"] = each.tally.came_in.suggestions
    by_position: dict[str, list[str]] = {}
    for person, position in changes.new:
        by_position.setdefault(position, []).append(person)
    return {
        "ballot": ballot,
        "tally": each.tally,
        "explanation": explain(ballot.rule),
        "open": open_values(ballot, room, each.log_url),
        "left": about(ballot.deadline.instant - each.tally.at),
        "is_new": each.is_new,
        "since": each.since,
        "new": [
            (position, _names(ballot, people, most)) for position, people in by_position.items()
        ],
        "changed": [
            (shown_name(ballot, person), before, now)
            for person, before, now in changes.changed[:most]
        ],
        "objected": [
            (shown_name(ballot, one.person_ref), _reason(each, one))
            for one in changes.objected[:most]
        ],
        "more": max(0, len(changes.changed) - most) + max(0, len(changes.objected) - most),
        "ruled": [_ruled(each, one) for one in changes.ruled],
        "withdrew": _names(ballot, changes.withdrew, most),
        "lapsed": {
            why.value: _names(ballot, [one for each, one in changes.lapsed if each is why], most)
            for why in dict(changes.lapsed)
        },
        "refused": refused,
        "not_counted": sum(refused.values()),
        "head": each.head,
        "contact": each.contact,
    }


def _ruled(each: DigestBallot, act: Act) -> str:
    """Return what the chair did, in a sentence without its reason, which the log has."""
    target, amendment = act.target or "", amendment_of(act)
    if amendment is not None:
        return f"The text is v{amendment.version} now ({amendment.label} change)."
    raised = {act_name(one.raised_by): one.raised_by for one in each.tally.objections}
    person = raised[target].person_ref if target in raised else target
    at = show_instant(Instant(int(target))) if target.isdecimal() and len(target) < 15 else "later"
    who = "somebody" if "/" in person else shown_name(each.ballot, person)
    return _RULED[Ruling(act.position)].format(who=who, at=at)


_RULED: Final = {
    Ruling.ADDRESS: "The chair answered the objection of {who}; it is not open any more.",
    Ruling.OVERRULE: "The chair overruled the objection of {who}; it is not open any more.",
    Ruling.SET_ASIDE: "The chair set the objection of {who} aside, which had no reason.",
    Ruling.EXTEND: "The close was moved to {at}.",
    Ruling.AMEND: "The text was changed.",
    Ruling.ADMIT: "{who} was put on the roll.",
}


def _names(ballot: Ballot, people: Iterable[str], most: int) -> str:
    names = [shown_name(ballot, person) for person in people]
    rest = len(names) - most
    if rest <= 0:
        return ", ".join(names)
    return ", ".join([*names[:most], f"{rest} more" if most else f"{rest} people"])


def _reason(each: DigestBallot, objecting: Standing) -> str | None:
    """Return the first of what an objector said, "" for nothing, None when it was erased.

    The notice and the result hold all of it.
    """
    if objecting.act is None or not objecting.act.with_text:
        return ""
    said = each.words.get(objecting.act.seq)
    return None if said is None else one_line(said, 160)
