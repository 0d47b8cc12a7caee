"""What a facilitator asks for, the same through chat and command line: one table of verbs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bridge.config import ListConfig
from bridge.domain.ballots import COUNTING, TRANSITIONS, Ballot, IllegalTransition, State, Trigger
from bridge.domain.deadlines import show_instant
from bridge.errors import UserError
from bridge.events import DONE, CommandGiven, Outcome
from bridge.ids import MessageId, PersonId, UserId
from bridge.matrix.cards import state_words, status_content
from bridge.matrix.power import power_of
from bridge.store import answers, ballots, rooms
from bridge.store.database import Tx
from handlers import amending, extending, rulings
from handlers.ballots import publish, withdraw
from handlers.context import Context
from handlers.counting import tally_now
from handlers.finalcalls import begin_final_call
from handlers.listmails import preview
from handlers.opening import Request, draft, go_ahead, lock
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
        return False, str(error)


def run_verb(wish: Wish, verb: str) -> str:
    """Run ``!ballot VERB`` (all but ``open``) and return the answer."""
    run = VERBS.get(verb)
    if run is None:
        raise UserError(f"!ballot {verb} comes in a later version.")
    return run(wish)


def _obey(event: CommandGiven, tx: Tx, context: Context) -> str:
    listed = _list_of(event, tx, context)
    chair = _chair_named(event, listed)
    post = MessageId(event.arguments.get("post", "").strip("<> "))
    if event.verb != "open":
        arguments = dict(event.arguments)
        if arguments.pop("yes", None) == "yes":
            arguments["confirm"] = "yes"
        wish = Wish(
            tx=tx,
            context=context,
            listed=listed,
            key=event.key,
            arguments=arguments,
            chair=chair,
            post=post or _post_of_ballot(tx, listed, arguments),
        )
        return run_verb(wish, event.verb)
    if chair is None:
        raise UserError("Who is the chair? Say --as PERSON, a facilitator of the list.")
    asked = {key: value for key, value in event.arguments.items() if key not in _CLI_ONLY}
    request = Request(event.key, chair, post, asked)
    ballot = draft(tx, context, listed, request)
    text = preview(context, ballot, tx.now).text
    if event.arguments.get("yes") == "yes":
        go_ahead(tx, context, ballot)
        what = "call" if ballot.comments_until is None else "text"
        return f"{text}\n\n{ballot.label}: the {what} goes to the list now."
    return f"{text}\n\nNothing was sent. Say --yes to post this call."


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


def _status(wish: Wish) -> str:
    ballot = wish.row().ballot
    at = ballot.closed_at or wish.tx.now
    return str(status_content(ballot, tally_now(wish.tx, ballot, at), wish.tx.now)["body"])


def _list(wish: Wish) -> str:
    lines = [
        f"{one.label}  {one.title}: {state_words(one)}, {_due(one)}"
        for row in ballots.every_ballot(wish.tx.conn)
        if (one := row.ballot).list_id == wish.listed.id
    ]
    return "\n".join(lines) or "No ballot yet on this list."


def _due(ballot: Ballot) -> str:
    verb = "closes" if ballot.closed_at is None else "since"
    return f"{verb} {show_instant(ballot.closed_at or ballot.deadline.instant)}"


def _close(wish: Wish) -> str:
    row = wish.row()
    if row.ballot.state in COUNTING:
        raise UserError(
            f"{row.ballot.label} closes {show_instant(row.ballot.deadline.instant)}: silence and "
            "answers have until then. You confirm the result after that."
        )
    if row.ballot.state is not State.CLOSED:
        raise UserError(f"{row.ballot.label} is {state_words(row.ballot)}; nothing to confirm.")
    if not publish(wish.tx, wish.context, row):
        return f"The result of {row.ballot.label} is on its way to the list already."
    return f"The result of {row.ballot.label} goes to the list now."


def _withdraw(wish: Wish) -> str:
    row = wish.row()
    reason = wish.reason("!ballot withdraw b/42")
    if Trigger.WITHDRAW not in TRANSITIONS[row.ballot.state]:
        words = state_words(row.ballot)
        raise UserError(f"{row.ballot.label} is {words}; it cannot be withdrawn any more.")
    withdraw(wish.tx, wish.context, row, reason)
    return f"{row.ballot.label} is withdrawn."


def _lock(wish: Wish) -> str:
    row = wish.row()
    if row.ballot.state is not State.COMMENT:
        raise UserError(f"{row.ballot.label} is {state_words(row.ballot)}; nothing to lock.")
    lock(wish.tx, wish.context, row.ballot)
    return f"{row.ballot.label} is locked; its call goes to the list now."


def _final_call(wish: Wish) -> str:
    ballot = wish.row().ballot
    begin_final_call(wish.tx, wish.context, ballot)
    return f"{ballot.label} is in its final call until {show_instant(ballot.deadline.instant)}."


_CLI_ONLY: Final = frozenset({"as", "post", "yes"})
READ_ONLY: Final = frozenset({"status", "list"})
VERBS: Final[Mapping[str, Callable[[Wish], str]]] = {
    "status": _status,
    "list": _list,
    "lock": _lock,
    "finalcall": _final_call,
    "extend": extending.extend,
    "amend": amending.amend,
    "address": rulings.address,
    "overrule": rulings.overrule,
    "setaside": rulings.set_aside,
    "void": rulings.void,
    "admit": rulings.admit,
    "declare": rulings.declare,
    "close": _close,
    "withdraw": _withdraw,
    "stop": rulings.stop,
}
"""Verb -> what it does; ``READ_ONLY`` ones anybody may ask."""
