"""What was told in which kind of mail, and up to where: so that nothing is told twice.

``about`` is a ballot's label (``b/42``) or a List-Id; ``upto`` counts acts of a ledger or chat
messages, so that two things of one millisecond are kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Text, case, cast, func, literal, select, update

from bridge.domain.ballots import State
from bridge.ids import BallotId, Instant, ListId
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.schema import ballots, told

OBJECTIONS, LATE, DIGEST = "objections", "late", "digest"
NOTICE_EVERY_MS = 30 * 60 * 1000
"""At most one mail about a ballot's objections in that time; the next one bundles."""
LATE_EVERY_MS = 7 * 24 * 60 * 60 * 1000
TEMPLATE = "template"
"""A list whose own words failed; ``at`` is when."""

ALERT, CLEAR = "alert", -1
"""A condition that operators were told of; ``upto`` is its onset, CLEAR once it was mended."""


@dataclass(frozen=True, slots=True)
class Told:
    """Up to where something was told, and when (Unix ms)."""

    upto: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ballot with acts that no mail of a kind has told of, and its mark."""

    ballot: BallotId
    list_id: ListId
    told: Told


def count_since(conn: Connection, kind: str, since: Instant) -> int:
    """Return how many marks of a kind are younger than an instant."""
    marks = select(func.count()).where(told.c.kind == kind, told.c.at >= since)
    return conn.scalar(marks) or 0


def told_of(conn: Connection, about: str, kind: str) -> Told | None:
    """Return up to where something was told, None when nothing was."""
    row = conn.execute(
        select(told.c.upto, told.c.at).where(told.c.about == about, told.c.kind == kind)
    ).first()
    return None if row is None else Told(row.upto, Instant(row.at))


def record_told(tx: Tx, about: str, kind: str, mark: Told) -> None:
    """Write down up to where something is told now."""
    values = {"upto": mark.upto, "at": mark.at}
    if not insert_once(tx.conn, told, {"about": about, "kind": kind, **values}):
        tx.conn.execute(
            update(told).where(told.c.about == about, told.c.kind == kind).values(values)
        )


def record_clear(tx: Tx, lasting: Sequence[str]) -> None:
    """Write down that all conditions but the lasting ones are mended: the next time is news."""
    mended = (told.c.kind == ALERT, told.c.upto != CLEAR, told.c.about.not_in(lasting))
    tx.conn.execute(update(told).where(*mended).values(upto=CLEAR))


# Where the standings lag behind the ledger, any act may have moved an objection.
_GROWN: Final = {
    OBJECTIONS: case(
        (ballots.c.kept_upto < ballots.c.seq, ballots.c.seq), else_=ballots.c.objected_upto
    )
}
_LABEL: Final = literal("b/").concat(cast(ballots.c.id, Text))


def waiting(conn: Connection, kind: str, states: Sequence[State], before: Instant) -> list[Waiting]:
    """Return the ballots in some states whose last mail of a kind is older than an instant.

    Only those whose ledger has grown since, in what that kind of mail tells of.
    """
    rows = conn.execute(
        select(ballots.c.id, ballots.c.list_id, told.c.upto, told.c.at)
        .join(told, (told.c.kind == kind) & (told.c.about == _LABEL))
        .where(
            ballots.c.state.in_([state.value for state in states]),
            told.c.at <= before,
            told.c.upto < _GROWN.get(kind, ballots.c.seq),
        )
        .order_by(ballots.c.id)
    )
    return [
        Waiting(BallotId(row.id), ListId(row.list_id), Told(row.upto, Instant(row.at)))
        for row in rows
    ]
