"""The books of a ballot: what became of every row of the ledger (spec 2.11, 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bridge.domain.acts import REMOVED_BY_MODERATOR, Act
from bridge.domain.positions import Position
from bridge.domain.standing import Fate, Fated


@dataclass(frozen=True, slots=True)
class CameIn:
    """What became of every row of the ledger; the numbers add up to ``rows``.

    Attributes:
        positions: standing acts that are answers.
        recusals: standing acts that are recusals.
        replaced: by another act of the same person, or masked by their open objection.
        withdrawn: taken back, with the acts that did so; and holds that expired.
        rejected: by reason.
        late: after the closing instant; never in the result.
        unconfirmed: given for a text that was changed since, and not confirmed.
        rulings: the chair's acts.
    """

    positions: int
    recusals: int
    replaced: int
    withdrawn: int
    rejected: Mapping[str, int]
    suggestions: int
    late: int
    rows: int
    unconfirmed: int = 0
    rulings: int = 0

    @property
    def standing(self) -> int:
        """Acts that count now."""
        return self.positions + self.recusals


def came_in(ledger: Iterable[Act], became: Mapping[int, Fated]) -> CameIn:
    """Sort every row by its fate.

    Args:
        ledger: the rows, each once.
        became: ``standing.fates`` of the same rows.
    """
    rows = tuple(ledger)
    by_fate = Counter(became[act.seq].fate for act in rows)
    rejected = Counter(
        act.reason or REMOVED_BY_MODERATOR for act in rows if became[act.seq].fate is Fate.REJECTED
    )
    recusals = sum(
        act.position == Position.RECUSE and became[act.seq].fate is Fate.STANDING for act in rows
    )
    return CameIn(
        positions=by_fate[Fate.STANDING] - recusals,
        recusals=recusals,
        replaced=by_fate[Fate.REPLACED],
        withdrawn=by_fate[Fate.WITHDRAWN],
        rejected=MappingProxyType(dict(sorted(rejected.items()))),
        suggestions=by_fate[Fate.SUGGESTION],
        late=by_fate[Fate.LATE],
        rows=len(rows),
        unconfirmed=by_fate[Fate.UNCONFIRMED],
        rulings=by_fate[Fate.RULING],
    )
