"""A DNS in memory: the fake behind the port ``Names``, held to the contract of the adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.errors import Transient


@dataclass
class FakeNames:
    """Answers from a table; every other name does not exist.

    Attributes:
        records: the TXT records of each name.
        silent: names whose servers say nothing.
        is_down: no server answers at all.
        asked: what it was asked for, in order.
    """

    records: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """Answer, or not."""
        self.asked.append(name)
        if self.is_down or name in self.silent:
            raise Transient("no name server answered: the fake is silent", alone=True)
        return self.records.get(name.lower(), ())
