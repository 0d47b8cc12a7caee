"""Where a post stands in the room, from its place in the mail tree."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.ids import ListId, MessageId
from bridge.store import mirror
from bridge.store.database import Reading
from bridge.store.mirror import MirroredPost
from bridge.store.threads import Joined


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes.

    Attributes:
        head: the post that heads its Matrix thread; itself in the main timeline.
        answered: its nearest ancestor that stands in the room, None when there is none.
    """

    head: MessageId
    answered: MirroredPost | None = None

    @property
    def reply_to(self) -> MessageId | None:
        """The post that it answers in the room."""
        return self.answered.message_id if self.answered else None


@dataclass(frozen=True, slots=True)
class Split:
    """One mail thread that stands as two Matrix threads, because its mails came out of order.

    Attributes:
        root: heads the Matrix thread of the mail that began it all.
        other: heads the Matrix thread of answers that were not known to belong there.
        is_late: the root came after the other.
    """

    root: MessageId
    other: MessageId
    is_late: bool


def place_of(conn: Reading, list_id: ListId, joined: Joined) -> Place:
    """Return where a new post goes; it must not be recorded as a post yet.

    A reply waits for no parent that has not arrived: it stands at once in the thread that has
    the same root. A Matrix thread cannot change its root, so a root that comes late begins a
    thread of its own (see ``splits_of``).
    """
    node = joined.node
    found = {post.message_id: post for post in mirror.among(conn, list_id, joined.above)}
    answered = next((found[name] for name in joined.above if name in found), None)
    if answered is not None:
        return Place(answered.head, answered)
    first = mirror.first_of_tree(conn, list_id, node.root)
    if first is None or node.parent is None:
        return Place(node.message_id)
    return Place(first.head)


def splits_of(conn: Reading, list_id: ListId, root: MessageId) -> list[Split]:
    """Return what a mail thread is split into: by a late root, or by a late mail in its middle."""
    heads = mirror.heads_of_tree(conn, list_id, root)
    if root not in heads:
        return []
    began = heads.index(root)
    return [
        Split(root, other, is_late=place < began)
        for place, other in enumerate(heads)
        if other != root
    ]
