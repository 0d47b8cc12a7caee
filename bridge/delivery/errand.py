"""What a deliverer does with one letter: prepare, carry, record.

``prepare`` resolves, inside the transaction that marks the letter ``sending``, what the letter
names; ``carry`` makes the request, outside any transaction; ``record`` writes down what came of
it. Each may run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bridge.ids import Instant
from bridge.store.database import Tx
from bridge.store.outbox import OutboxItem

Destination_contra = TypeVar("Destination_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class NotDue:
    """The letter cannot leave yet; it is looked at again later."""

    reason: str
    wait_ms: int = 2_000


class Errand(Protocol[Destination_contra]):
    """A letter whose names are resolved, ready to leave."""

    async def carry(self, destination: Destination_contra, tried_at: Instant | None) -> str:
        """Make the request and return the other side's id or answer.

        Args:
            destination: the port to make it on.
            tried_at: when an earlier try of unknown outcome began, None on the first.

        Raises:
            Transient: time heals it.
            Permanent: a human must look.
        """

    def record(self, tx: Tx, remote_id: str) -> None:
        """Write down what the letter has become."""


Prepare = Callable[[Tx, OutboxItem], Errand[Any] | NotDue]
"""Raises ``Permanent`` when the letter can never leave."""

Abandoned = Callable[[Tx, OutboxItem, str], None]
"""What is done when a letter ends as ``expired`` or ``shunted``."""


def nobody_cares(tx: Tx, item: OutboxItem, state: str) -> None:
    """Do nothing about an abandoned letter; ``seconded shunted`` shows it."""
