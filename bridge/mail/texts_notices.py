"""The words of what a ballot tells its list between call and result, and after it.

Objection notice, final call, correction and late register; as pure as ``texts``, and each in a
template that a group may replace. However much people wrote, a mail stays under what lists hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.domain.acts import Act
from bridge.domain.ballots import Ballot
from bridge.domain.counts import is_blocking
from bridge.domain.digest import News
from bridge.domain.phases import is_lifted_too_late
from bridge.domain.rulings import Ruling
from bridge.domain.tally import Tally
from bridge.mail.columns import one_line
from bridge.mail.texts import about, common_values, ended_before, mail_text
from bridge.mail.texts_answering import open_values
from bridge.mail.weights import LONGEST_WORDS, cut, fitting, said_with

MOST_NAMED: Final = (40, 12, 4)
"""How many people a mail names: all that fit, then fewer, until it is short enough."""
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
        words: the words that came with an act, by its seq; erased ones are missing.
    """

    ballot: Ballot
    tally: Tally
    late: tuple[Act, ...]
    contact: str
    withdrawn: tuple[Act, ...] = ()
    words: Mapping[int, str] = field(default_factory=dict)


def notice_text(view: NoticeView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that tells of objections."""
    in_the_way = sum(is_blocking(one, view.ballot.rule) for one in view.tally.open_objections)
    values = _open_values(view) | {"raised": in_the_way}
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


def shown_name(ballot: Ballot, person: str) -> str:
    """Return a person's name as a mail with many names can show it."""
    return one_line(ballot.roster.name_of(person), 60)


def _open_values(view: NoticeView | FinalCallView) -> dict[str, Any]:
    return common_values(view.ballot) | {
        "tally": view.tally,
        "open": open_values(view.ballot, view.room, view.log_url),
        "contact": view.contact,
    }


def _news(view: NoticeView, most: int) -> dict[str, Any]:
    left, news, again = most * WORDS_EACH, [], view.tally.again
    for each in view.news[:most]:
        told = _objection(view, each, left)
        told["earlier"] = ended_before(again, each.objection.raised_by)
        left -= len((told["words"] or "").encode("utf-8", "replace"))
        news.append(told)
    return {"news": news, "more": max(0, len(view.news) - most)}


def _late_values(view: LateView, most: int) -> dict[str, Any]:
    late, left = [], most * WORDS_EACH
    for act in view.late[:most]:
        said, is_cut = said_with(act, view.words, min(left, LONGEST_WORDS))
        left -= len((said or "").encode("utf-8", "replace"))
        name = shown_name(view.ballot, act.person_ref)
        late.append((name, act.position, act.effective_at, said, is_cut))
    return common_values(view.ballot) | {
        "tally": view.tally,
        "late": late,
        "withdrawn": [
            (shown_name(view.ballot, act.person_ref), act.effective_at)
            for act in view.withdrawn[:most]
        ],
        "more": max(0, len(view.late) - most) + max(0, len(view.withdrawn) - most),
        "count": len(view.late) + len(view.withdrawn),
        "is_stopped": any(act.position == Ruling.STOP for act in view.tally.rulings),
        "contact": view.contact,
    }


def _objection(view: NoticeView, news: News, left: int) -> dict[str, Any]:
    """Return one objection's values; ``left`` bytes of words still have room in the mail."""
    raised, lifted = news.objection.raised_by, news.objection.lifted_by
    words, is_cut = said_with(raised, view.words, min(left, LONGEST_WORDS))
    return {
        "what": news.what.value,
        "is_contest": news.objection.is_contest,
        "name": shown_name(view.ballot, raised.person_ref),
        "raised_at": raised.effective_at,
        "words": words,
        "is_cut": is_cut,
        "lifted_at": None if lifted is None else lifted.effective_at,
        "how": None if news.objection.how is None else news.objection.how.value,
    }
