"""How sure it is that the author wrote a mail: a value, from the least to the most.

none < the list says so < a signature of the author's domain < an address proved by a one-time code.
A ballot states the least evidence it accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Level(IntEnum):
    """How strong the evidence is; comparable."""

    NONE = 0
    LIST = 1
    SIGNED = 2
    LINKED = 3

    @property
    def label(self) -> str:
        """Return the level's name in JSON and configuration."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the author.

    Attributes:
        level: how much.
        method: ``dkim``, ``authentication-results``, ``arc``, ``list``, ``code``; None = nothing.
        domain: whose word it is; None = nobody's.
        later: a name server did not answer, so more may be known later.
        reason: why it is no more, as a clause; '' when nothing was asked.
    """

    level: Level
    method: str | None = None
    domain: str | None = None
    later: bool = False
    reason: str = ""


NOTHING = Evidence(Level.NONE)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word is taken, as the operator decided.

    Attributes:
        authserv_ids: our own mail servers', in Authentication-Results.
        arc_sealers: domains whose ARC seals are believed.
        dkim: whether the author's domain is asked for its key.
    """

    authserv_ids: tuple[str, ...] = ()
    arc_sealers: tuple[str, ...] = ()
    dkim: bool = False


_LEVELS: Final = MappingProxyType({level.label: level for level in Level})


def level_of(label: str) -> Level:
    """Return the level of a label, the least one for an unknown."""
    return _LEVELS.get(label, Level.NONE)
