"""That somebody said something in a room: how much and in which thread, never what.

Senders are pseudonyms: enough to count people, too little to name them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from bridge.ids import BallotId, EventId, Instant, ListId, MessageId
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.schema import chat_messages, posts, reactions, room_events


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of a person.

    Attributes:
        head: the post that heads the thread it stands in, or None.
        ballot: the ballot it stands below, or None.
        sender: a pseudonym.
    """

    event_id: EventId
    list_id: ListId
    head: MessageId | None
    ballot: BallotId | None
    sender: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in one thread: a ballot's, a post's, or (both None) elsewhere."""

    head: MessageId | None
    ballot: BallotId | None
    messages: int
    people: int


@dataclass(frozen=True, slots=True)
class Felt:
    """How often one sign shows on a post of a thread; ``author`` is the post's, by name."""

    head: MessageId
    post: MessageId
    author: str
    key: str
    number: int


def record_message(tx: Tx, message: ChatMessage) -> bool:
    """Remember that something was said; False when it is known."""
    values = {name: getattr(message, name) for name in ChatMessage.__dataclass_fields__}
    return insert_once(tx.conn, chat_messages, {**values, "seen_at": tx.now})


def forget_message(tx: Tx, list_id: ListId, event_id: EventId) -> bool:
    """Forget a message that was removed; False when the list's room has none."""
    gone = tx.conn.execute(
        delete(chat_messages).where(
            chat_messages.c.event_id == event_id, chat_messages.c.list_id == list_id
        )
    )
    return gone.rowcount > 0


def forget_told(tx: Tx, list_id: ListId, before: Instant) -> int:
    """Forget what was said before an instant; it was told, and nobody asks for it again."""
    gone = tx.conn.execute(
        delete(chat_messages).where(
            chat_messages.c.list_id == list_id, chat_messages.c.seen_at < before
        )
    )
    return gone.rowcount


def newest(conn: Connection, list_id: ListId) -> int:
    """Return the number of a list's newest message, 0 when there is none."""
    last = select(func.max(chat_messages.c.id)).where(chat_messages.c.list_id == list_id)
    return conn.scalar(last) or 0


def said_since(conn: Connection, list_id: ListId, upto: int) -> list[Said]:
    """Return what was said in each thread after a message's number, the liveliest first."""
    messages = func.count().label("messages")
    rows = conn.execute(
        select(
            chat_messages.c.head,
            chat_messages.c.ballot,
            messages,
            func.count(chat_messages.c.sender.distinct()).label("people"),
        )
        .where(chat_messages.c.list_id == list_id, chat_messages.c.id > upto)
        .group_by(chat_messages.c.head, chat_messages.c.ballot)
        .order_by(messages.desc(), func.min(chat_messages.c.id))
    )
    return [Said(**row._mapping) for row in rows]


def people_since(conn: Connection, list_id: ListId, upto: int) -> int:
    """Return how many people said something after a message's number."""
    people = select(func.count(chat_messages.c.sender.distinct())).where(
        chat_messages.c.list_id == list_id, chat_messages.c.id > upto
    )
    return conn.scalar(people) or 0


def reactions_to_posts(
    conn: Connection, list_id: ListId, since: Instant, until: Instant
) -> list[Felt]:
    """Return what shows on mirrored posts, thread by thread, the most frequent first.

    Counted are reactions that came from ``since`` on and before ``until`` (Unix ms), by our clock.
    So one that was on its way for long, or whose sender's clock is wrong, is told of once, too.
    """
    rows = conn.execute(
        select(
            posts.c.head,
            posts.c.message_id.label("post"),
            posts.c.author_name.label("author"),
            reactions.c.key,
            func.count().label("number"),
        )
        .select_from(reactions)
        .join(room_events, room_events.c.event_id == reactions.c.target)
        .join(
            posts,
            (posts.c.list_id == room_events.c.list_id)
            & (posts.c.message_id == room_events.c.message_id),
        )
        .where(
            room_events.c.list_id == list_id,
            reactions.c.removed_at.is_(None),
            reactions.c.seen_at >= since,
            reactions.c.seen_at < until,
        )
        .group_by(posts.c.head, posts.c.message_id, posts.c.author_name, reactions.c.key)
        .order_by(posts.c.head, func.count().desc(), reactions.c.key, posts.c.message_id)
    )
    return [Felt(**row._mapping) for row in rows]
