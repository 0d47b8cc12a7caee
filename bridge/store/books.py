"""The books: received = mirrored + held + suppressed + shunted + in flight, at every instant.

A post is mirrored when its first event stands. Until then it is in flight only while a letter is
on its way with it: each of the five is counted by itself and none is what the others leave over,
so that a mail that is nowhere is missing from the sum. A post's further parts and its files are
not counted: they are letters of their own, which ``outbox_counts`` and ``seconded shunted`` show.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from bridge.store.mirror import post_key
from bridge.store.outbox import UNSENT
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
    """Count every mail where it is."""
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
    unsent, shunted = _waiting_posts(conn)
    by_state["shunted"]["delivery"] += shunted
    return Books(
        received=conn.scalar(select(func.count()).where(mails)) or 0,
        mirrored=conn.scalar(select(func.count()).where(posts.c.event_id.is_not(None))) or 0,
        in_flight=by_state["new"].total() + unsent,
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


def _waiting_posts(conn: Connection) -> tuple[int, int]:
    """Return how many posts without an event are on their way, and how many were set aside."""
    waiting = select(posts.c.list_id, posts.c.message_id).where(posts.c.event_id.is_(None))
    keys = {post_key(row.list_id, row.message_id, 0) for row in conn.execute(waiting)}
    letters = select(outbox.c.key, outbox.c.state).where(
        outbox.c.kind == "post", outbox.c.state.in_((*UNSENT, "shunted"))
    )
    states = Counter(row.state for row in conn.execute(letters) if row.key in keys)
    shunted = states.pop("shunted", 0)
    return states.total(), shunted


def _heading(reason: str | None) -> str:
    """Return the part of a reason that is the same for all of its kind."""
    return (reason or "").split(":", 1)[0]
