"""A preview that is called off: by a no to it, a crossing-out, or the removal of what asked for it.

Only a check mark or the word ``confirm`` carries a preview out. Whatever else the person who asked
answers does nothing, and says so: nobody shall think that a call left, or that it did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.domain.ballots import State
from bridge.domain.positions import REACTIONS, Position, normalise_key, position_of_key
from bridge.ids import ListId, PersonId, UserId
from bridge.letters import Say, event_ref, say_letter
from bridge.matrix.commands import only_line, own_lines
from bridge.matrix.content import notice_content
from bridge.matrix.facts import MessageSeen, ReactionSeen, RedactionSeen
from bridge.store import ballots, outbox, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.proposals import Proposal, proposal_by_key, record_settled
from bridge.store.rooms import RoomEvent
from handlers.asked import asked_by
from handlers.ballots import withdraw
from handlers.confirming import CONFIRM_WITHIN_MS, proposal_of
from handlers.context import Context
from handlers.meant import ballot_meant

PREVIEW: Final = "preview"
"""What the event of a call's preview is remembered as."""
CALLED_OFF: Final = "Nothing was done: that was called off. Give the command again to see it anew."
DISCARDED: Final = "No call was sent: {label} is discarded. Write the command again for a new one."
HOW: Final = (
    "Nothing was done yet. To do what was shown, react with ✅ on it or answer: confirm. To call "
    "it off, react with ❌ or answer: no"
)
_NO: Final = frozenset({"no", "cancel", "stop"})
_YES: Final = frozenset({"yes"})
_CROSSES: Final = frozenset({"❌", "✖", "❎"})

_Waiting = Proposal | BallotRow
"""What waits for a yes: a proposal, or a draft whose call was shown."""


def is_yes(key: str) -> bool:
    """Tell whether a reaction is the yes that a preview names, and not a sign like it."""
    return normalise_key(key) == REACTIONS[Position.ENDORSE].seed


def answered_otherwise(event: MessageSeen, tx: Tx, context: Context) -> str | None:
    """Return the answer to a no or a yes that somebody writes to a preview of theirs, or None.

    Answering the preview, whoever begins with a no means it; in its thread the word stands alone.
    """
    line = only_line(event.body)
    first = _first_word(event.body) if event.reply_to is not None else ""
    said = {line, first} & (_NO | _YES)
    waiting = _waiting(event, tx, context) if said else None
    if waiting is None:
        return None
    return _call_off(waiting, tx, context) if said & _NO else HOW


def tapped_otherwise(event: ReactionSeen, target: RoomEvent, tx: Tx, context: Context) -> None:
    """Call a preview off for a crossing-out; say how to confirm for a sign that is like a yes."""
    proposal = proposal_of(tx, target.kind)
    waiting = proposal or (ballots.ballot_by_id(tx.conn, target.ballot) if target.ballot else None)
    if waiting is None or not _waits(waiting, event.sender, context):
        return
    position = position_of_key(event.key)
    if position is Position.OBJECT or normalise_key(event.key) in _CROSSES:
        said, key = _call_off(waiting, tx, context), f"off:{event.event_id}"
    elif position is Position.ENDORSE:
        said, key = HOW, f"how:{event.target}"
    else:
        return
    _say(tx, key, said, waiting, (event.sender,))


def command_removed(event: RedactionSeen, tx: Tx, context: Context) -> bool:
    """Call off what a removed command asked for; False when nothing waits for it."""
    proposal = proposal_by_key(tx.conn, event.redacts)
    waiting = proposal or ballots.ballot_by_key(tx.conn, event.redacts)
    if waiting is None or not _is_open(waiting):
        return False
    if rooms.list_of_room(tx.conn, event.room) != _list_of(waiting):
        return False
    said = _call_off(waiting, tx, context)
    # Of what could not be confirmed any more, nobody needs to hear.
    if isinstance(waiting, BallotRow) or tx.now <= waiting.asked_at + CONFIRM_WITHIN_MS:
        asked = context.roster.people.get(_chair(waiting))
        _say(tx, f"off:{event.event_id}", said, waiting, asked.matrix if asked else ())
    return True


def _waiting(event: MessageSeen, tx: Tx, context: Context) -> _Waiting | None:
    """Return what a message answers that waits for a yes of its sender, and of nobody else."""
    answered = rooms.event_by_id(tx.conn, event.reply_to) if event.reply_to else None
    # Whoever answers another message of the thread means that one.
    is_to_a_call = event.reply_to in {None, event.thread_root} or (
        answered is not None and answered.kind == PREVIEW
    )
    waiting: _Waiting | None = asked_by(event, tx, context)
    if waiting is None and is_to_a_call:
        waiting = ballot_meant(event, tx)
    return waiting if waiting is not None and _waits(waiting, event.sender, context) else None


def _waits(waiting: _Waiting, sender: UserId, context: Context) -> bool:
    return _is_open(waiting) and context.roster.by_matrix(sender) == _chair(waiting)


def _is_open(waiting: _Waiting) -> bool:
    if isinstance(waiting, Proposal):
        return waiting.settled_at is None
    return waiting.ballot.state is State.DRAFT


def _chair(waiting: _Waiting) -> PersonId:
    return waiting.chair if isinstance(waiting, Proposal) else waiting.ballot.chair


def _list_of(waiting: _Waiting) -> ListId:
    return waiting.list_id if isinstance(waiting, Proposal) else waiting.ballot.list_id


def _call_off(waiting: _Waiting, tx: Tx, context: Context) -> str:
    if isinstance(waiting, Proposal):
        record_settled(tx, waiting.id)
        return CALLED_OFF
    withdraw(tx, context, waiting, "", by=waiting.ballot.chair)
    return DISCARDED.format(label=waiting.ballot.label)


def _first_word(body: str) -> str:
    words = " ".join(own_lines(body)).split()
    return words[0].strip("!.,:;*_–—-").casefold() if words else ""


def _say(tx: Tx, key: str, text: str, waiting: _Waiting, to: Sequence[UserId]) -> None:
    list_id = _list_of(waiting)
    root = waiting.root if isinstance(waiting, Proposal) else waiting.command_event
    content = notice_content(text, to=to)
    say = Say(list_id, key, content, thread=event_ref(root) if root else None)
    outbox.add(tx, say_letter(say, lane=f"answers:{list_id}"))
