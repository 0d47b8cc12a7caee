"""Posts that stand in a room, by (list, Message-ID)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from bridge.ids import EventId, Instant, ListId, MessageId, UserId
from bridge.store.database import Tx
from bridge.store.schema import posts, thread_nodes


@dataclass(frozen=True, slots=True)
class MirroredPost:
    """A post that a handler has accepted for the room.

    Attributes:
        head: the post whose event heads the Matrix thread; its own id in the main timeline.
        author_address: the author by the ladder of spec "Author ladder", None when ambiguous.
        event_id: part 0's Matrix event, None until it is sent.
    """

    list_id: ListId
    message_id: MessageId
    inbox_id: int
    subject: str
    author_name: str
    author_address: str | None
    ghost: UserId
    date: Instant | None
    arrived_at: Instant
    own_digest: str
    head: MessageId
    event_id: EventId | None = None


def record_post(tx: Tx, post: MirroredPost) -> None:
    """Write a post down; its key must be new."""
    tx.conn.execute(insert(posts).values(**asdict(post)))


def post_by_id(conn: Connection, list_id: ListId, message_id: MessageId) -> MirroredPost | None:
    """Return one post."""
    row = conn.execute(
        select(posts).where(posts.c.list_id == list_id, posts.c.message_id == message_id)
    ).first()
    return _post(row._mapping) if row else None


def record_event_of(tx: Tx, list_id: ListId, message_id: MessageId, event_id: EventId) -> None:
    """Remember as which event a post stands in its room."""
    tx.conn.execute(
        update(posts)
        .where(posts.c.list_id == list_id, posts.c.message_id == message_id)
        .values(event_id=event_id)
    )


def first_of_tree(conn: Connection, list_id: ListId, root: MessageId) -> MirroredPost | None:
    """Return the post of a thread that arrived first: the one that stands in the timeline."""
    row = conn.execute(_of_tree(list_id, root).limit(1)).first()
    return _post(row._mapping) if row else None


def heads_of_tree(conn: Connection, list_id: ListId, root: MessageId) -> list[MirroredPost]:
    """Return the posts of a thread that head a Matrix thread, in the order they arrived."""
    rows = conn.execute(_of_tree(list_id, root).where(posts.c.head == posts.c.message_id))
    return [_post(row._mapping) for row in rows]


def _of_tree(list_id: ListId, root: MessageId) -> Select[Any]:
    node = (thread_nodes.c.list_id == posts.c.list_id) & (
        thread_nodes.c.message_id == posts.c.message_id
    )
    return (
        select(posts)
        .join(thread_nodes, node)
        .where(thread_nodes.c.list_id == list_id, thread_nodes.c.root == root)
        .order_by(posts.c.inbox_id)
    )


def among(conn: Connection, list_id: ListId, ids: Sequence[MessageId]) -> list[MirroredPost]:
    """Return those of the Message-IDs that are posts of the list."""
    rows = conn.execute(
        select(posts).where(posts.c.list_id == list_id, posts.c.message_id.in_(ids))
    )
    return [_post(row._mapping) for row in rows]


def count_mirrored(conn: Connection) -> int:
    """Return how many posts have an event."""
    return conn.scalar(select(func.count()).where(posts.c.event_id.is_not(None))) or 0


def _post(row: Mapping[Any, Any]) -> MirroredPost:
    return MirroredPost(**{name: row[name] for name in MirroredPost.__dataclass_fields__})
