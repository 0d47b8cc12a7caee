"""Count a ballot, and move it between OPEN and FINAL CALL by what the count says."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.ballots import Ballot, Trigger, step
from bridge.domain.deadlines import show_duration, show_instant
from bridge.domain.phases import closes, may_move, next_trigger
from bridge.domain.tally import Tally, tally
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.database import Tx
from handlers.context import Context
from handlers.saying import ask_for_status, tell_room


def tally_now(tx: Tx, ballot: Ballot, at: Instant) -> Tally:
    """Count a ballot's ledger at an instant."""
    return tally(
        ballots.acts_of(tx.conn, ballot.id),
        roster=ballot.roster,
        rule=ballot.rule,
        proposer=ballot.proposer,
        at=at,
    )


def closes_at(tx: Tx, ballot: Ballot) -> Instant:
    """Return when the ballot closes: its deadline, or later after an objection was lifted.

    Where no objection can stand in the way, nobody's ledger is read for it.
    """
    if not ballot.rule.blocks:
        return ballot.deadline.instant
    return closes(ballot, tally_now(tx, ballot, tx.now))


def settle(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """Begin the final call, or end it at an objection; return whether anything moved."""
    if not may_move(ballot, tx.now):
        return False
    counted = tally_now(tx, ballot, tx.now)
    trigger = next_trigger(ballot, counted, tx.now)
    if trigger is None:
        return False
    moved = replace(ballot, state=step(ballot.state, trigger))
    ballots.update_ballot(tx, moved)
    # A ballot may come back to its final call as often as an objection is lifted.
    key = f"{trigger}:{moved.deadline.instant}:{len(counted.objections)}"
    tell_room(tx, moved, key, _words(moved, counted, trigger))
    ask_for_status(tx, context, moved)
    return True


def _words(ballot: Ballot, counted: Tally, trigger: Trigger) -> str:
    at = show_instant(ballot.deadline.instant)
    if trigger is Trigger.FINAL_CALL:
        return f"Final call for {ballot.label}: it closes {at}. {counted.missing}"
    after = show_duration(ballot.rule.after_lifting)
    return (
        f"{ballot.label} is out of its final call, because an objection is open. The clock goes "
        f"on: it closes {at}, or {after} after the objection is lifted, whichever is later."
    )
