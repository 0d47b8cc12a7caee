"""A preview in the room, and the yes to it: a tap on it, or the word in its thread."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.errors import UserError
from bridge.ids import BallotId, EventId, UserId
from bridge.letters import Say, event_ref, say_letter
from bridge.matrix.cards import preview_content
from bridge.matrix.content import notice_content
from bridge.matrix.facts import MessageSeen, ReactionSeen
from bridge.ports import Content
from bridge.store import outbox, rooms
from bridge.store.database import Tx
from bridge.store.proposals import Proposal
from handlers.confirming import PROPOSAL, Stale, carry_out, note, proposal_of, waiting_in
from handlers.context import Context
from handlers.previewing import Shown, previewed
from handlers.requests import chair_of
from handlers.saying import answer, answer_with
from handlers.wishes import Wish

QUESTION: Final = (
    "Shall I do that? React with ✅ here within an hour, or answer: confirm. To call it off: ❌ "
    "here, or answer: no"
)


def ask_in_room(event: MessageSeen, wish: Wish, verb: str) -> None:
    """Show the chair what a command would do, and ask.

    Raises:
        UserError: it cannot be done.
    """
    shown = previewed(wish, verb)
    proposal = note(wish, verb, shown, root=event.thread_root or event.event_id)
    content, remember = _question(proposal, shown, QUESTION, to=event.sender)
    answer_with(wish.tx, wish.listed.id, event, content, remember=remember)


def asked_by(event: MessageSeen, tx: Tx, context: Context) -> Proposal | None:
    """Return what a word of somebody confirms: the preview answered, or the thread's last one."""
    named = rooms.event_by_id(tx.conn, event.reply_to) if event.reply_to else None
    if named is not None and named.room_id == event.room:
        found = proposal_of(tx, named.kind)
        if found is not None:
            return found
    person = context.roster.by_matrix(event.sender)
    if person is None or event.thread_root is None:
        return None
    found = waiting_in(tx, event.thread_root, person)
    # Whoever answers another message of the thread, such as "it is closed", means that one.
    means_it = found is not None and event.reply_to in {None, event.thread_root, found.key}
    return found if means_it else None


def yes_in_words(event: MessageSeen, proposal: Proposal, tx: Tx, context: Context) -> None:
    """Do what was shown and say so, or show what it would be now.

    Raises:
        UserError: somebody else asked for it, or it cannot be done.
    """
    listed = context.lists[proposal.list_id]
    if chair_of(tx, context, listed, event.sender) != proposal.chair:
        raise UserError("Only the person who asked for that confirms it.")
    try:
        answer(tx, listed.id, event, carry_out(tx, context, proposal))
    except Stale as stale:
        content, remember = _anew(stale, proposal, event.event_id, to=event.sender)
        answer_with(tx, listed.id, event, content, remember=remember)


def yes_by_tap(event: ReactionSeen, proposal: Proposal, tx: Tx, context: Context) -> None:
    """Do the same for a tap; a tap of anybody else is nothing."""
    listed = context.lists.get(proposal.list_id)
    root = proposal.root
    if listed is None or root is None or proposal.settled_at is not None:
        return
    key, remember = f"yes:{event.event_id}", None
    try:
        if chair_of(tx, context, listed, event.sender) != proposal.chair:
            return
        said = carry_out(tx, context, proposal)
        content: Content = notice_content(said, to=(event.sender,))
    except Stale as stale:
        content, remember = _anew(stale, proposal, event.event_id, to=event.sender)
    except UserError as error:
        if context.roster.by_matrix(event.sender) != proposal.chair:
            return
        content = notice_content(str(error), to=(event.sender,))
    kind, ballot = remember or (None, None)
    say = Say(listed.id, key, content, thread=event_ref(root), kind=kind, ballot=ballot)
    outbox.add(tx, say_letter(say, lane=f"answers:{listed.id}"))


_Asked = tuple[Content, tuple[str, BallotId]]


def _anew(stale: Stale, proposal: Proposal, key: EventId, *, to: UserId) -> _Asked:
    """Write the new preview down under the yes that came too late, and ask again."""
    wish = replace(stale.wish, key=key)
    again = note(wish, proposal.verb, stale.shown, root=proposal.root)
    return _question(again, stale.shown, f"{stale.why} {QUESTION}", to=to)


def _question(proposal: Proposal, shown: Shown, question: str, *, to: UserId) -> _Asked:
    content = preview_content(shown.facts, shown.mail, question, to=to)
    return content, (f"{PROPOSAL}{proposal.id}", shown.ballot)
