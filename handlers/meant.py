"""Which ballot somebody means: that of the message answered, of the thread, or the only open one.

A word in the thread of another post, or in reply to one, is not taken for the ballot that happens
to be open: it is said to somebody else (spec 2.10, 21 and 27), and its author is asked.
"""

from __future__ import annotations

from bridge.config import ListConfig
from bridge.domain.ballots import COUNTING
from bridge.errors import UserError
from bridge.ids import EventId, MessageId
from bridge.matrix.facts import MessageSeen
from bridge.store import ballots, mirror, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.rooms import RoomEvent


def ballot_meant(event: MessageSeen, tx: Tx) -> BallotRow | None:
    """Return the ballot of the message that is answered, or of the thread it stands in."""
    for named in (event.reply_to, event.thread_root):
        known = _ours(event, named, tx)
        if known is not None and known.ballot is not None:
            return ballots.ballot_by_id(tx.conn, known.ballot)
    asked = ballots.ballot_by_key(tx.conn, event.thread_root) if event.thread_root else None
    room = rooms.room_of(tx.conn, asked.ballot.list_id) if asked else None
    return asked if room is not None and room.room_id == event.room else None


def open_ballot_meant(event: MessageSeen, listed: ListConfig, tx: Tx) -> BallotRow:
    """Return the same ballot, or the only open one when the message names no other post.

    Raises:
        UserError: none is open, several are, or it may be said to another post.
    """
    return ballot_meant(event, tx) or _only_open(event, listed, tx)


def _only_open(event: MessageSeen, listed: ListConfig, tx: Tx) -> BallotRow:
    found = [
        row
        for row in ballots.in_states(tx.conn, tuple(COUNTING))
        if row.ballot.list_id == listed.id
    ]
    if not found:
        raise UserError("No ballot is open here, so this word answers nothing.")
    names = ", ".join(row.ballot.label for row in found)
    if len(found) > 1:
        raise UserError(f"Several ballots are open ({names}): write it in the thread of its card.")
    if _is_about_another_post(event, found[0], tx):
        raise UserError(
            f"Which ballot? This answers another message of the list, so nothing was recorded. If "
            f"you mean {names}, write it in the thread of its card."
        )
    return found[0]


def _is_about_another_post(event: MessageSeen, row: BallotRow, tx: Tx) -> bool:
    """Say whether it answers a post that is not the ballot's, or stands in another's thread."""
    statement = row.ballot.message_id
    answered = _post_of(event, event.reply_to, tx)
    if answered is not None:
        return answered != statement
    root = _post_of(event, event.thread_root, tx)
    return root is not None and _head(row, root, tx) != _head(row, statement, tx)


def _head(row: BallotRow, post: MessageId, tx: Tx) -> MessageId:
    known = mirror.post_by_id(tx.conn, row.ballot.list_id, post)
    return post if known is None else known.head


def _post_of(event: MessageSeen, named: EventId | None, tx: Tx) -> MessageId | None:
    known = _ours(event, named, tx)
    return None if known is None else known.message_id


def _ours(event: MessageSeen, named: EventId | None, tx: Tx) -> RoomEvent | None:
    """Return an event of ours in the same room: anybody can name an event of another."""
    known = rooms.event_by_id(tx.conn, named) if named is not None else None
    return known if known is not None and known.room_id == event.room else None
