"""A database that was restored from a copy: what it takes for unsent may have left long ago.

The copy bears the instant it was made at (``backup``). Whatever happened between that and the
restoration happens again within a day of it, for every deadline of that time is past and every
mail server has come again. During that day an event is looked up in the room before it is sent.
A mail of a ballot that the copy knew is held for a human, who can read the list's archive, however
late it is written: a chair may confirm when she likes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update

from bridge.ids import BallotId, Instant
from bridge.store.database import Tx
from bridge.store.schema import ballots, instance, outbox

LOOKS_BACK_MS = 24 * 60 * 60 * 1000
NUMBERS_LEFT_OUT = 100
"""Ballots that may have been opened after the copy was made; theirs are not given again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The restoration of this database.

    Attributes:
        copied_at: when the copy was made.
        restored_at: when a bridge first started on it.
        ballots_from: the first number of a ballot that the copy did not know.
    """

    copied_at: Instant
    restored_at: Instant
    ballots_from: BallotId

    def may_have_left(self, created_at: Instant) -> bool:
        """Tell whether a letter written at an instant may be one that has left before."""
        return created_at < self.restored_at + LOOKS_BACK_MS


def recognise(tx: Tx) -> Restored | None:
    """Return the restoration of this database, None for one that is no copy; may be repeated."""
    row = tx.conn.execute(select(instance)).one()
    if row.copied_at is None:
        return None
    if row.restored_at is None:
        _begin_anew(tx)
        row = tx.conn.execute(select(instance)).one()
    return Restored(Instant(row.copied_at), Instant(row.restored_at), BallotId(row.ballots_from))


def _begin_anew(tx: Tx) -> None:
    known = tx.conn.scalar(select(func.max(ballots.c.id))) or 0
    tx.conn.execute(
        update(instance).values(restored_at=tx.now, ballots_from=known + NUMBERS_LEFT_OUT)
    )
    # Nobody can tell from here what became of a mail that was on its way when the copy was made.
    tx.conn.execute(
        update(outbox)
        .where(outbox.c.destination == "mail", outbox.c.state.in_(("sending", "unknown")))
        .values(state="pending")
    )
