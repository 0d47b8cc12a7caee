"""Reactions and their removal: a position on a card, a yes to a preview, or sentiment."""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import Door
from bridge.domain.ballots import COUNTING
from bridge.domain.positions import position_of_key
from bridge.errors import UserError
from bridge.events import DONE, Outcome
from bridge.ids import BallotId, EventId
from bridge.matrix.facts import ReactionSeen, RedactionSeen
from bridge.store import ballots, inbox, reactions, rooms
from bridge.store.database import Tx
from bridge.store.reactions import Reaction
from bridge.store.rooms import RoomEvent
from handlers.asked import yes_by_tap
from handlers.calling_off import PREVIEW, command_removed, is_yes, tapped_otherwise
from handlers.chatting import chat_removed
from handlers.confirming import PROPOSAL, proposal_of
from handlers.context import Context
from handlers.hints import hint
from handlers.ledger import Deed, enter
from handlers.opening import confirm
from handlers.saying import tell_once, tell_room
from handlers.showing import STATEMENT, put_up_again, queue_statement
from handlers.suggestions import word_deleted

OLD_CARD: Final = "old_card"
COMMENTS: Final = "comments"
STATUS: Final = "status"
BESIDE_THE_CARD: Final = frozenset({COMMENTS, STATEMENT, STATUS})
BESIDE: Final = (
    "Your sign there is not counted: only signs on the card itself are. Tap the same one on the "
    "card, or write your word in this thread, such as !endorse or !object and why."
)
CARDS: Final = frozenset({"card", OLD_CARD, "gone_card"})


def reaction_seen(event: ReactionSeen, tx: Tx, context: Context) -> Outcome:
    """Record a reaction, and count it when it stands on a card."""
    if context.namespace.owns_user(event.sender):
        return Outcome("suppressed", "our own")
    target = rooms.event_by_id(tx.conn, event.target)
    if target is None or target.room_id != event.room:
        return Outcome("suppressed", "a reaction to nothing of ours", about=event.target)
    seen = Reaction(event.event_id, event.room, event.target, event.key, event.sender, event.ts)
    if not reactions.record_reaction(tx, seen):
        return Outcome("suppressed", "known")
    # Its removal may have come first.
    inbox.reconsider_about(tx, event.event_id)
    if target.kind.startswith((PREVIEW, PROPOSAL)) and target.ballot is not None:
        if is_yes(event.key):
            _confirm(event, target, target.ballot, tx, context)
        else:
            tapped_otherwise(event, target, tx, context)
        return DONE
    if target.kind in CARDS and target.ballot is not None:
        _count(event, target, target.ballot, tx, context)
        return DONE
    if target.kind in BESIDE_THE_CARD and target.ballot is not None:
        _beside_the_card(event, target, target.ballot, tx)
    return Outcome("done", "sentiment")


def redaction_seen(event: RedactionSeen, tx: Tx, context: Context) -> Outcome:
    """Record that a reaction was taken back; what a moderator removes keeps its position."""
    if chat_removed(tx, event):
        return Outcome("done", "chat")
    known = reactions.reaction_by_id(tx.conn, event.redacts)
    if known is None and _was_ours_or_a_word(event, tx, context):
        return DONE
    if known is None or known.room_id != event.room:
        return Outcome("suppressed", "removes nothing we know", about=event.redacts)
    if known.removed_at is not None:
        return Outcome("suppressed", "known")
    reactions.record_removed(tx, known.event_id, event.ts)
    target = rooms.event_by_id(tx.conn, known.target)
    if target is None or target.kind not in CARDS or target.ballot is None:
        return Outcome("done", "sentiment")
    row = ballots.ballot_by_id(tx.conn, target.ballot)
    assert row is not None
    deed = Deed(
        door=Door.REACTION,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        removes=known.event_id,
        owner=known.sender,
        version=_version_of(known.event_id, tx),
    )
    act = enter(tx, context, row, deed)
    if act is not None:
        hint(tx, row, act, known.sender)
    return DONE


def _confirm(
    event: ReactionSeen, target: RoomEvent, ballot: BallotId, tx: Tx, context: Context
) -> None:
    proposal = proposal_of(tx, target.kind)
    if proposal is not None:
        yes_by_tap(event, proposal, tx, context)
        return
    try:
        confirm(tx, context, ballot, event.sender)
    except UserError as error:
        row = ballots.ballot_by_id(tx.conn, ballot)
        assert row is not None
        tell_room(tx, row.ballot, "unconfirmed", str(error), under=row.command_event)


def _count(
    event: ReactionSeen, target: RoomEvent, ballot: BallotId, tx: Tx, context: Context
) -> None:
    row = ballots.ballot_by_id(tx.conn, ballot)
    assert row is not None, f"the card {target.event_id} belongs to no ballot"
    deed = Deed(
        door=Door.REACTION,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        position=position_of_key(event.key),
        on_old_card=target.kind == OLD_CARD,
    )
    act = enter(tx, context, row, deed)
    if act is not None:
        hint(tx, row, act, event.sender)


def _was_ours_or_a_word(event: RedactionSeen, tx: Tx, context: Context) -> bool:
    return (
        _card_is_gone(event, tx) or word_deleted(event, tx) or command_removed(event, tx, context)
    )


def _card_is_gone(event: RedactionSeen, tx: Tx) -> bool:
    """Put an open ballot's card or text up again when somebody removed it; say if it was that."""
    target = rooms.event_by_id(tx.conn, event.redacts)
    if target is None or target.kind not in {"card", STATEMENT} or target.room_id != event.room:
        return False
    row = ballots.ballot_by_id(tx.conn, target.ballot) if target.ballot is not None else None
    if row is None or row.ballot.state not in COUNTING:
        return False
    if target.kind == "card":
        put_up_again(tx, row.ballot)
        return True
    queue_statement(tx, row.ballot, again=event.event_id)
    text = f"The text of {row.ballot.label} was removed from the room, so here it is again."
    tell_room(tx, row.ballot, f"text-again:{event.event_id}", text)
    return True


def _version_of(reaction: EventId, tx: Tx) -> int | None:
    """Return for which version a reaction was given: its removal is about that one."""
    given = ballots.act_by_source(tx.conn, Door.REACTION, reaction)
    return None if given is None else given.text_version


def _beside_the_card(event: ReactionSeen, target: RoomEvent, ballot: BallotId, tx: Tx) -> None:
    """Tell whoever shows a position beside the card that it counts there only (2.10, 18b and 21).

    Applause on the text stays sentiment, but a visible no is not swallowed.
    """
    row = ballots.ballot_by_id(tx.conn, ballot)
    if row is None:
        return
    if target.kind == COMMENTS and row.ballot.opened_at is None:
        text = "The text is up for comments only, so a reaction now is no endorsement of it."
        tell_once(tx, row.ballot, event.sender, reason="comments", text=text)
    elif row.ballot.state in COUNTING and position_of_key(event.key) is not None:
        reason = f"beside/{row.ballot.text.version}"
        tell_once(tx, row.ballot, event.sender, reason=reason, text=BESIDE)
