"""Letters to Matrix and to the list: what handlers queue and deliverers resolve.

A payload names other things by our own keys, never by event ids that may not exist yet.
A reference is ``event:$id``, ``post:MESSAGE-ID`` or ``letter:KEY``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.ids import BallotId, EventId, Instant, ListId, MessageId, UserId, digest
from bridge.ports import Content, Envelope
from bridge.store.mirror import post_key
from bridge.store.outbox import Letter

# A mail of unknown outcome waits this long for its echo before it is sent again.
ECHO_WAIT_MS = 15 * 60 * 1000
ROOTS_AT_ONCE = 4
"""Posts that begin a thread are a fifth of a list's, or more. Were they sent one after another,
five requests at a time is all that one room could keep going (by Little's law; measured: 0.61 of
what Synapse takes from 16 at a time)."""
# So long the DNS is asked about an author: it is never away for longer, and ballots last longer.
EVIDENCE_PATIENCE_MS = 2 * 24 * 3_600_000


def event_ref(event_id: EventId) -> str:
    """Refer to a Matrix event that exists."""
    return f"event:{event_id}"


def post_ref(message_id: MessageId) -> str:
    """Refer to a post of the same list, or to its Matrix event once there is one."""
    return f"post:{message_id}"


def letter_ref(key: str) -> str:
    """Refer to the event that a letter will have become."""
    return f"letter:{key}"


def room_key(list_id: ListId) -> str:
    """Return the key of the letter that makes a list's room."""
    return f"room:{list_id}"


def root_lane(list_id: ListId, message_id: MessageId) -> str:
    """Return the lane of a post in a room's main timeline, one of a few."""
    return f"room:{list_id}:{int(digest(list_id, message_id), 16) % ROOTS_AT_ONCE}"


def thread_lane(list_id: ListId, head: MessageId) -> str:
    """Return the lane of one Matrix thread."""
    return f"thread:{digest(list_id, head)}"


def files_lane(list_id: ListId) -> str:
    """Return the lane of a list's files: one at a time, so that they bound the memory they take."""
    return f"files:{list_id}"


def room_letter(list_id: ListId) -> Letter:
    """Ask for a list's room."""
    return Letter(
        destination="matrix",
        lane=f"room:{list_id}",
        kind="room",
        key=room_key(list_id),
        payload={"list_id": list_id},
    )


@dataclass(frozen=True, slots=True)
class PostPart:
    """One part of a post, on its way into the room.

    Attributes:
        head: the post that heads the Matrix thread; the post itself in the main timeline.
        reply_to: the nearest mirrored ancestor, None when there is none.
        ts: the mail's date to show it under, None for the time of sending.
        file: key of the letter that uploads the file it shows, None for words.
    """

    list_id: ListId
    message_id: MessageId
    part: int
    sender: UserId
    display_name: str
    content: Content
    head: MessageId
    reply_to: MessageId | None = None
    ts: Instant | None = None
    file: str | None = None


def post_letter(post: PostPart) -> Letter:
    """Ask for one part of a post in the room; parts and replies wait for what they stand under.

    A file waits for its upload, in the lane of files: a large one holds up no words.
    """
    list_id, head = post.list_id, post.head
    in_timeline = head == post.message_id and post.part == 0
    lane = root_lane(list_id, head) if in_timeline else thread_lane(list_id, head)
    return Letter(
        destination="matrix",
        lane=files_lane(list_id) if post.file else lane,
        kind="post",
        key=post_key(post.list_id, post.message_id, post.part),
        payload={
            "list_id": post.list_id,
            "message_id": post.message_id,
            "part": post.part,
            "sender": post.sender,
            "display_name": post.display_name,
            "content": post.content,
            "head": post.head,
            "reply_to": post.reply_to,
            "ts": post.ts,
            "file": post.file,
        },
        needs=post.file or (room_key(list_id) if in_timeline else post_key(list_id, head, 0)),
    )


@dataclass(frozen=True, slots=True)
class Say:
    """A message of the bot.

    Attributes:
        key: what makes it unique; the same key says it once.
        thread, reply_to, replaces: references to where it stands.
        link: reference whose address takes the place of ``{link}`` in the content.
        kind, ballot: what to remember the event as (``card``, ``status``, ``preview``), or None.
        file: key of the letter that uploads the file it shows, None for words.
    """

    list_id: ListId
    key: str
    content: Content
    thread: str | None = None
    reply_to: str | None = None
    replaces: str | None = None
    link: str | None = None
    kind: str | None = None
    ballot: BallotId | None = None
    file: str | None = None


def say_letter(say: Say, *, lane: str | None = None) -> Letter:
    """Ask for a message of the bot."""
    payload: Mapping[str, Any] = {
        "list_id": say.list_id,
        "content": say.content,
        "thread": say.thread,
        "reply_to": say.reply_to,
        "replaces": say.replaces,
        "link": say.link,
        "kind": say.kind,
        "ballot": say.ballot,
        "file": say.file,
    }
    needs = say.file or _needed(say.replaces) or _needed(say.thread) or room_key(say.list_id)
    return Letter(
        destination="matrix",
        lane=lane or (f"ballot:{say.ballot}" if say.ballot else f"bot:{say.key}"),
        kind="say",
        key=say.key,
        payload=payload,
        needs=needs,
    )


def status_letter(list_id: ListId, ballot: BallotId, occasion: str | Instant) -> Letter:
    """Ask for the ballot's status line to be brought up to date, once for each occasion.

    What it says is counted when it leaves. A new state is an occasion and leaves at once; so is
    each slot of time in which somebody answered.
    """
    is_state = isinstance(occasion, str)
    return Letter(
        destination="matrix",
        lane=f"ballot:{ballot}" if is_state else f"status:{ballot}",
        kind="status",
        key=f"status:{ballot}:{occasion}",
        payload={"list_id": list_id, "ballot": ballot},
        needs=status_key(ballot),
    )


def status_key(ballot: BallotId) -> str:
    """Return the key of a ballot's status message, which later edits replace."""
    return f"status:{ballot}"


def card_key(ballot: BallotId, version: int = 1, copy: int = 0) -> str:
    """Return the key of a ballot's card.

    Each version that asks anew has a card of its own, and so has one that somebody redacted.
    """
    name = str(ballot) if version == 1 else f"{ballot}/{version}"
    return f"card:{name}" if copy == 0 else f"card:{name}.{copy}"


def comments_key(ballot: BallotId) -> str:
    """Return the key of the message that puts a ballot's text up for comments."""
    return f"comments:{ballot}"


def seed_letter(list_id: ListId, ballot: BallotId, sign: str, *, card: str | None = None) -> Letter:
    """Ask for a reaction of the bot on the card, so that members tap an existing one.

    ``card`` is the card's key, the first one's by default.
    """
    card = card or card_key(ballot)
    return Letter(
        destination="matrix",
        lane=f"ballot:{ballot}",
        kind="react",
        key=f"seed:{card.removeprefix('card:')}:{sign}",
        payload={"list_id": list_id, "target": letter_ref(card), "sign": sign},
        needs=card,
    )


def pin_letter(
    list_id: ListId, ballot: BallotId, *, pinned: bool, card: str | None = None
) -> Letter:
    """Ask for a card to be pinned, or to be pinned no longer; the first one by default."""
    card = card or card_key(ballot)
    return Letter(
        destination="matrix",
        lane=f"ballot:{ballot}",
        kind="pin",
        key=f"{'pin' if pinned else 'unpin'}:{card.removeprefix('card:')}",
        payload={"list_id": list_id, "target": letter_ref(card), "pinned": pinned},
        needs=card,
    )


def alert_letter(room: str, key: str, content: Content) -> Letter:
    """Ask for a message in the operators' room, named by id or alias."""
    return Letter(
        destination="matrix",
        lane="operators",
        kind="alert",
        key=key,
        payload={"room": room, "content": content},
    )


def mail_key(message_id: MessageId) -> str:
    """Return the key of the letter that carries a mail of ours."""
    return f"mail:{message_id}"


def mail_letter(
    list_id: ListId, message_id: MessageId, envelope: Envelope, expires_at: Instant | None
) -> Letter:
    """Ask for a mail to the list."""
    return Letter(
        destination="mail",
        lane=f"list:{list_id}",
        kind="mail",
        key=mail_key(message_id),
        payload={
            "list_id": list_id,
            "message_id": message_id,
            "sender": envelope.sender,
            "to": envelope.recipients,
            "raw": envelope.raw.decode("utf-8"),
        },
        expires_at=expires_at,
    )


def evidence_letter(list_id: ListId, message_id: MessageId, now: Instant) -> Letter:
    """Ask the DNS what it knows about a post's author, for two days at most."""
    key = f"evidence:{digest(list_id, message_id)}"
    return Letter(
        destination="names",
        lane=key,
        kind="evidence",
        key=key,
        payload={"list_id": list_id, "message_id": message_id},
        expires_at=Instant(now + EVIDENCE_PATIENCE_MS),
    )


def signature_letter(list_id: ListId, inbox_id: int, domains: Sequence[str]) -> Letter:
    """Ask the DNS whether the list's host signed a mail that is held meanwhile; for ever."""
    key = f"signature:{inbox_id}"
    return Letter(
        destination="names",
        lane=key,
        kind="signature",
        key=key,
        payload={"list_id": list_id, "inbox_id": inbox_id, "domains": list(domains)},
    )


def _needed(reference: str | None) -> str | None:
    """Return the letter that must have left before a reference can be resolved."""
    if reference is None or not reference.startswith("letter:"):
        return None
    return reference.removeprefix("letter:")
