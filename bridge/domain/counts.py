"""Positions as numbers, and what is kept of each person so that they need not be folded again.

A ``Kept`` holds no more than a count asks of one person; it is made from the standing of all
their acts and knows no clock: whether a hold has expired is asked when it is counted. From the
``Kept`` of everybody and the chair's acts, ``count`` returns the numbers that ``tally`` returns
for the whole ledger (``tests/domain/test_counts.py`` holds them together). The count of record
is always the tally's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bridge.domain.acts import SELF, Act, Verdict, distinct
from bridge.domain.ballots import Ballot, Outcome
from bridge.domain.fold import Lifted, Objection
from bridge.domain.modes import decide
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.rulings import Level, admitted, declared
from bridge.domain.standing import Standing, standings
from bridge.ids import Instant, PersonId

_NEVER: Final = Instant(0)
EVER: Final = Instant(2**62)
"""Later than any act: whatever was accepted counts, and every hold is over."""

ROWS: Final = (
    "endorse",
    "reserve",
    "no_objection",
    "abstain",
    "object",
    "reserve_without_words",
    "hold",
    "recused",
)
"""What a standing position can count as; with ``silent`` they make up the roll."""

_FOR: Final = frozenset({"endorse", "reserve"})
_NAMES: Final[Mapping[Position, str]] = {Position.RECUSE: "recused"}


@dataclass(frozen=True, slots=True)
class Raised:
    """An objection in few words.

    Attributes:
        seq: the act that raised it.
        raised_at: when it was raised (Unix ms).
        lifted_at: when it was lifted (Unix ms), None while it is open.
        how: how it was lifted.
        learnt_at: when we learnt that (Unix ms, our clock); 0 while it is open.
        is_contest: it is to calling a change of the text editorial (2.7).
    """

    seq: int
    raised_at: Instant
    lifted_at: Instant | None = None
    how: Lifted | None = None
    learnt_at: Instant = _NEVER
    is_contest: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still stands in the way."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True)
class Kept:
    """What a count asks of one person.

    Attributes:
        row: what they count as when no hold lies over it, one of ``ROWS``; "" for silent.
        hold_until: when the hold that lies over it expires (Unix ms), None without one.
        raised: all objections they ever raised, oldest first.
        latest: when their latest accepted act was done (Unix ms): before it, this says nothing.
    """

    person_ref: str
    row: str
    hold_until: Instant | None
    raised: tuple[Raised, ...]
    latest: Instant

    def row_at(self, at: Instant) -> str:
        """Return what they count as at an instant: an open objection, a live hold, the rest."""
        is_open = any(one.is_open for one in self.raised)
        is_held = self.hold_until is not None and at < self.hold_until
        return "hold" if is_held and not is_open else self.row


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counted positions at one instant: what a rule decides by, and nobody's name.

    Attributes:
        at: the closing instant, or the instant of an interim count (Unix ms).
        endorse: said yes.
        reserve: said yes with a reservation whose words are there.
        reserve_without_words: the words are missing: not counted as yes.
        hold: asked for more time, and the hold has not expired.
        silent: on the roll, not recused, no position.
        eligible: on the roll.
        support: yes from people other than the proposer.
        missing: what stands between this count and adoption, in one sentence.
        raised: every objection of members, in any order.
        level: what the chair declared, None before.
        broken: when the first objection was raised, lifted or not (Unix ms); None without one, and
            in a count of what is kept, for such a ballot has ended.
    """

    at: Instant
    endorse: int
    reserve: int
    no_objection: int
    abstain: int
    object: int
    reserve_without_words: int
    hold: int
    silent: int
    recused: int
    eligible: int
    support: int
    raised: tuple[Raised, ...]
    level: Level | None
    broken: Instant | None = None
    outcome: Outcome = Outcome.NO_DECISION
    missing: str = ""

    @property
    def base(self) -> int:
        """Those who count: eligible minus recused; the rows of the table add up to it."""
        return self.eligible - self.recused

    @property
    def yes(self) -> int:
        """For: endorsements, with and without reservation."""
        return self.endorse + self.reserve

    @property
    def answered(self) -> int:
        """Counted positions except holds: what a quorum counts."""
        return self.yes + self.no_objection + self.abstain + self.object

    @property
    def objections_open(self) -> int:
        """How many objections stand in the way; the ballot is BLOCKED while there is one."""
        return sum(one.is_open for one in self.raised)

    @property
    def last_ended(self) -> Instant | None:
        """When we learnt that the last objection ended that others must see ended, or None.

        What was set aside for want of a reason is no such end: there was nothing to wait for.
        """
        ends = (
            one.learnt_at
            for one in self.raised
            if not one.is_open and one.how is not Lifted.SET_ASIDE
        )
        return max(ends, default=None)

    def in_the_way(self, rule: Rule) -> tuple[Raised, ...]:
        """Return the open objections that keep the rule from being met.

        Where objections are only counted, a contest of the text's change still stands in the way.
        """
        return tuple(one for one in self.raised if one.is_open and is_blocking(one, rule))


def count(kept: Iterable[Kept], ruled: Iterable[Act], ballot: Ballot, at: Instant) -> Counts:
    """Count what is kept of everybody.

    Args:
        kept: of each person once; whoever is not on the roll does not count.
        ruled: the chair's acts.
        ballot: its roll, its rule and its proposer.
        at: not before the ``latest`` of anybody (Unix ms).
    """
    known = distinct(ruled)
    people = ballot.roster.people | admitted(known)
    members = [one for one in kept if one.person_ref in people]
    rows = {one.person_ref: one.row_at(at) for one in members}
    counts = Counts(
        at=at,
        raised=tuple(raised for one in members for raised in one.raised),
        level=declared(known),
        **numbers({who: row for who, row in rows.items() if row}, len(people), ballot.proposer),
    )
    outcome, missing = decide(counts, ballot.rule)
    return replace(counts, outcome=outcome, missing=missing)


def is_blocking(objection: Raised | Objection, rule: Rule) -> bool:
    """Say whether an objection, while it is open, keeps the rule from being met (2.5, 2.7)."""
    return rule.blocks or (rule.decides and objection.is_contest)


def numbers(rows: Mapping[str, str], eligible: int, proposer: PersonId | None) -> dict[str, Any]:
    """Return the numbers of a count, from what each member with a position counts as."""
    counted = Counter(rows.values())
    return {
        **{row: counted[row] for row in ROWS},
        "silent": eligible - len(rows),
        "eligible": eligible,
        "support": sum(row in _FOR and person != proposer for person, row in rows.items()),
    }


def row_of(standing: Standing) -> str:
    """Return what a standing counts as; "" for silent."""
    position = standing.position
    if position is Position.RESERVE and not standing.text_given:
        return "reserve_without_words"
    return _NAMES.get(position, position.value) if position is not None else ""


def raised_of(objections: Iterable[Objection]) -> tuple[Raised, ...]:
    """Return objections in few words."""
    return tuple(
        Raised(
            seq=one.raised_by.seq,
            raised_at=one.raised_by.effective_at,
            lifted_at=one.lifted_by.effective_at if one.lifted_by else None,
            how=one.how,
            learnt_at=one.lifted_by.received_at if one.lifted_by else _NEVER,
            is_contest=one.is_contest,
        )
        for one in objections
    )


def keep(acts: Iterable[Act], rule: Rule) -> dict[str, Kept]:
    """Return what is to be kept of everybody who ever had an act accepted.

    What it says of a person is a function of that person's acts and the chair's alone.
    """
    every = tuple(acts)
    latest: dict[str, Instant] = {}
    for act in every:
        if act.capacity == SELF and act.verdict is Verdict.ACCEPTED:
            latest[act.person_ref] = max(act.effective_at, latest.get(act.person_ref, Instant(0)))
    return {
        person: Kept(
            person_ref=person,
            row=row_of(standing),
            hold_until=standing.hold_until,
            raised=raised_of(standing.objections),
            latest=latest[person],
        )
        for person, standing in standings(every, rule, EVER).items()
    }
