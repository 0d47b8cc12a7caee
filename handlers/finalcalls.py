"""Move a ballot between OPEN and FINAL CALL by what the count says, and tell room and list."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.ballots import TRANSITIONS, Ballot, Trigger, step
from bridge.domain.deadlines import show_duration, show_instant
from bridge.domain.modes import could_pass
from bridge.domain.phases import may_move, next_trigger
from bridge.domain.tally import Tally
from bridge.errors import UserError
from bridge.store import ballots
from bridge.store.database import Tx
from handlers.context import Context
from handlers.counting import tally_now
from handlers.notices import queue_final_call
from handlers.saying import ask_for_status, tell_room


def settle(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """Begin the final call, or end it at an objection; return whether anything moved."""
    if not may_move(ballot, tx.now):
        return False
    counted = tally_now(tx, ballot, tx.now)
    trigger = next_trigger(ballot, counted, tx.now)
    if trigger is None:
        return False
    _move(tx, context, ballot, counted, trigger)
    return True


def begin_final_call(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Begin the final call before its time, because the chair says so.

    Raises:
        UserError: it is not open, an objection is, or the rule cannot be met any more.
    """
    if Trigger.FINAL_CALL not in TRANSITIONS[ballot.state]:
        raise UserError(f"{ballot.label} is {ballot.state.words}; no final call begins now.")
    counted = tally_now(tx, ballot, tx.now)
    if not could_pass(counted, ballot.rule):
        raise UserError(f"{ballot.label} is not ready for its final call. {counted.missing}")
    _move(tx, context, ballot, counted, Trigger.FINAL_CALL)


def _move(tx: Tx, context: Context, ballot: Ballot, counted: Tally, trigger: Trigger) -> None:
    moved = replace(ballot, state=step(ballot.state, trigger))
    ballots.update_ballot(tx, moved)
    # A ballot may come back to its final call as often as an objection is lifted.
    key = f"{trigger}:{moved.deadline.instant}:{len(counted.objections)}"
    tell_room(tx, moved, key, _words(moved, counted, trigger))
    ask_for_status(tx, context, moved)
    if trigger is Trigger.FINAL_CALL:
        queue_final_call(tx, context, moved)


def _words(ballot: Ballot, counted: Tally, trigger: Trigger) -> str:
    at = show_instant(ballot.deadline.instant)
    if trigger is Trigger.FINAL_CALL:
        return f"Final call for {ballot.label}: it closes {at}. {counted.missing}"
    after = show_duration(ballot.rule.notice)
    return (
        f"{ballot.label} is out of its final call, because an objection is open. The clock goes "
        f"on: it closes {at}, or {after} after the objection is lifted, whichever is later."
    )
