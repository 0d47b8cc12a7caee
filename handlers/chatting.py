"""Chat stays chat: for the digest it is counted, in which thread and by whom, and never kept."""

from __future__ import annotations

from bridge.config import ListConfig
from bridge.ids import BallotId, EventId, MessageId, RoomId, stranger_ref
from bridge.matrix.facts import MessageSeen, RedactionSeen
from bridge.store import chat, mirror, rooms
from bridge.store.chat import ChatMessage
from bridge.store.database import Tx
from handlers.context import Context


def chat_seen(tx: Tx, context: Context, listed: ListConfig, event: MessageSeen) -> None:
    """Count a message of a person, where the list has a digest to tell it in."""
    if listed.digest is None:
        return
    head, ballot = _where(tx, listed, event)
    # Another pseudonym than a ledger's, so that nobody can join the two.
    sender = stranger_ref(context.instance.key, f"chat {listed.id} {event.sender}")
    chat.record_message(tx, ChatMessage(event.event_id, listed.id, head, ballot, sender))


def chat_removed(tx: Tx, event: RedactionSeen) -> bool:
    """Count a removed message no longer; False when it was none, or of another room."""
    list_id = rooms.list_of_room(tx.conn, event.room)
    return list_id is not None and chat.forget_message(tx, list_id, event.redacts)


def _where(
    tx: Tx, listed: ListConfig, event: MessageSeen
) -> tuple[MessageId | None, BallotId | None]:
    """Return the post that heads the thread a message stands in, or its ballot."""
    for named in (event.thread_root, event.reply_to):
        known = _ours(tx, event.room, named)
        if known is None:
            continue
        if known.ballot is not None:
            return None, known.ballot
        found = known.message_id and mirror.post_by_id(tx.conn, listed.id, known.message_id)
        if found:
            return found.head, None
    return None, None


def _ours(tx: Tx, room: RoomId, named: EventId | None) -> rooms.RoomEvent | None:
    """Return an event of ours in the same room: anybody can name an event of another."""
    known = rooms.event_by_id(tx.conn, named) if named is not None else None
    return known if known is not None and known.room_id == room else None
