"""The tally: a pure function of ledger, roll, rule and closing instant (spec 2.1, 2.5, 2.11).

Everything shown or mailed is derived from it. All numbers are integers, all ratios fractions.
Silence is counted as silence and never as anything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from bridge.domain.acts import Act, Reason, Verdict, distinct, order_key
from bridge.domain.ballots import Outcome
from bridge.domain.came_in import CameIn, came_in
from bridge.domain.modes import decide
from bridge.domain.positions import Position
from bridge.domain.roster import RosterSnapshot
from bridge.domain.rules import Rule
from bridge.domain.rulings import Level, admitted, after_voids, declared, is_ruling, rulings
from bridge.domain.standing import Fate, Lifted, Objection, Standing, fates, standings
from bridge.ids import Instant, PersonId


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted positions at one instant.

    Attributes:
        at: the closing instant, or the instant of an interim count (Unix ms).
        endorse: said yes.
        reserve: said yes with a reservation whose words are there.
        reserve_without_words: the words are missing: not counted as yes.
        hold: asked for more time, and the hold has not expired.
        silent: on the roll, not recused, no position.
        eligible: on the roll.
        base: eligible minus recused; the rows of the table add up to it.
        support: yes from people other than the proposer.
        missing: what stands between this count and adoption, in one sentence.
        positions: the standing of each member who holds a position, by slug.
        objections: all that were raised by members, oldest first.
        late: late acts of members, in the order that counts.
        unconfirmed: who answered an earlier text and has not confirmed it; they are silent.
        level: what the chair declared, None before.
        rulings: the chair's acts, in the order that counts.
        voided: acts that the chair voided.
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
    outcome: Outcome
    missing: str
    positions: Mapping[str, Standing]
    objections: tuple[Objection, ...]
    came_in: CameIn
    late: tuple[Act, ...]
    unconfirmed: tuple[str, ...] = ()
    level: Level | None = None
    rulings: tuple[Act, ...] = ()
    voided: tuple[Act, ...] = ()

    @property
    def base(self) -> int:
        """Those who count: eligible minus recused."""
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
    def open_objections(self) -> tuple[Objection, ...]:
        """The objections that stand in the way; the ballot is BLOCKED while there is one."""
        return tuple(objection for objection in self.objections if objection.is_open)

    @property
    def last_ended(self) -> Instant | None:
        """When we learnt that the last objection ended that others must see ended, or None.

        What was set aside for want of a reason is no such end: there was nothing to wait for.
        """
        ends = (
            one.lifted_by.received_at
            for one in self.objections
            if one.lifted_by is not None and one.how is not Lifted.SET_ASIDE
        )
        return max(ends, default=None)

    def in_the_way(self, rule: Rule) -> tuple[Objection, ...]:
        """Return the open objections that keep the rule from being met.

        Where objections are only counted, a contest of the text's change still stands in the way.
        """
        return tuple(one for one in self.open_objections if is_blocking(one, rule))

    @property
    def reservations(self) -> tuple[Standing, ...]:
        """The reservations that are printed word for word, by slug."""
        return tuple(
            standing
            for _, standing in sorted(self.positions.items())
            if standing.position is Position.RESERVE and standing.text_given
        )

    @property
    def not_counted(self) -> Mapping[str, int]:
        """Rejected acts by reason."""
        return self.came_in.rejected


def tally(
    acts: Iterable[Act],
    *,
    roster: RosterSnapshot,
    rule: Rule,
    proposer: PersonId | None,
    at: Instant,
) -> Tally:
    """Count a ballot.

    Args:
        acts: the ledger, in any order; repeated deliveries are passed over.
        roster: the snapshot of the opening; whoever is not on it does not count.
        rule: the snapshot of the rule.
        proposer: never counts toward the support needed; None when unknown.
        at: the closing instant, or now (Unix ms).
    """
    known = after_voids(distinct(acts))
    people = roster.people | admitted(known)
    ledger = tuple(_believing_the_roll(act, people) for act in known)
    found = standings(ledger, rule, at)
    positions = {person: each for person, each in found.items() if each.position is not None}
    became = fates(ledger, rule, at)
    counts = Tally(
        at=at,
        **_rows(positions.values()),
        silent=len(people) - len(positions),
        eligible=len(people),
        support=sum(_row(e) in _FOR and p != proposer for p, e in positions.items()),
        outcome=Outcome.NO_DECISION,
        missing="",
        positions=MappingProxyType(positions),
        objections=_objections(found.values()),
        came_in=came_in(ledger, became),
        late=tuple(act for act in ledger if became[act.seq].fate is Fate.LATE),
        unconfirmed=tuple(sorted(p for p, each in found.items() if each.unconfirmed)),
    )
    counts = _with_rulings(counts, ledger)
    outcome, missing = decide(counts, rule)
    return replace(counts, outcome=outcome, missing=missing)


def is_blocking(objection: Objection, rule: Rule) -> bool:
    """Say whether an objection, while it is open, keeps the rule from being met (2.5, 2.7)."""
    return rule.blocks or (rule.decides and objection.is_contest)


def _rows(held: Iterable[Standing]) -> dict[str, Any]:
    counted = Counter(map(_row, held))
    return {row: counted[row] for row in ROWS}


def _with_rulings(counts: Tally, ledger: tuple[Act, ...]) -> Tally:
    """Add what the chair said."""
    return replace(
        counts,
        level=declared(ledger),
        rulings=rulings(ledger),
        voided=tuple(act for act in ledger if act.reason == Reason.VOIDED),
    )


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


def _objections(found: Iterable[Standing]) -> tuple[Objection, ...]:
    raised = [objection for standing in found for objection in standing.objections]
    return tuple(sorted(raised, key=lambda objection: order_key(objection.raised_by)))


def _row(standing: Standing) -> str:
    position = standing.position
    if position is Position.RESERVE and not standing.text_given:
        return "reserve_without_words"
    return _NAMES.get(position, position.value) if position is not None else "silent"


def _believing_the_roll(act: Act, people: Collection[str]) -> Act:
    """Refuse an accepted act of somebody outside the snapshot, whatever the ledger says."""
    if act.verdict is not Verdict.ACCEPTED or act.person_ref in people or is_ruling(act):
        return act
    return replace(act, verdict=Verdict.REJECTED, reason=Reason.NOT_ON_THE_ROLL.value)
