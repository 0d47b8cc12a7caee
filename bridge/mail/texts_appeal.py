"""The words of the mail that tells a list of an appeal; as pure as ``texts``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.domain.acts import Act
from bridge.domain.ballots import Ballot
from bridge.domain.rulings import LEVELS
from bridge.domain.tally import Tally
from bridge.mail.texts import common_values, mail_text
from bridge.mail.texts_notices import shown_name
from bridge.mail.weights import LONGEST_WORDS, cut, fitting

SIZES = (LONGEST_WORDS, 500, 100)
"""Bytes of each person's words: all that fit, then fewer, until the mail is short enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealView:
    """What the mail about an appeal is made of.

    Attributes:
        tally: the count at the close.
        appeals: the first of each person, in order.
        words: the words that came with an act, by its seq; erased ones are missing.
    """

    ballot: Ballot
    tally: Tally
    appeals: tuple[Act, ...]
    contact: str
    words: Mapping[int, str] = field(default_factory=dict)


def appeal_text(view: AppealView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that tells of an appeal."""
    return fitting(lambda most: mail_text("appeal.txt.j2", _values(view, most), templates), SIZES)


def _values(view: AppealView, most: int) -> dict[str, Any]:
    return common_values(view.ballot) | {
        "tally": view.tally,
        "level": LEVELS[view.tally.level] if view.tally.level is not None else None,
        "contact": view.contact,
        "appeals": [
            (
                shown_name(view.ballot, act.person_ref),
                act.effective_at,
                *cut(view.words.get(act.seq, ""), most),
            )
            for act in view.appeals
        ],
    }
