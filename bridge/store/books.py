"""The books: received = mirrored + held + suppressed + shunted + in flight, at every instant.

A post is mirrored when its first event stands. Its further parts and its files are not counted:
they are letters of their own, which ``outbox_counts`` and ``seconded shunted`` show.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from bridge.store.schema import inbox, outbox, posts


@dataclass(frozen=True, slots=True)
class Books:
    """Where every mail that was acknowledged is now."""

    received: int
    mirrored: int
    in_flight: int
    held: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    shunted: Counter[str] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Tell whether every received mail is accounted for exactly once."""
        return self.received == (
            self.mirrored
            + self.in_flight
            + self.held.total()
            + self.suppressed.total()
            + self.shunted.total()
        )


def read_books(conn: Connection) -> Books:
    """Count every mail once; the sum is checked against an independent count."""
    mails = inbox.c.kind == "mail"
    rows = conn.execute(
        select(inbox.c.state, inbox.c.reason, func.count())
        .where(mails)
        .group_by(inbox.c.state, inbox.c.reason)
    ).all()
    by_state: dict[str, Counter[str]] = {
        state: Counter() for state in ("new", "done", "held", "suppressed", "shunted")
    }
    for state, reason, count in rows:
        by_state[state][_heading(reason)] += count
    part_zero = posts.join(inbox, posts.c.inbox_id == inbox.c.id)
    sent = conn.scalar(
        select(func.count()).select_from(part_zero).where(posts.c.event_id.is_not(None))
    )
    stuck = _shunted_posts(conn)
    mirrored = sent or 0
    accepted = conn.scalar(select(func.count()).select_from(part_zero)) or 0
    by_state["shunted"]["delivery"] += stuck
    return Books(
        received=conn.scalar(select(func.count()).where(mails)) or 0,
        mirrored=mirrored,
        in_flight=by_state["new"].total() + accepted - mirrored - stuck,
        held=by_state["held"],
        suppressed=by_state["suppressed"],
        shunted=by_state["shunted"],
    )


def outbox_counts(conn: Connection) -> dict[tuple[str, str], int]:
    """Return how many letters there are by (destination, state)."""
    rows = conn.execute(
        select(outbox.c.destination, outbox.c.state, func.count()).group_by(
            outbox.c.destination, outbox.c.state
        )
    )
    return {(destination, state): count for destination, state, count in rows}


def _shunted_posts(conn: Connection) -> int:
    return (
        conn.scalar(
            select(func.count()).where(
                outbox.c.kind == "post", outbox.c.state == "shunted", outbox.c.key.like("%:0")
            )
        )
        or 0
    )


def _heading(reason: str | None) -> str:
    """Return the part of a reason that is the same for all of its kind."""
    return (reason or "").split(":", 1)[0]
