"""The inbox: what arrived, raw and durable, until a handler has turned it into state.

States: ``new`` -> ``done`` | ``held`` | ``suppressed`` | ``shunted``; the last three with a reason.
An item that waits for another try holds up its own lane only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
    text,
    update,
)

from bridge.events import Outcome
from bridge.ids import BallotId, EventId, Instant, MessageId
from bridge.store.database import Tx
from bridge.store.octets import octets_at
from bridge.store.once import insert_once
from bridge.store.prepared import Prepared
from bridge.store.schema import inbox

# Written out, not bound: SQLite uses a partial index only for a condition it can read.
_IS_NEW = text("inbox.state = 'new'")


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One thing that arrived.

    Attributes:
        lane: the list (or room) whose items are handled in order.
        key: what makes the thing unique.
        raw: exactly the bytes that arrived; empty when ``is_big``.
        meta: what the envelope said, JSON.
    """

    id: int
    lane: str
    kind: str
    key: str
    raw: bytes
    meta: Mapping[str, Any]
    received_at: Instant
    attempts: int
    state: str
    reason: str | None
    is_big: bool = False


def add(  # noqa: PLR0913 - the columns of a row, each by name
    tx: Tx, *, lane: str, kind: str, key: str, raw: bytes, meta: Mapping[str, Any] | None = None
) -> bool:
    """Store what arrived; False when its key is known already."""
    values = {
        "lane": lane,
        "kind": kind,
        "key": key,
        "raw": raw,
        "meta": json.dumps(meta or {}, sort_keys=True),
        "received_at": tx.now,
        "state": "new",
        "due_at": tx.now,
    }
    tx.wakes.add("inbox")
    return insert_once(tx.conn, inbox, values)


_SETTLE = Prepared(
    lambda _: (
        update(inbox)
        .where(inbox.c.id == bindparam("of_id"))
        .values({name: bindparam(f"new_{name}") for name in ("state", "reason", "about")})
    )
)
_RECONSIDER = Prepared(
    lambda _: (
        update(inbox)
        .where(inbox.c.about == bindparam("of_event"))
        .where(inbox.c.kind == "matrix", inbox.c.state == "suppressed")
        .values(state="new", due_at=bindparam("new_due_at"), reason=None)
    )
)


def claim(
    conn: Connection,
    now: Instant,
    limit: int,
    *,
    quick: int | None = None,
    passing_over: Collection[str] = (),
) -> list[InboxItem]:
    """Return the next items in order, none whose lane has an earlier item waiting for its time.

    Their lanes are leased until the end of the transaction: the head of each is locked, and
    other processes pass over what is locked. One that dies lets go with its connection.

    Args:
        conn: in a transaction that writes.
        now: what is due later is left alone.
        limit: how many at most.
        quick: a mail of more bytes is ``is_big``: it comes without them, as its lane's last item.
        passing_over: lanes of which nothing is wanted.
    """
    values = {"by": now, "most": limit, "quick": ANY_SIZE if quick is None else quick}
    if passing_over:
        found = conn.execute(_claim(passing_over), values)
        return list(_due([row._mapping for row in found], now))
    return list(_due(_CLAIM.rows(conn, **values), now))


def _claim(passing_over: Collection[str] = ()) -> Select[Any]:
    heads = select(func.min(inbox.c.id)).where(_IS_NEW).group_by(inbox.c.lane)
    wanted = select(inbox.c.lane).where(
        inbox.c.id.in_(heads), _IS_NEW, inbox.c.due_at <= bindparam("by")
    )
    if passing_over:
        wanted = wanted.where(inbox.c.lane.not_in(passing_over))
    # Whoever handled a lane since this statement began has changed its head, and PostgreSQL
    # looks at a row's newest state when it locks it: so no lane is leased twice.
    leased = (
        wanted.order_by(inbox.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("leased")
    )
    claimed = (
        select(inbox.c.id)
        .where(_IS_NEW, inbox.c.lane.in_(select(leased.c.lane)))
        # The sign keeps SQLite from walking the whole table in the order of its key.
        .order_by(text("+inbox.id"))
        .limit(bindparam("most"))
    )
    return select(*_but_raw_if(_is_big())).where(inbox.c.id.in_(claimed)).order_by(inbox.c.id)


def lease(conn: Connection, item_id: int) -> bool:
    """Lease one new item's lane until the end of the transaction; False when it is not to be had.

    Somebody else has it then, or has handled it.
    """
    mine = select(inbox.c.id).where(inbox.c.id == item_id, _IS_NEW)
    return conn.scalar(mine.with_for_update(skip_locked=True)) is not None


def _is_big() -> ColumnElement[bool]:
    return and_(inbox.c.kind == "mail", func.length(inbox.c.raw) > bindparam("quick"))


def _but_raw_if(is_big: ColumnElement[bool]) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of an item, the bytes of a big one left where they are."""
    raw = case((is_big, null()), else_=inbox.c.raw).label("raw")
    others = tuple(column for column in inbox.c if column.name != "raw")
    return (*others, raw, is_big.label("is_big"))


_CLAIM = Prepared(lambda _: _claim())
ANY_SIZE = 2**31 - 1
"""Bytes: more than any mail has, and the most that PostgreSQL gives as a length."""


def _due(rows: Iterable[Mapping[Any, Any]], now: Instant) -> Iterator[InboxItem]:
    """Yield what is due, of each lane up to the first item that must wait."""
    waiting: set[str] = set()
    for row in rows:
        if row["due_at"] > now:
            waiting.add(row["lane"])
        elif row["lane"] not in waiting:
            if row["is_big"]:
                waiting.add(row["lane"])
            yield _item(row)


def settle(tx: Tx, item_id: int, outcome: Outcome) -> None:
    """Record what became of an item."""
    values = {
        "of_id": item_id,
        "new_state": outcome.state,
        "new_reason": outcome.reason,
        "new_about": outcome.about,
    }
    _SETTLE.execute(tx.conn, values)


def withdraw(tx: Tx, key: str, reason: str) -> bool:
    """Take back what nobody has handled yet; False when that is too late.

    Where another process handles it at this moment, this waits for what comes of it.
    """
    taken = tx.conn.execute(
        update(inbox).where(inbox.c.key == key, _IS_NEW).values(state="suppressed", reason=reason)
    )
    return taken.rowcount > 0


def retry_later(tx: Tx, item_id: int, due_at: Instant, reason: str) -> None:
    """Put an item back for another try."""
    tx.conn.execute(
        update(inbox)
        .where(inbox.c.id == item_id)
        .values(due_at=due_at, reason=reason, attempts=inbox.c.attempts + 1)
    )


def shunted(conn: Connection) -> list[InboxItem]:
    """Return what was set aside for a human, oldest first."""
    rows = conn.execute(select(inbox).where(inbox.c.state == "shunted").order_by(inbox.c.id))
    return [_item(row._mapping) for row in rows]


def unshunt(tx: Tx, item_id: int) -> bool:
    """Give a shunted item another chance; False when it is not shunted."""
    result = tx.conn.execute(
        update(inbox)
        .where(inbox.c.id == item_id, inbox.c.state == "shunted")
        .values(state="new", due_at=tx.now, attempts=0, reason=None)
    )
    tx.wakes.add("inbox")
    return result.rowcount == 1


def release(tx: Tx, item_id: int, meta: Mapping[str, Any]) -> bool:
    """Handle a held item again, with what has become known of it; False when it is not held."""
    item = by_id(tx.conn, item_id)
    known = json.dumps({**(item.meta if item else {}), **meta}, sort_keys=True)
    result = tx.conn.execute(
        update(inbox)
        .where(inbox.c.id == item_id, inbox.c.state == "held")
        .values(state="new", due_at=tx.now, reason=None, meta=known)
    )
    tx.wakes.add("inbox")
    return result.rowcount == 1


def reconsider(tx: Tx, key: str) -> None:
    """Handle a suppressed item again: what it was about may have become known since."""
    tx.conn.execute(
        update(inbox)
        .where(inbox.c.key == key, inbox.c.state == "suppressed")
        .values(state="new", due_at=tx.now, reason=None)
    )


def reconsider_about(tx: Tx, event_id: EventId) -> None:
    """Handle again what was suppressed because this event was not known then."""
    if _RECONSIDER.execute(tx.conn, {"of_event": event_id, "new_due_at": tx.now}):
        tx.wakes.add("inbox")


def unhandled_sweeps(conn: Connection) -> frozenset[BallotId]:
    """Return the ballots whose last sweep is still to be handled."""
    waiting = inbox.c.state == "new", inbox.c.kind == "sweep"
    metas = conn.scalars(select(inbox.c.meta).where(*waiting))
    return frozenset(BallotId(json.loads(meta)["ballot"]) for meta in metas)


def mails_about(conn: Connection, message_id: MessageId) -> list[InboxItem]:
    """Return every copy of a mail that came in; those not read yet are found by their bytes."""
    unread = inbox.c.about.is_(None) & inbox.c.state.in_(("new", "shunted"))
    names_it = octets_at(inbox.c.raw, message_id.encode("utf-8", "replace")) > 0
    rows = conn.execute(
        select(inbox)
        .where(inbox.c.kind == "mail", (inbox.c.about == message_id) | (unread & names_it))
        .order_by(inbox.c.id)
    )
    return [_item(row._mapping) for row in rows]


def drop_raw(tx: Tx, before: Instant, *, keep: Sequence[int]) -> int:
    """Let go of the raw bytes of mails that are done with; what is shunted stays whole."""
    result = tx.conn.execute(
        update(inbox)
        .where(
            inbox.c.kind == "mail",
            inbox.c.state.in_(("done", "suppressed", "held")),
            inbox.c.received_at < before,
            func.length(inbox.c.raw) > 0,
            inbox.c.id.not_in(keep),
        )
        .values(raw=b"")
    )
    return result.rowcount


def by_id(conn: Connection, item_id: int) -> InboxItem | None:
    """Return one item."""
    row = conn.execute(select(inbox).where(inbox.c.id == item_id)).first()
    return _item(row._mapping) if row else None


def raw_of(conn: Connection, item_id: int) -> bytes:
    """Return the bytes of one item; empty when they were let go of, or it never was."""
    return conn.scalar(select(inbox.c.raw).where(inbox.c.id == item_id)) or b""


def has_raw(conn: Connection, item_id: int) -> bool:
    """Tell whether the bytes of an item are still kept."""
    return bool(conn.scalar(select(func.length(inbox.c.raw)).where(inbox.c.id == item_id)))


def _item(row: Mapping[Any, Any]) -> InboxItem:
    return InboxItem(
        id=row["id"],
        lane=row["lane"],
        kind=row["kind"],
        key=row["key"],
        raw=row["raw"] or b"",
        meta=json.loads(row["meta"]),
        received_at=Instant(row["received_at"]),
        attempts=row["attempts"],
        state=row["state"],
        reason=row["reason"],
        is_big=bool(row.get("is_big")),
    )
