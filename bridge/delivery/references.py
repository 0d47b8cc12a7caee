"""From our own keys to Matrix event ids, at the last moment."""

from __future__ import annotations

from bridge.errors import Permanent
from bridge.ids import EventId, ListId, MessageId
from bridge.store import mirror, outbox
from bridge.store.database import Reading
from bridge.store.mirror import post_key


class UnresolvedError(Exception):
    """What is named has no event yet."""


class GoneError(Permanent):
    """What is named will have no event by itself: it was set aside, or never written."""


def resolve(conn: Reading, list_id: ListId, reference: str | None) -> EventId | None:
    """Return the event a reference of ``bridge.letters`` stands for; None for no reference.

    Raises:
        UnresolvedError: it has no event yet.
        GoneError: it will have none.
    """
    if reference is None:
        return None
    kind, _, name = reference.partition(":")
    found: str | None
    if kind == "event":
        return EventId(name)
    if kind == "post":
        post = mirror.post_by_id(conn, list_id, MessageId(name))
        letter = outbox.by_key(conn, post_key(list_id, MessageId(name), 0))
        found, is_known = (post.event_id, True) if post else (None, False)
    else:
        letter = outbox.by_key(conn, name)
        found, is_known = (letter.remote_id, True) if letter else (None, False)
    if found is not None:
        return EventId(found)
    if not is_known or (letter is not None and letter.state in outbox.ABANDONED):
        raise GoneError(f"{reference!r} was set aside, so what stands on it cannot leave")
    raise UnresolvedError(f"{reference!r} has no event yet")
