"""What a facilitator can ask for about a ballot: one table of verbs, whatever the door.

Each is done at once; what is shown and asked before is ``confirming``'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bridge.domain.ballots import COUNTING, TRANSITIONS, Ballot, State, Trigger
from bridge.domain.deadlines import show_instant
from bridge.errors import UserError
from bridge.matrix.cards import state_words, status_content
from bridge.store import ballots
from handlers import amending, correcting, extending, rulings
from handlers.ballots import publish, withdraw
from handlers.counting import tally_now
from handlers.finalcalls import begin_final_call
from handlers.opening import lock
from handlers.wishes import Wish, must_be_short


def run_verb(wish: Wish, verb: str) -> str:
    """Run ``!ballot VERB`` (all but ``open``) and return the answer."""
    must_be_known(verb)
    must_be_short(wish.arguments)
    return VERBS[verb](wish)


def must_be_known(verb: str) -> None:
    """Refuse a verb that a newer command line knows and this bridge does not.

    Raises:
        UserError: it is none of ours.
    """
    if verb not in VERBS:
        raise UserError(f"!ballot {verb} comes in a later version.")


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
    if ballot.state is State.DRAFT:
        return f"not confirmed; !ballot withdraw {ballot.label} discards it"
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
    is_draft = row.ballot.state is State.DRAFT
    reason = "" if is_draft else wish.reason("!ballot withdraw b/42")
    if Trigger.WITHDRAW not in TRANSITIONS[row.ballot.state]:
        words = state_words(row.ballot)
        raise UserError(f"{row.ballot.label} is {words}; it cannot be withdrawn any more.")
    withdraw(wish.tx, wish.context, row, reason, by=wish.chair or row.ballot.chair)
    return f"{row.ballot.label} is {'discarded' if is_draft else 'withdrawn'}."


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
    "correct": correcting.correct,
}
"""Verb -> what it does; ``READ_ONLY`` ones anybody may ask."""
