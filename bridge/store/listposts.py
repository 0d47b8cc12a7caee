"""Our own mails to a list, and how far each has come.

States: ``queued`` -> ``accepted`` (by our mail server) -> ``seen`` (proof: the list's copy, or a
member's reply to it), beside ``overdue``, ``bounced`` and ``expired``. What is posted is not yet
what the list has seen: a ballot opens on proof only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from bridge.ids import BallotId, Instant, ListId, MessageId
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.prepared import Prepared, few, is_one_of_few
from bridge.store.schema import list_posts


@dataclass(frozen=True, slots=True)
class ListPost:
    """One mail of ours to a list; ``kind`` says in a word what it is: ``call``, ``notice``."""

    message_id: MessageId
    list_id: ListId
    ballot: BallotId
    kind: str
    state: str
    queued_at: Instant
    accepted_at: Instant | None = None
    seen_at: Instant | None = None
    proof: str | None = None


_BY_ID = Prepared(lambda _: select(list_posts).where(list_posts.c.message_id == bindparam("of_id")))
_AMONG_FEW = Prepared(lambda _: select(list_posts).where(is_one_of_few(list_posts.c.message_id)))


def record_queued(tx: Tx, post: ListPost) -> bool:
    """Write down that a mail waits in the outbox; False when that is known."""
    return insert_once(
        tx.conn,
        list_posts,
        {
            "message_id": post.message_id,
            "list_id": post.list_id,
            "ballot": post.ballot,
            "kind": post.kind,
            "state": post.state,
            "queued_at": post.queued_at,
        },
    )


def record_state(tx: Tx, message_id: MessageId, state: str) -> None:
    """Move a mail on, never back from ``seen``."""
    values: dict[str, Any] = {"state": state}
    if state == "accepted":
        values["accepted_at"] = tx.now
    tx.conn.execute(
        update(list_posts)
        .where(list_posts.c.message_id == message_id, list_posts.c.state != "seen")
        .values(values)
    )


def record_seen(tx: Tx, message_id: MessageId, proof: str) -> ListPost | None:
    """Record proof that the list has a mail of ours; None when that was known or is not ours."""
    post = by_message_id(tx.conn, message_id)
    if post is None or post.state == "seen":
        return None
    tx.conn.execute(
        update(list_posts)
        .where(list_posts.c.message_id == message_id)
        .values(state="seen", seen_at=tx.now, proof=proof)
    )
    return post


def by_message_id(conn: Connection, message_id: MessageId) -> ListPost | None:
    """Return a mail of ours by its Message-ID."""
    row = _BY_ID.first(conn, of_id=message_id)
    return _list_post(row) if row else None


def of_ballot(conn: Connection, ballot: BallotId) -> list[ListPost]:
    """Return the mails of a ballot."""
    rows = conn.execute(select(list_posts).where(list_posts.c.ballot == ballot))
    return [_list_post(row._mapping) for row in rows]


def ours_among(conn: Connection, ids: Sequence[MessageId]) -> list[ListPost]:
    """Return those of the Message-IDs that are mails of ours."""
    if (asked := few(ids)) is not None:
        return [_list_post(row) for row in _AMONG_FEW.rows(conn, **asked)]
    wanted = select(list_posts).where(list_posts.c.message_id.in_(ids))
    return [_list_post(row._mapping) for row in conn.execute(wanted)] if ids else []


def count_accepted(conn: Connection, list_id: ListId, since: Instant) -> int:
    """Return how many mails to a list our mail server has accepted since an instant."""
    rows = select(func.count()).where(
        list_posts.c.list_id == list_id, list_posts.c.accepted_at >= since
    )
    return conn.scalar(rows) or 0


def waiting_since(conn: Connection, before: Instant) -> list[ListPost]:
    """Return what our mail server accepted before an instant and nobody has seen yet."""
    rows = conn.execute(
        select(list_posts).where(
            list_posts.c.state == "accepted", list_posts.c.accepted_at < before
        )
    )
    return [_list_post(row._mapping) for row in rows]


def _list_post(row: Mapping[Any, Any]) -> ListPost:
    return ListPost(
        message_id=MessageId(row["message_id"]),
        list_id=ListId(row["list_id"]),
        ballot=BallotId(row["ballot"]),
        kind=row["kind"],
        state=row["state"],
        queued_at=Instant(row["queued_at"]),
        accepted_at=row["accepted_at"],
        seen_at=row["seen_at"],
        proof=row["proof"],
    )
