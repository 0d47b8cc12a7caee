"""The words of what a ballot tells its list between call and result, and after it.

Objection notice, final call, correction and late register; as pure as ``texts``, and each in a
template that a group may replace. However much people wrote, a mail stays under what lists hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.domain.acts import Act
from bridge.domain.ballots import Ballot
from bridge.domain.digest import News
from bridge.domain.phases import is_lifted_too_late
from bridge.domain.tally import Tally
from bridge.mail.columns import one_line
from bridge.mail.texts import about, common_values, ended_before, mail_text
from bridge.mail.texts_answering import open_values

LONGEST_BODY: Final = 26_000
"""Bytes of a body on its way; with its headers below the 30 kB from which lists hold a mail."""
MOST_NAMED: Final = (40, 12, 4)
"""How many people a mail names: all that fit, then fewer, until it is short enough."""
LONGEST_WORDS: Final = 2_000
"""Bytes of what one person said."""
WORDS_EACH: Final = 250
"""Bytes of words for each person that a mail names, when all of them said much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """What a notice about objections is made of; its news is not empty.

    Attributes:
        ballot: with the deadline that holds now.
        tally: the count of this moment.
        words: the words that came with an act, by its seq; erased ones are missing.
        room: the room's alias.
        contact: who is written to when something is wrong: a mail address.
        log_url: where text, roll, rule and log can be read, or None.
    """

    ballot: Ballot
    tally: Tally
    news: tuple[News, ...]
    room: str
    contact: str
    log_url: str | None = None
    words: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalCallView:
    """What a final call is made of; ``tally`` is the count of the moment it is written."""

    ballot: Ballot
    tally: Tally
    room: str
    contact: str
    log_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """What the correction of a result is made of.

    Attributes:
        tally: the right count, at the closing instant.
        wrong: what was wrong, in the chair's words.
        head: the hash of the ledger's last act, None when nothing came in.
    """

    ballot: Ballot
    tally: Tally
    wrong: str
    contact: str
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateView:
    """What an update of the late register is made of; one of its two parts is not empty.

    Attributes:
        tally: the count at the closing instant.
        withdrawn: the acts that took names off a sign-on list after its publication.
    """

    ballot: Ballot
    tally: Tally
    late: tuple[Act, ...]
    contact: str
    withdrawn: tuple[Act, ...] = ()


def notice_text(view: NoticeView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that tells of objections."""
    values = _open_values(view)
    values["too_late"] = is_lifted_too_late(view.ballot.rule, view.tally)
    return fitting(
        lambda most: mail_text("notice.txt.j2", values | _news(view, most), templates), MOST_NAMED
    )


def final_call_text(view: FinalCallView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that begins the final call."""
    values = _open_values(view)
    left = about(view.ballot.deadline.instant - view.tally.at)
    return mail_text("final_call.txt.j2", values | {"left": left}, templates)


def correction_text(view: CorrectionView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that corrects a published result."""
    wrong, is_cut = cut(view.wrong, LONGEST_WORDS)
    values = common_values(view.ballot) | {
        "tally": view.tally,
        "chair": shown_name(view.ballot, view.ballot.chair),
        "wrong": wrong,
        "is_cut": is_cut,
        "head": view.head,
        "contact": view.contact,
    }
    return mail_text("correction.txt.j2", values, templates)


def late_text(view: LateView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that tells who answered after the result."""
    return fitting(
        lambda most: mail_text("late.txt.j2", _late_values(view, most), templates), MOST_NAMED
    )


def fitting(text: Callable[[int], tuple[str, str]], sizes: Sequence[int]) -> tuple[str, str]:
    """Return the first text whose body is short enough for a list, else the last.

    Args:
        text: makes subject and body that name so many people.
        sizes: what to try, the largest first.
    """
    for most in sizes[:-1]:
        subject, body = text(most)
        if _weight(body) <= LONGEST_BODY:
            return subject, body
    return text(sizes[-1])


def shown_name(ballot: Ballot, person: str) -> str:
    """Return a person's name as a mail with many names can show it."""
    return one_line(ballot.roster.name_of(person), 60)


def _open_values(view: NoticeView | FinalCallView) -> dict[str, Any]:
    return common_values(view.ballot) | {
        "tally": view.tally,
        "open": open_values(view.ballot, view.room, view.log_url),
        "contact": view.contact,
    }


def _weight(body: str) -> int:
    """Return the bytes of a body on its way: quoted-printable makes three of each beyond ASCII."""
    raw = body.encode("utf-8", "replace")
    return len(raw) + 2 * sum(byte > 126 for byte in raw) + len(raw) // 36


def _news(view: NoticeView, most: int) -> dict[str, Any]:
    left, news, again = most * WORDS_EACH, [], view.tally.again
    for each in view.news[:most]:
        told = _objection(view, each, left)
        told["earlier"] = ended_before(again, each.objection.raised_by)
        left -= len((told["words"] or "").encode("utf-8", "replace"))
        news.append(told)
    return {"news": news, "more": max(0, len(view.news) - most)}


def _late_values(view: LateView, most: int) -> dict[str, Any]:
    return common_values(view.ballot) | {
        "tally": view.tally,
        "late": [
            (shown_name(view.ballot, act.person_ref), act.position, act.effective_at)
            for act in view.late[:most]
        ],
        "withdrawn": [
            (shown_name(view.ballot, act.person_ref), act.effective_at)
            for act in view.withdrawn[:most]
        ],
        "more": max(0, len(view.late) - most) + max(0, len(view.withdrawn) - most),
        "count": len(view.late) + len(view.withdrawn),
        "contact": view.contact,
    }


def _objection(view: NoticeView, news: News, left: int) -> dict[str, Any]:
    """Return one objection's values; ``left`` bytes of words still have room in the mail."""
    raised, lifted = news.objection.raised_by, news.objection.lifted_by
    said = view.words.get(raised.seq) if raised.with_text else ""
    words, is_cut = (said, False) if not said else cut(said, min(left, LONGEST_WORDS))
    return {
        "what": news.what.value,
        "name": shown_name(view.ballot, raised.person_ref),
        "raised_at": raised.effective_at,
        "words": words,
        "is_cut": is_cut,
        "lifted_at": None if lifted is None else lifted.effective_at,
        "how": None if news.objection.how is None else news.objection.how.value,
    }


def cut(said: str, most: int) -> tuple[str, bool]:
    """Return the words within so many bytes, and whether some are left out."""
    raw = said.strip().encode("utf-8", "replace")
    if len(raw) <= most:
        return said.strip(), False
    return raw[: max(0, most)].decode("utf-8", "ignore").rstrip() + " …", True
