"""The epochs of a ballot's text: a substantive change asks for every position anew (spec 2.7).

An act belongs to the epoch of the version it was given for, whatever the clocks say. An
editorial change makes a version and no epoch: positions carry.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.domain.acts import Act
from bridge.domain.rulings import Ruling, amendment_of, rulings, substantive_versions


@dataclass(frozen=True, slots=True)
class Epoch:
    """The acts given for one text, as far as it was the same to those who gave them.

    Attributes:
        ended_by: the chair's act that made the next epoch, None for the last one.
    """

    acts: tuple[Act, ...]
    ended_by: Act | None = None


def epochs_of(every: Iterable[Act], known: Sequence[Act]) -> tuple[Epoch, ...]:
    """Return the epochs of some acts, oldest first; at least one.

    Args:
        every: the whole ledger, chair's acts included.
        known: the acts to be told apart, in the order that counts.
    """
    made = substantive_versions(every)
    begins = list(made)
    sorted_in: list[list[Act]] = [[] for _ in range(len(begins) + 1)]
    for act in known:
        sorted_in[bisect_right(begins, act.text_version)].append(act)
    enders = (*made.values(), None)
    return tuple(Epoch(tuple(acts), by) for acts, by in zip(sorted_in, enders, strict=True))


def latest_version(every: Iterable[Act]) -> int:
    """Return the number of the newest version of the text, from 1."""
    made = (amendment_of(act) for act in rulings(every, Ruling.AMEND))
    return max((one.version for one in made if one is not None), default=1)
