"""The outbox: what must leave, in order within a lane, once.

States: ``pending`` -> ``sending`` -> ``sent`` | ``unknown`` -> (looked up) -> ``sent`` or
``pending``; ``shunted`` when a human must look, ``expired`` when its instant has passed.
``sending`` is committed before the request leaves, so that a crash is never mistaken for "not
yet tried".
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from bridge.ids import Instant
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.prepared import Prepared
from bridge.store.schema import outbox

UNSENT = ("pending", "sending", "unknown")
ABANDONED = ("shunted", "expired")
# Written out, not bound: SQLite uses a partial index only for a condition it can read.
_IS_UNSENT = text("outbox.state IN ('pending', 'sending', 'unknown')")


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to deliver; what it names (posts, ballots) is resolved at the last moment."""

    destination: str
    lane: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    needs: str | None = None
    expires_at: Instant | None = None

    @property
    def room(self) -> str:
        """Whose room it is for; its lane when it is for none."""
        return str(self.payload.get("list_id", self.lane))


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A letter with what has become of it so far."""

    id: int
    letter: Letter
    state: str
    attempts: int
    created_at: Instant
    due_at: Instant
    first_try_at: Instant | None
    remote_id: str | None
    reason: str | None

    @property
    def was_tried(self) -> bool:
        """Tell whether an earlier try may have been carried out."""
        return self.state == "unknown"


def add(tx: Tx, letter: Letter, *, due_at: Instant | None = None) -> bool:
    """Queue a letter; False when its key is known already."""
    tx.wakes.add(letter.destination)
    values = {
        "destination": letter.destination,
        "lane": letter.lane,
        "kind": letter.kind,
        "key": letter.key,
        "payload": json.dumps(letter.payload, sort_keys=True, ensure_ascii=False),
        "needs": letter.needs,
        "state": "pending",
        "created_at": tx.now,
        "due_at": due_at or tx.now,
        "expires_at": letter.expires_at,
    }
    is_new = insert_once(tx.conn, outbox, values)
    if is_new:
        tx.queued.append(letter.key)
    return is_new


def heads(
    conn: Connection, destination: str, now: Instant, limit: int, busy: Collection[str] = ()
) -> list[OutboxItem]:
    """Return the due head of each lane; lanes in ``busy`` are passed over.

    A letter waits while what it needs is on its way; what was set aside or never written holds
    up nobody. Oldest first, but those that failed least before all others, so that a letter
    that always fails is not the only one tried while its destination is taken for down.
    """
    # Busy lanes are few, and their heads are ``sending`` as a rule, hence not even found.
    rows = _HEADS.rows(conn, to=destination, by=now, most=limit + len(busy))
    free = (_item(row) for row in rows if row["lane"] not in busy)
    return list(islice(free, limit))


def _heads() -> Select[Any]:
    needed = outbox.alias()
    firsts = select(func.min(outbox.c.id)).where(_IS_UNSENT).group_by(outbox.c.lane)
    is_unsent = needed.c.state.in_([literal(one) for one in UNSENT])
    on_its_way = exists().where(and_(needed.c.key == outbox.c.needs, is_unsent))
    return (
        select(outbox)
        .where(
            outbox.c.id.in_(firsts),
            outbox.c.destination == bindparam("to"),
            outbox.c.state.in_([literal(one) for one in ("pending", "unknown")]),
            outbox.c.due_at <= bindparam("by"),
            or_(outbox.c.needs.is_(None), ~on_its_way),
        )
        .order_by(outbox.c.attempts, outbox.c.id)
        .limit(bindparam("most"))
        # What another process is about to send is locked, and passed over.
        .with_for_update(skip_locked=True, of=outbox)
    )


_HEADS = Prepared(lambda _: _heads())
_MARK_SENDING = Prepared(
    lambda _: (
        update(outbox)
        .where(outbox.c.id == bindparam("of_id"))
        .values(
            state="sending",
            first_try_at=bindparam("new_first_try_at"),
            worker=bindparam("new_worker"),
        )
    )
)
_MARK_SENT = Prepared(
    lambda _: (
        update(outbox)
        .where(outbox.c.id == bindparam("of_id"))
        .values(state="sent", remote_id=bindparam("new_remote_id"), reason=None)
    )
)


def mark_sending(tx: Tx, item: OutboxItem, worker: int) -> None:
    """Commit that a request is about to leave, and whose it is."""
    first_try_at = item.first_try_at or tx.now
    values = {"of_id": item.id, "new_first_try_at": first_try_at, "new_worker": worker}
    _MARK_SENDING.execute(tx.conn, values)


def mark_sent(tx: Tx, item_id: int, remote_id: str) -> None:
    """Record that it arrived, and under which id; what waited for it may go."""
    _MARK_SENT.execute(tx.conn, {"of_id": item_id, "new_remote_id": remote_id})
    tx.wakes.update(("matrix", "mail"))


def mark_failed(
    tx: Tx, item_id: int, *, state: str, reason: str, due_at: Instant | None = None
) -> None:
    """Record a failed try: back to ``pending`` or ``unknown`` for a later one, or a final state.

    What was proven meanwhile stays sent: the list's copy can be here before our own mail server's
    answer is given up, and a second mail would be a duplicate.
    """
    values: dict[str, Any] = {"state": state, "reason": reason, "attempts": outbox.c.attempts + 1}
    if due_at is not None:
        values["due_at"] = due_at
    unsent = outbox.c.state.in_(UNSENT)
    tx.conn.execute(update(outbox).where(outbox.c.id == item_id, unsent).values(values))
    tx.wakes.update(("matrix", "mail"))


def settle_by_proof(tx: Tx, key: str, proof: str) -> None:
    """Take a letter as sent, also one that was set aside: what it became has been seen."""
    tx.conn.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state != "sent")
        .values(state="sent", remote_id=proof, reason=None)
    )


def put_back(tx: Tx, item: OutboxItem, due_at: Instant, reason: str) -> None:
    """Return an item that was not tried now: it is not due yet."""
    tx.conn.execute(
        update(outbox).where(outbox.c.id == item.id).values(due_at=due_at, reason=reason)
    )


def hasten(tx: Tx) -> None:
    """Look again now at what was put back without a try: what it waited for may be there."""
    tx.conn.execute(
        update(outbox)
        .where(_IS_UNSENT, outbox.c.first_try_at.is_(None), outbox.c.reason.is_not(None))
        .where(outbox.c.due_at > tx.now)
        .values(due_at=tx.now)
    )
    tx.wakes.update(("matrix", "mail"))


def cancel(tx: Tx, key: str, reason: str) -> bool:
    """Take back a letter that has not begun to leave; False when it is too late for that."""
    result = tx.conn.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state == "pending")
        .values(state="expired", reason=reason)
    )
    return result.rowcount == 1


def take_over(tx: Tx, living: Collection[int], *, mail_due_at: Instant) -> int:
    """Turn what ended processes were sending into ``unknown``; return how many.

    A mail of unknown outcome waits for its echo; an event is safe to send again at once, under
    the same transaction id.

    Args:
        tx: the transaction.
        living: the numbers of the workers that go on.
        mail_due_at: until when a mail waits.
    """
    ended = or_(outbox.c.worker.is_(None), outbox.c.worker.not_in(living))
    return _doubt(tx, ended, mail_due_at)


def take_back(
    tx: Tx, destination: str, worker: int, under_way: Collection[int], *, mail_due_at: Instant
) -> int:
    """Turn what a worker marked and does not know of into ``unknown``; return how many.

    A commit may stand although its answer was lost: the letters it marked ``sending`` are then
    carried by nobody, while whoever marked them lives.

    Args:
        tx: the transaction.
        destination: whose letters are meant.
        worker: who marked them.
        under_way: the letters it does know of.
        mail_due_at: until when a mail waits.
    """
    forgotten = and_(
        outbox.c.destination == destination,
        outbox.c.worker == worker,
        outbox.c.id.not_in(under_way),
    )
    return _doubt(tx, forgotten, mail_due_at)


def _doubt(tx: Tx, which: ColumnElement[bool], mail_due_at: Instant) -> int:
    lost = (_IS_UNSENT, outbox.c.state == "sending", which)
    mails = tx.conn.execute(
        update(outbox)
        .where(*lost, outbox.c.destination == "mail")
        .values(state="unknown", due_at=mail_due_at)
    )
    others = tx.conn.execute(update(outbox).where(*lost).values(state="unknown"))
    found = mails.rowcount + others.rowcount
    if found:
        tx.wakes.update(("matrix", "mail"))
    return found


_BY_KEY = Prepared(lambda _: select(outbox).where(outbox.c.key == bindparam("of_key")))


def by_key(conn: Connection, key: str) -> OutboxItem | None:
    """Return one letter by its key."""
    row = _BY_KEY.first(conn, of_key=key)
    return _item(row) if row else None


def shunted(conn: Connection) -> list[OutboxItem]:
    """Return what was set aside for a human, oldest first."""
    rows = conn.execute(select(outbox).where(outbox.c.state == "shunted").order_by(outbox.c.id))
    return [_item(row._mapping) for row in rows]


def unshunt(tx: Tx, item_id: int, *, echo_wait_ms: int) -> bool:
    """Give a shunted letter another chance; its outcome is looked up first.

    Nobody can look up what became of a mail: one that was tried waits for its echo, for so long
    after its first try.
    """
    echo_by = outbox.c.first_try_at + echo_wait_ms
    waits = and_(outbox.c.destination == "mail", echo_by > tx.now)
    result = tx.conn.execute(
        update(outbox)
        .where(outbox.c.id == item_id, outbox.c.state == "shunted")
        .values(
            state="unknown",
            due_at=case((waits, echo_by), else_=tx.now),
            attempts=0,
            reason=None,
        )
    )
    tx.wakes.update(("matrix", "mail"))
    return result.rowcount == 1


def _item(row: Mapping[Any, Any]) -> OutboxItem:
    letter = Letter(
        destination=row["destination"],
        lane=row["lane"],
        kind=row["kind"],
        key=row["key"],
        payload=json.loads(row["payload"]),
        needs=row["needs"],
        expires_at=row["expires_at"],
    )
    return OutboxItem(
        id=row["id"],
        letter=letter,
        state=row["state"],
        attempts=row["attempts"],
        created_at=Instant(row["created_at"]),
        due_at=Instant(row["due_at"]),
        first_try_at=row["first_try_at"],
        remote_id=row["remote_id"],
        reason=row["reason"],
    )
