"""Where a post stands in the room, from its place in the mail tree."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.ids import ListId, MessageId
from bridge.store import mirror, threads
from bridge.store.database import Reading
from bridge.store.threads import Node


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes.

    Attributes:
        head: the post that heads its Matrix thread; itself in the main timeline.
        reply_to: its nearest ancestor that stands in the room, None when there is none.
        earlier_head: head of a thread that came before this, its late root.
    """

    head: MessageId
    reply_to: MessageId | None = None
    earlier_head: MessageId | None = None


def place_of(conn: Reading, list_id: ListId, node: Node) -> Place:
    """Return where a new post goes; it must not be recorded as a post yet.

    A reply waits for no parent that has not arrived: it stands at once in the thread that has
    the same root. A Matrix thread cannot change its root, so a root that comes late begins a
    thread of its own, with a pointer both ways.
    """
    above = threads.ancestors(conn, list_id, node.message_id)
    found = {post.message_id: post for post in mirror.among(conn, list_id, above)}
    answered = next((found[name] for name in above if name in found), None)
    if answered is not None:
        return Place(answered.head, answered.message_id)
    first = mirror.first_of_tree(conn, list_id, node.root)
    if first is None:
        return Place(node.message_id)
    if node.parent is None:
        return Place(node.message_id, earlier_head=first.head)
    return Place(first.head)
