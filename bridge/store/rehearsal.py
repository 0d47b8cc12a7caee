"""Do something for trial: see what it would answer and whom it would tell, then undo it all.

Nothing of it stays, neither rows nor numbers that were drawn from rows; no loop is woken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bridge.store import outbox
from bridge.store.database import Tx
from bridge.store.outbox import Letter
from bridge.store.savepoints import Savepoint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rehearsed(Generic[T]):
    """What it returned, and the letters it would have queued, in order."""

    value: T
    letters: tuple[Letter, ...]


def rehearse(tx: Tx, run: Callable[[Tx], T]) -> Rehearsed[T]:
    """Run a function of a transaction and undo it; what it raises is raised, and undone, too."""
    trial = replace(tx, wakes=set(), queued=[])
    savepoint = Savepoint(tx.conn)
    try:
        value = run(trial)
        queued = (outbox.by_key(tx.conn, key) for key in trial.queued)
        return Rehearsed(value, tuple(one.letter for one in queued if one is not None))
    finally:
        savepoint.rollback()
