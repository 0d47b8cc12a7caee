"""A mail of ours that did not reach its list: written down, and put into the inbox once."""

from __future__ import annotations

from bridge.ids import MessageId
from bridge.intake import list_lane
from bridge.store import inbox, listposts
from bridge.store.database import Tx


def note_stuck(tx: Tx, message_id: MessageId, state: str) -> None:
    """Record that a mail is ``overdue``, ``bounced`` or ``expired``; no mail of a ballot, nothing.

    The chair is told by a handler, so that it is told once however often this runs.
    """
    post = listposts.by_message_id(tx.conn, message_id)
    if post is None or post.state == "seen":
        return
    listposts.record_state(tx, message_id, state)
    inbox.add(
        tx,
        lane=list_lane(post.list_id),
        kind="stuck",
        key=f"stuck:{message_id}:{state}",
        raw=b"",
        meta={"message_id": message_id, "state": state},
    )
