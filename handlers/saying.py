"""The bot's answers: one message each, where it belongs, calling only whom it answers."""

from __future__ import annotations

from bridge.domain.ballots import Ballot
from bridge.ids import BallotId, EventId, Instant, ListId, UserId
from bridge.letters import Say, card_key, event_ref, letter_ref, say_letter, status_letter
from bridge.matrix.content import addressed_notice, notice_content
from bridge.matrix.facts import MessageSeen
from bridge.ports import Content
from bridge.store import outbox
from bridge.store.database import Tx
from handlers.context import Context


def answer(tx: Tx, list_id: ListId, message: MessageSeen, text: str) -> None:
    """Answer a chat message where it stands."""
    answer_with(tx, list_id, message, notice_content(text, to=(message.sender,)))


def answer_with(
    tx: Tx,
    list_id: ListId,
    message: MessageSeen,
    content: Content,
    *,
    remember: tuple[str, BallotId] | None = None,
) -> None:
    """Answer with content that is made already; ``remember`` names what the answer is."""
    root = message.thread_root or message.event_id
    kind, ballot = remember or (None, None)
    say = Say(
        list_id,
        key=f"answer:{message.event_id}",
        content=content,
        thread=event_ref(root),
        reply_to=event_ref(message.event_id),
        kind=kind,
        ballot=ballot,
    )
    outbox.add(tx, say_letter(say, lane=f"answers:{list_id}"))


def tell_once(tx: Tx, ballot: Ballot, person: UserId, *, reason: str, text: str) -> None:
    """Tell a person something about a ballot in the card's thread, once for each reason."""
    say = Say(
        ballot.list_id,
        key=f"told:{ballot.id}:{reason}:{person}",
        content=addressed_notice(text, person),
        thread=letter_ref(card_key(ballot.id)),
    )
    outbox.add(tx, say_letter(say, lane=f"answers:{ballot.list_id}"))


def tell_room(tx: Tx, ballot: Ballot, key: str, text: str, *, under: EventId | None = None) -> None:
    """Say something about a ballot in the card's thread, or under another event."""
    say = Say(
        ballot.list_id,
        key=f"room:{ballot.id}:{key}",
        content=notice_content(text),
        thread=event_ref(under) if under else letter_ref(card_key(ballot.id)),
    )
    outbox.add(tx, say_letter(say, lane=f"answers:{ballot.list_id}"))


def ask_for_status(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Have the status line edited at the end of the current slot; at most once a slot."""
    slot = context.config.ballots.status_every * 1000
    at = (tx.now // slot + 1) * slot
    outbox.add(tx, status_letter(ballot.list_id, ballot.id, Instant(at)), due_at=Instant(at))
