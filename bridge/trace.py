"""Every checkpoint of one mail, in the order it passed them, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.domain.deadlines import show_instant
from bridge.ids import Instant, ListId, MessageId
from bridge.store import ballots, inbox, listposts, mirror, outbox, reactions
from bridge.store.database import Reading
from bridge.store.inbox import InboxItem
from bridge.store.mirror import post_key


def trace(conn: Reading, message_id: MessageId) -> list[str]:
    """Return what is known of a mail; empty when it never came."""
    lines: list[str] = []
    for item in inbox.mails_about(conn, message_id):
        lines += _arrival(item)
        lines += _in_the_room(conn, ListId(item.meta["list_id"]), message_id, item.id)
    lines += _ours(conn, message_id)
    return lines


def _arrival(item: InboxItem) -> Iterator[str]:
    listed, sender = item.meta["list_id"], item.meta["envelope_sender"] or "<>"
    yield f"received   {_at(item.received_at)}  for {listed}, envelope sender {sender}"
    words = {"new": "waiting", "done": "accepted"}
    reason = (item.reason or "").splitlines()
    yield f"{words.get(item.state, item.state):<10} {reason[0] if reason else ''}".rstrip()


def _in_the_room(
    conn: Reading, list_id: ListId, message_id: MessageId, item_id: int
) -> Iterator[str]:
    post = mirror.post_by_id(conn, list_id, message_id)
    if post is None or post.inbox_id != item_id:
        return
    where = "in the timeline" if post.head == message_id else f"in the thread of {post.head}"
    part = 0
    while (letter := outbox.by_key(conn, post_key(list_id, message_id, part))) is not None:
        event = f" as {letter.remote_id}" if letter.remote_id else ""
        yield f"mirrored   part {part}: {letter.state}{event}, {where}"
        part += 1
    if post.event_id is not None:
        shown = reactions.showing_on(conn, post.event_id)
        yield f"reactions  {len(shown)} on the post (sentiment, never counted)"
    for row in ballots.every_ballot(conn):
        if (row.ballot.list_id, row.ballot.message_id) == (list_id, message_id):
            acts = len(ballots.acts_of(conn, row.ballot.id))
            yield f"ballot     {row.ballot.label} {row.ballot.state.value}, {acts} acts"


def _ours(conn: Reading, message_id: MessageId) -> Iterator[str]:
    post = listposts.by_message_id(conn, message_id)
    if post is None:
        return
    about = f" of b/{post.ballot}" if post.ballot else ""
    yield f"ours       the {post.kind}{about}, queued {_at(post.queued_at)}"
    if post.accepted_at is not None:
        yield f"accepted   {_at(post.accepted_at)}  by our mail server"
    if post.seen_at is not None:
        yield f"seen       {_at(post.seen_at)}  proof: {post.proof}"
    else:
        yield f"not seen   {post.state}"


def _at(instant: Instant) -> str:
    return show_instant(instant)
