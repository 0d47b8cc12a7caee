"""The words of what changes a call after it was mailed: another text, or the end without a result.

As pure as ``texts``. Who reads only the list must learn of both there: the text that is decided
about is no longer the call's, or there is nothing left to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.domain.ballots import Ballot
from bridge.domain.deadlines import show
from bridge.domain.tally import Tally
from bridge.ids import Instant, MessageId
from bridge.mail.columns import fold
from bridge.mail.texts import common_values, mail_text, statement_values
from bridge.mail.texts_answering import MOST_ZONES, open_values
from bridge.mail.weights import HEAVIEST_BODY, fitting, weight

AMENDMENT_SIZES: Final = ((True, True), (False, True), (True, False), (False, False))
"""Whether a mail has the difference, and the whole text; the first that is light enough."""
_GAP: Final = re.compile(r"^\[…\]$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentView:
    """What the mail about a changed text is made of.

    Attributes:
        ballot: with the new text.
        tally: the count after the change.
        label: ``editorial`` or ``substantive``.
        reason: the chair's; may be empty.
        difference: word by word, as ``plain_diff`` shows it; empty when the words are the same.
        ended: how many open objections ended with the earlier text.
        contest_until: until when an editorial label may be contested (Unix ms).
        post: the post that holds the new text, named when it is too long to repeat.
        room: the room's alias.
        contact: who is written to when something is wrong: a mail address.
        log_url: where text, roll, rule and log can be read, or None.
    """

    ballot: Ballot
    tally: Tally
    label: str
    reason: str
    difference: str
    ended: int
    contest_until: Instant
    post: MessageId
    room: str
    contact: str
    log_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedraftView:
    """What the mail about a changed text is made of, while it is up for comments.

    Attributes:
        ballot: with the new text, and until when it can be commented on.
        reason, difference, post: as of ``AmendmentView``.
    """

    ballot: Ballot
    reason: str
    difference: str
    post: MessageId
    room: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedView:
    """What the mail about a ballot that ends without a result is made of.

    Attributes:
        tally: the count of the moment it ended.
        reason: the chair's; may be empty.
        head: the hash of the ledger's last act, None when nothing came in.
        instead: the ballot that has come in its place; None for one that was withdrawn.
        log_url: where text, roll, rule and log can be read, or None.
    """

    ballot: Ballot
    tally: Tally
    reason: str
    contact: str
    head: str | None
    instead: Ballot | None = None
    log_url: str | None = None


def amendment_text(view: AmendmentView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that brings a changed text.

    The difference, else the text, is left out when a list would hold the mail with it.
    """
    values = common_values(view.ballot) | {
        "view": view,
        "tally": view.tally,
        "open": open_values(view.ballot, view.room, view.log_url),
    }
    return _with_difference("amendment.txt.j2", view, values, templates)


def redraft_text(view: RedraftView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that brings a changed draft; sized as an amendment."""
    ballot = view.ballot
    assert ballot.comments_until is not None, f"{ballot.label} is not up for comments"
    zones = ballot.roster.zones[:MOST_ZONES]
    values = common_values(ballot) | {
        "view": view,
        "comments": show(ballot.comments_until, zones),
        "closes": show(ballot.deadline.instant, zones),
    }
    return _with_difference("redraft.txt.j2", view, values, templates)


def _with_difference(
    name: str,
    view: AmendmentView | RedraftView,
    values: Mapping[str, Any],
    templates: Path | None,
) -> tuple[str, str]:
    # The one sign of ours in it that needs more than ASCII.
    shown = _GAP.sub("[...]", fold(view.difference)).strip("\n")
    difference = shown if weight(shown) <= HEAVIEST_BODY else None
    whole = {**values, **statement_values(view.ballot), "difference": difference}

    def written(size: tuple[bool, bool]) -> tuple[str, str]:
        names = ("difference", "statement")
        left_out = {key: None for key, is_in in zip(names, size, strict=True) if not is_in}
        return mail_text(name, whole | left_out, templates)

    return fitting(written, AMENDMENT_SIZES)


def ended_text(view: EndedView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that ends a ballot without a result."""
    values = common_values(view.ballot) | {"view": view, "tally": view.tally}
    return mail_text("ended.txt.j2", values, templates)
