"""What the chair does about a ballot, as acts of the same ledger (spec 2.2, 2.5, 2.6, 2.7).

A chair's act stands in the capacity ``CHAIR``, which no person's position can have; its
``position`` is the kind of ruling and its ``target`` says what it is about, so that whoever has
the ledger needs nothing else to count again. What a ruling does to a standing position is
``standing``'s business; here it is only read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bridge.domain.acts import CHAIR, Act, Reason, Verdict

EDITORIAL: Final = "editorial"
SUBSTANTIVE: Final = "substantive"


class Ruling(StrEnum):
    """What a chair's act does; beside each, what its ``target`` holds."""

    ADDRESS = "address"  # the objection's act, as ``act_name``; the link is in the words
    OVERRULE = "overrule"  # the same
    SET_ASIDE = "set_aside"  # the same: an objection without a reason
    VOID = "void"  # any act: spam, abuse
    EXTEND = "extend"  # the new deadline, Unix ms
    AMEND = "amend"  # ``editorial/2/SHA-256`` or ``substantive/2/SHA-256``
    ADMIT = "admit"  # the person's slug
    DECLARE = "declare"  # the level of consensus
    STOP = "stop"  # nothing: the late register is closed
    CORRECT = "correct"  # nothing: what was wrong in the result's mail is in the words


LIFTING: Final = frozenset({Ruling.ADDRESS, Ruling.OVERRULE, Ruling.SET_ASIDE})
"""The rulings that end an objection."""


class Level(StrEnum):
    """What a chair may declare, after the GNSO's working group guidelines (3.6)."""

    FULL_CONSENSUS = "full_consensus"
    CONSENSUS = "consensus"
    STRONG_SUPPORT = "strong_support"
    DIVERGENCE = "divergence"


ADOPTING: Final = frozenset({Level.FULL_CONSENSUS, Level.CONSENSUS})

LEVELS: Final = MappingProxyType(
    {
        Level.FULL_CONSENSUS: "full consensus",
        Level.CONSENSUS: "consensus",
        Level.STRONG_SUPPORT: "strong support but significant opposition",
        Level.DIVERGENCE: "divergence",
    }
)
"""Level -> its words."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of the text as the ledger names it."""

    label: str
    version: int
    sha256: str

    @property
    def target(self) -> str:
        """The act's target."""
        return f"{self.label}/{self.version}/{self.sha256}"


def act_name(act: Act) -> str:
    """Return how a ruling names an act: its door and its source, as no other act has both."""
    return f"{act.door}/{act.source_id}"


def is_ruling(act: Act) -> bool:
    """Say whether this is a chair's act."""
    return act.capacity == CHAIR


def rulings(acts: Iterable[Act], *kinds: Ruling) -> tuple[Act, ...]:
    """Return the chair's accepted acts of some kinds (default: all), in the order given."""
    wanted = kinds or tuple(Ruling)
    return tuple(
        act
        for act in acts
        if is_ruling(act) and act.verdict is Verdict.ACCEPTED and act.position in wanted
    )


def after_voids(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Return the acts with those that the chair voided as rejected: they were never cast."""
    every = tuple(acts)
    void = {act.target for act in rulings(every, Ruling.VOID)}
    if not void:
        return every
    return tuple(
        replace(act, verdict=Verdict.REJECTED, reason=Reason.VOIDED.value)
        if act_name(act) in void and not is_ruling(act)
        else act
        for act in every
    )


def admitted(acts: Iterable[Act]) -> frozenset[str]:
    """Return whom the chair admitted to the roll after the opening."""
    return frozenset(act.target for act in rulings(acts, Ruling.ADMIT) if act.target)


def declared(acts: Iterable[Act]) -> Level | None:
    """Return the level of consensus that the chair declared last, None without one."""
    found = rulings(acts, Ruling.DECLARE)
    last = found[-1].target if found else None
    return Level(last) if last in set(Level) else None


def amendment_of(act: Act) -> Amendment | None:
    """Return what an ``amend`` act says, None for any other."""
    parts = (act.target or "").split("/")
    if act.position != Ruling.AMEND or len(parts) != 3 or not parts[1].isdecimal():
        return None
    return Amendment(parts[0], int(parts[1]), parts[2])


def substantive_versions(acts: Iterable[Act]) -> dict[int, Act]:
    """Return the versions that asked for every position anew, each with the act that made it."""
    found: dict[int, Act] = {}
    for act in rulings(acts, Ruling.AMEND):
        amendment = amendment_of(act)
        if amendment is not None and amendment.label == SUBSTANTIVE:
            found[amendment.version] = act
    return dict(sorted(found.items()))
