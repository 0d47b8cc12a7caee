"""The numbers an operator watches, read from the database at one instant."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, or_, select

from bridge.domain.ballots import COUNTING
from bridge.ids import BallotId, Instant
from bridge.store.ballots import count_acts, in_states
from bridge.store.books import outbox_counts
from bridge.store.mirror import count_mirrored
from bridge.store.outbox import UNSENT
from bridge.store.schema import inbox, list_posts, outbox
from bridge.store.told import TEMPLATE, count_since

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Readings:
    """What the database says of the bridge's work; ages in milliseconds."""

    inbox: dict[str, int]
    outbox: dict[tuple[str, str], int]
    oldest_unsent_ms: int
    lag_ms: int
    posts_mirrored: int
    acts_recorded: int
    posts_overdue: int
    last_sweeps: dict[BallotId, Instant]
    templates_failed: int = 0
    newest_shunted: int = 0
    newest_overdue: int = 0
    oldest_sweep_ms: int = 0

    @property
    def shunted(self) -> int:
        """Items in both queues that wait for a human."""
        leaving = sum(n for (_, state), n in self.outbox.items() if state == "shunted")
        return self.inbox.get("shunted", 0) + leaving


def read_readings(conn: Connection, now: Instant) -> Readings:
    """Count everything once."""
    number = func.count().label("number")
    by_state = conn.execute(select(inbox.c.state, number).group_by(inbox.c.state))
    unsent = select(func.min(outbox.c.created_at)).where(outbox.c.state.in_(UNSENT), _waits(now))
    waiting = select(func.min(inbox.c.received_at)).where(inbox.c.state == "new")
    overdue = select(func.count()).where(list_posts.c.state == "overdue")
    newest = select(func.max(list_posts.c.queued_at)).where(list_posts.c.state == "overdue")
    open_ballots = in_states(conn, tuple(COUNTING))
    swept = [row.swept_at for row in open_ballots if row.swept_at]
    return Readings(
        inbox={one.state: one.number for one in by_state},
        outbox=outbox_counts(conn),
        oldest_unsent_ms=_age(conn.scalar(unsent), now),
        lag_ms=_age(conn.scalar(waiting), now),
        posts_mirrored=count_mirrored(conn),
        acts_recorded=count_acts(conn),
        posts_overdue=conn.scalar(overdue) or 0,
        last_sweeps={row.ballot.id: row.swept_at or Instant(0) for row in open_ballots},
        templates_failed=count_since(conn, TEMPLATE, Instant(now - DAY_MS)),
        newest_shunted=_newest_shunted(conn),
        newest_overdue=conn.scalar(newest) or 0,
        oldest_sweep_ms=_age(min(swept, default=None), now),
    )


def _newest_shunted(conn: Connection) -> int:
    came = conn.scalar(select(func.max(inbox.c.id)).where(inbox.c.state == "shunted")) or 0
    leaves = conn.scalar(select(func.max(outbox.c.id)).where(outbox.c.state == "shunted")) or 0
    return came + leaves


def _waits(now: Instant) -> ColumnElement[bool]:
    """Leave out what was never tried and is not due: it waits for its hour, or for its room."""
    tried = or_(outbox.c.attempts > 0, outbox.c.first_try_at.is_not(None))
    return or_(outbox.c.due_at <= now, tried)


def _age(instant: int | None, now: Instant) -> int:
    return 0 if instant is None else max(0, now - instant)
