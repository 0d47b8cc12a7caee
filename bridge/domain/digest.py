"""What is new between two counts of a ballot, and on which day a digest is due; pure.

Both counts come from ``tally``: one of the ledger as the last mail knew it, one of the ledger now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from enum import StrEnum
from typing import Final

from bridge.domain.acts import Act
from bridge.domain.ballots import Ballot
from bridge.domain.fold import Objection
from bridge.domain.positions import Position
from bridge.domain.rulings import Ruling, rulings
from bridge.domain.standing import Standing
from bridge.domain.tally import Tally
from bridge.ids import Instant


class Lapse(StrEnum):
    """Why somebody who took nothing back has no position any more."""

    UNCONFIRMED = "unconfirmed"
    """They answered a text that has changed since."""
    VOIDED = "voided"
    """The chair set their answer aside."""
    HOLD_OVER = "hold_over"
    """They had asked for more time, and it is over."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Who answered, changed, objected or took back since the last count, by slug.

    Attributes:
        new: (person, position) of those who had none.
        changed: (person, position before, position now).
        objected: the standings of those whose objection is new.
        withdrew: those who took their position back.
        lapsed: (why, person) of those who have none any more and did not take it back.
        refused: how many more acts are not counted.
        ruled: what the chair did, oldest first; what is told by its effect is not in it.
    """

    new: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str, str], ...]
    objected: tuple[Standing, ...]
    withdrew: tuple[str, ...]
    refused: int
    lapsed: tuple[tuple[Lapse, str], ...] = ()
    ruled: tuple[Act, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        moved = self.new or self.changed or self.objected or self.withdrew or self.lapsed
        return bool(moved or self.ruled) or self.refused > 0


def changes(before: Tally, after: Tally) -> Changes:
    """Return what happened between two counts of one ballot."""
    old = {person: position_shown(one) for person, one in before.positions.items()}
    objected = [
        (person, one)
        for person, one in sorted(after.positions.items())
        if one.objection_open and _is_new_objection(before.positions.get(person), one)
    ]
    gone = sorted(before.positions.keys() - after.positions.keys())
    lapses = [(why, one) for one in gone if (why := _lapse(one, before, after)) is not None]
    lapsed = {one for _, one in lapses}
    others = [
        (person, position_shown(one))
        for person, one in sorted(after.positions.items())
        if not one.objection_open
    ]
    return Changes(
        new=tuple((person, now) for person, now in others if person not in old),
        changed=tuple(
            (person, old[person], now)
            for person, now in others
            if person in old and old[person] != now
        ),
        objected=tuple(one for _, one in objected),
        withdrew=tuple(one for one in gone if one not in lapsed),
        refused=_not_counted(after) - _not_counted(before),
        lapsed=tuple(sorted(lapses)),
        ruled=rulings(after.rulings[len(before.rulings) :], *_NEWS),
    )


_NEWS: Final = (
    Ruling.ADDRESS,
    Ruling.OVERRULE,
    Ruling.SET_ASIDE,
    Ruling.EXTEND,
    Ruling.AMEND,
    Ruling.ADMIT,
)
"""What a chair does that shows in no position, or not why."""


def _lapse(person: str, before: Tally, after: Tally) -> Lapse | None:
    if person in after.unconfirmed:
        return Lapse.UNCONFIRMED
    held = before.positions[person]
    if held.act is not None and held.act.seq in {act.seq for act in after.voided}:
        return Lapse.VOIDED
    until = held.hold_until if held.position is Position.HOLD else None
    return Lapse.HOLD_OVER if until is not None and until <= after.at else None


def position_shown(standing: Standing) -> str:
    """Return a standing's name; a reservation without words has one of its own."""
    if standing.position is Position.RESERVE and not standing.text_given:
        return "reserve_without_words"
    return standing.position.value if standing.position is not None else ""


def _is_new_objection(before: Standing | None, now: Standing) -> bool:
    if before is None or not before.objection_open or before.act is None or now.act is None:
        return True
    return before.act.seq != now.act.seq


def _not_counted(counted: Tally) -> int:
    return sum(counted.not_counted.values()) + counted.came_in.suggestions


class What(StrEnum):
    """What became of an objection since the last notice."""

    RAISED = "raised"
    REASONED = "reasoned"
    LIFTED = "lifted"
    PASSED = "passed"
    """Raised and lifted since: nobody has been told of it yet."""


@dataclass(frozen=True, slots=True)
class News:
    """One objection and what is new about it."""

    what: What
    objection: Objection


def objection_news(before: Tally, after: Tally) -> tuple[News, ...]:
    """Return what a notice has to say, each objection once, oldest first."""
    return tuple(_objection_news(before, after))


def _objection_news(before: Tally, after: Tally) -> Iterator[News]:
    known = {one.raised_by.seq: one for one in before.objections}
    still = {one.raised_by.seq for one in after.objections}
    gone = {
        one.raised_by.person_ref: one
        for one in before.open_objections
        if one.raised_by.seq not in still
    }
    for one in after.objections:
        told = known.get(one.raised_by.seq)
        if told is None:
            # Words that follow a raised hand are a second act for one and the same objection.
            taken_over = gone.pop(one.raised_by.person_ref, None)
            if taken_over is None:
                yield News(What.RAISED if one.is_open else What.PASSED, one)
            else:
                yield News(What.REASONED if one.is_open else What.LIFTED, one)
        elif told.is_open != one.is_open:
            yield News(What.RAISED if one.is_open else What.LIFTED, one)
    for one in gone.values():
        yield News(What.LIFTED, one)


def may_be_news(ballot: Ballot) -> bool:
    """Say whether an objection could be news to the list: one that stands in the text's way.

    Where objections are only counted, a contest of an editorial change stands in the way alone.
    """
    return ballot.rule.blocks or (ballot.rule.decides and bool(ballot.earlier))


def due_day(at: time, zone: tzinfo, now: Instant) -> str | None:
    """Return the local day (``2025-11-01``) whose digest is due, None while it is not.

    A time that the clocks pass over is due when they have; one that comes twice, at the first.

    Args:
        at: the local time.
        zone: where that time is.
        now: Unix ms.
    """
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
    due = datetime.combine(today, at, tzinfo=zone)
    return today.isoformat() if now >= round(due.timestamp() * 1000) else None
