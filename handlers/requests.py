"""Who may run ballots, and what the command line asks for: the same verbs as in chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.config import ListConfig
from bridge.domain.ballots import IllegalTransition
from bridge.errors import UserError
from bridge.events import DONE, CommandGiven, Outcome
from bridge.ids import MessageId, PersonId, UserId
from bridge.matrix.power import power_of
from bridge.store import answers, ballots, rooms
from bridge.store.database import Tx
from bridge.store.rehearsal import rehearse
from handlers.confirming import confirmed, proposed
from handlers.context import Context
from handlers.erasing import ERASE, erase_asked
from handlers.listmails import preview
from handlers.opening import Request, draft, go_ahead
from handlers.statements import doubts_about
from handlers.terminals import at_a_terminal
from handlers.verbs import READ_ONLY, run_verb
from handlers.wishes import Wish

OBEYED_WITHIN_MS = 60_000


def chair_of(tx: Tx, context: Context, listed: ListConfig, sender: UserId) -> PersonId:
    """Return the person behind a Matrix id who may run ballots of this list.

    Allowed by configuration, or by power in the room; never a ghost, never a stranger.

    Raises:
        UserError: this person may not.
    """
    person = context.roster.by_matrix(sender)
    if person is None or context.namespace.owns_user(sender):
        raise UserError("Your Matrix ID is not in the roster, so you cannot run ballots.")
    if person in listed.facilitators:
        return person
    room = rooms.room_of(tx.conn, listed.id)
    if room and power_of(room.state, sender) >= context.config.matrix.facilitator_power:
        return person
    raise UserError("Only the facilitators of this list run ballots; ask one of them.")


def command_given(event: CommandGiven, tx: Tx, context: Context) -> Outcome:
    """Obey the command line and leave the answer where its process waits for it."""
    is_done, text = answered(event, tx, context)
    answers.record_answer(tx, event.key, is_done=is_done, text=text)
    return DONE


def answered(event: CommandGiven, tx: Tx, context: Context) -> tuple[bool, str]:
    """Obey a command and return whether it was done, and the answer.

    Nobody waits any more for the answer to an old one, left behind by a bridge that ended: what
    its author did since is not known, so it is not obeyed.
    """
    if event.given_at is not None and tx.now - event.given_at > OBEYED_WITHIN_MS:
        return False, "No bridge ran when this was asked for; nothing was done. Ask again."
    try:
        return True, _obey(event, tx, context)
    except (UserError, IllegalTransition) as error:
        return False, at_a_terminal(str(error))


def _obey(event: CommandGiven, tx: Tx, context: Context) -> str:
    if event.verb == ERASE:
        return erase_asked(event, tx, context)
    listed = _list_of(event, tx, context)
    chair = _chair_named(event, listed)
    if event.verb == "open":
        return _open(event, tx, context, listed, chair)
    arguments = {key: value for key, value in event.arguments.items() if key not in _CLI_ONLY}
    wish = Wish(
        tx=tx,
        context=context,
        listed=listed,
        key=event.arguments.get("preview", event.key),
        arguments=arguments,
        chair=chair,
        post=_post_named(event) or _post_of_ballot(tx, listed, arguments),
    )
    is_yes = event.arguments.get("yes") == "yes"
    if event.verb in READ_ONLY or (is_yes and "preview" not in event.arguments):
        return run_verb(wish, event.verb)
    if is_yes:
        return confirmed(tx, context, wish.key, wish.is_chair())
    return f"{proposed(wish, event.verb).text}\n\nNothing was done yet. Say --yes to do it."


def _open(
    event: CommandGiven, tx: Tx, context: Context, listed: ListConfig, chair: PersonId | None
) -> str:
    """Open a ballot, or show what it would be; what is only shown leaves no draft and no gap."""
    if chair is None:
        raise UserError("Who is the chair? Say --as PERSON, a facilitator of the list.")
    post = _post_named(event) or MessageId("")
    asked = {key: value for key, value in event.arguments.items() if key not in _CLI_ONLY}
    request = Request(event.key, chair, post, asked)
    if event.arguments.get("yes") != "yes":
        drafted = rehearse(tx, lambda trial: draft(trial, context, listed, request)).value
        doubts = doubts_about(tx, listed, drafted)
        text = preview(context, drafted, tx.now, doubts).text
        return f"{text}\n\nNothing was sent, and no number is taken. Say --yes to post this call."
    ballot = draft(tx, context, listed, request)
    text = preview(context, ballot, tx.now, doubts_about(tx, listed, ballot)).text
    go_ahead(tx, context, ballot)
    what = "call" if ballot.comments_until is None else "text"
    return f"{text}\n\n{ballot.label}: the {what} goes to the list now."


def _post_named(event: CommandGiven) -> MessageId | None:
    return MessageId(event.arguments.get("post", "").strip("<> ")) or None


def _post_of_ballot(tx: Tx, listed: ListConfig, arguments: Mapping[str, str]) -> MessageId | None:
    """Return the ballot's own post, in whose place words given on the command line stand."""
    if "statement" not in arguments:
        return None
    row = ballots.ballot_named(tx.conn, arguments.get("ballot", ""))
    return None if row is None or row.ballot.list_id != listed.id else row.ballot.message_id


def _list_of(event: CommandGiven, tx: Tx, context: Context) -> ListConfig:
    if event.list_id is not None and event.list_id in context.lists:
        return context.lists[event.list_id]
    if event.list_id is None and (written := event.arguments.get("ballot")):
        row = ballots.ballot_named(tx.conn, written)
        if row is not None and row.ballot.list_id in context.lists:
            return context.lists[row.ballot.list_id]
    if event.list_id is None and len(context.lists) == 1:
        return next(iter(context.lists.values()))
    known = ", ".join(context.lists)
    raise UserError(f"Which list? Say --list; known: {known}.")


def _chair_named(event: CommandGiven, listed: ListConfig) -> PersonId | None:
    """Whoever may run our command line may act for a facilitator; the first one by default."""
    named = event.arguments.get("as")
    if named is None:
        return listed.facilitators[0] if listed.facilitators else None
    if named not in listed.facilitators:
        known = ", ".join(listed.facilitators) or "none is configured"
        raise UserError(f"{named!r} is no facilitator of {listed.id}; known: {known}.")
    return PersonId(named)


_CLI_ONLY: Final = frozenset({"as", "post", "yes", "preview"})
