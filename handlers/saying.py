"""The bot's answers: one message each, where it belongs, calling only whom it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.domain.ballots import Ballot
from bridge.ids import BallotId, EventId, Instant, ListId, UserId
from bridge.letters import (
    Say,
    card_key,
    comments_key,
    event_ref,
    letter_ref,
    say_letter,
    status_letter,
)
from bridge.matrix.content import addressed_notice, notice_content
from bridge.matrix.facts import MessageSeen
from bridge.ports import Content
from bridge.store import outbox
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.outbox import Letter
from handlers.context import Context

QUESTION: Final = "question"
"""What the event of a question to a person is remembered as."""


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


def anchor(ballot: Ballot) -> str:
    """Refer to the message in whose thread a ballot is spoken of: its card, or its draft's."""
    if ballot.opened_at is None and ballot.comments_until is not None:
        return letter_ref(comments_key(ballot.id))
    return letter_ref(card_of(ballot))


def card_of(ballot: Ballot) -> str:
    """Return the key of the card that members react to now."""
    return card_key(ballot.id, ballot.card_version, ballot.card_copies)


def tell_person(tx: Tx, ballot: Ballot, person: str, *, reason: str, text: str) -> None:
    """Tell a member something, by every Matrix id the roll has; nobody else."""
    for one in ballot.roster.everybody:
        for user in one.matrix if one.person == person else ():
            tell_once(tx, ballot, user, reason=reason, text=text)


def tell_once(tx: Tx, ballot: Ballot, person: UserId, *, reason: str, text: str) -> None:
    """Tell a person something about a ballot in the card's thread, once for each reason."""
    outbox.add(tx, _to_person(ballot, person, reason, text, kind=None))


def ask_once(tx: Tx, ballot: Ballot, person: UserId, *, reason: str, text: str) -> None:
    """Ask a person something, once for each reason; a reply to it is known as an answer."""
    outbox.add(tx, _to_person(ballot, person, reason, text, kind=QUESTION))


def tell_room(tx: Tx, ballot: Ballot, key: str, text: str, *, under: EventId | None = None) -> None:
    """Say something about a ballot in the card's thread, or under another event."""
    place = event_ref(under) if under else anchor(ballot)
    outbox.add(tx, _to_room(ballot, key, notice_content(text), place))


def call_members(tx: Tx, ballot: Ballot, key: str, text: str, members: Sequence[str]) -> None:
    """Say something to the room that these members must not miss; nobody else is called."""
    called = [one for one in ballot.roster.everybody if one.person in members]
    content = notice_content(text, to=[user for one in called for user in one.matrix])
    outbox.add(tx, _to_room(ballot, key, content, anchor(ballot)))


def tell_chair(tx: Tx, context: Context, row: BallotRow, key: str, text: str) -> None:
    """Say something about a ballot that its chair must act on, by name: in the card's thread.

    Before there is a card it stands under the command; what the chair looks at.
    """
    content = notice_content(f"Chair: {text}", to=_chair_of(context, row.ballot))
    under = row.command_event if row.ballot.opened_at is None else None
    place = event_ref(under) if under else anchor(row.ballot)
    outbox.add(tx, _to_room(row.ballot, key, content, place))


def call_chair(  # noqa: PLR0913 - what is said, where, and who is called besides
    tx: Tx, context: Context, ballot: Ballot, key: str, text: str, *, members: Sequence[str] = ()
) -> None:
    """Say something to the room about a ballot with a card, and call its chair, who must act."""
    also = [one for one in ballot.roster.everybody if one.person in members]
    called = [*_chair_of(context, ballot), *(user for one in also for user in one.matrix)]
    content = notice_content(text, to=tuple(dict.fromkeys(called)))
    outbox.add(tx, _to_room(ballot, key, content, anchor(ballot)))


def _chair_of(context: Context, ballot: Ballot) -> Sequence[UserId]:
    # The roster file and not the roll: the chair may be on none.
    chair = context.roster.people.get(ballot.chair)
    return chair.matrix if chair is not None else ()


def _to_person(
    ballot: Ballot, person: UserId, reason: str, text: str, *, kind: str | None
) -> Letter:
    say = Say(
        ballot.list_id,
        key=f"told:{ballot.id}:{reason}:{person}",
        content=addressed_notice(text, person),
        thread=anchor(ballot),
        kind=kind,
        ballot=ballot.id if kind else None,
    )
    return say_letter(say, lane=f"answers:{ballot.list_id}")


def _to_room(ballot: Ballot, key: str, content: Content, place: str) -> Letter:
    say = Say(ballot.list_id, key=f"room:{ballot.id}:{key}", content=content, thread=place)
    return say_letter(say, lane=f"answers:{ballot.list_id}")


def ask_for_status(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Have the status line edited at the end of the current slot; at most once a slot."""
    slot = context.config.ballots.status_every * 1000
    at = (tx.now // slot + 1) * slot
    outbox.add(tx, status_letter(ballot.list_id, ballot.id, Instant(at)), due_at=Instant(at))
