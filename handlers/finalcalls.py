"""Move a ballot between OPEN and FINAL CALL by what the count says, and tell room and list."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.acts import Verdict
from bridge.domain.ballots import TRANSITIONS, Ballot, Trigger, step
from bridge.domain.counts import Counts
from bridge.domain.deadlines import show_duration, show_instant
from bridge.domain.modes import could_pass
from bridge.domain.phases import closes, may_move, next_trigger, waits_for_the_chair
from bridge.errors import UserError
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.database import Tx
from handlers.context import Context
from handlers.counting import closes_of_record, counts_now
from handlers.listmails import queue_extension
from handlers.notices import queue_final_call
from handlers.saying import ask_for_status, call_chair, call_members, tell_room
from handlers.showing import edit_card


def settle(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """Begin the final call, or end it at an objection; return whether anything moved.

    Whoever is told of a final call is told when it ends: what prolongs it comes first.
    """
    if not may_move(ballot, tx.now):
        return False
    counted = counts_now(tx, ballot)
    until = before = ballot.deadline.instant
    if closes(ballot, counted) != before:
        until = closes_of_record(tx, ballot)
    if until != before:
        ballot = prolong(tx, context, ballot, until)
    trigger = next_trigger(ballot, counted, tx.now)
    if trigger is not None:
        _move(tx, context, ballot, counted, trigger)
    return until != before or trigger is not None


def prolong(tx: Tx, context: Context, ballot: Ballot, until: Instant) -> Ballot:
    """Move the close: a lifting must have been there to read, and the chair must answer."""
    prolonged = replace(ballot, deadline=replace(ballot.deadline, instant=until))
    ballots.update_ballot(tx, prolonged)
    edit_card(tx, prolonged, f"until:{until}")
    text = f"An objection was lifted; {ballot.label} now closes {show_instant(until)}."
    if waits_for_the_chair(ballot, counts_now(tx, ballot)):
        why = "An objection is open, and by this rule the chair answers it before the close."
        text = (
            f"{why} {ballot.label} now closes {show_instant(until)}. Chair: write !ballot address "
            "or !ballot overrule; without an answer it ends as objected at its hard stop."
        )
        call_chair(tx, context, prolonged, f"prolonged:{until}", text)
        queue_extension(tx, context, prolonged, reason=why, was=ballot.deadline.instant)
    else:
        tell_room(tx, prolonged, f"prolonged:{until}", text)
    _ask_again(tx, prolonged)
    ask_for_status(tx, context, prolonged)
    return prolonged


def _ask_again(tx: Tx, prolonged: Ballot) -> None:
    """Call those whose answers were late before we knew that the close had moved.

    A row of the ledger is what was known when it came, and stays what it is.
    """
    until = prolonged.deadline.instant
    late = {
        act.person_ref
        for act in ballots.acts_of(tx.conn, prolonged.id)
        if act.verdict is Verdict.LATE and act.effective_at <= until
    }
    if not late:
        return
    text = (
        f"{prolonged.label} now closes {show_instant(until)}. What you did after the old deadline "
        "was recorded as late, as nobody knew that yet: please answer again. A sign counts when "
        "you take it away and give it anew."
    )
    call_members(tx, prolonged, f"again:{until}", text, sorted(late))


def begin_final_call(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Begin the final call before its time, because the chair says so.

    Raises:
        UserError: it is not open, an objection is, or the rule cannot be met any more.
    """
    if Trigger.FINAL_CALL not in TRANSITIONS[ballot.state]:
        raise UserError(f"{ballot.label} is {ballot.state.words}; no final call begins now.")
    counted = counts_now(tx, ballot)
    if not could_pass(counted, ballot.rule):
        raise UserError(f"{ballot.label} is not ready for its final call. {counted.missing}")
    _move(tx, context, ballot, counted, Trigger.FINAL_CALL)


def _move(tx: Tx, context: Context, ballot: Ballot, counted: Counts, trigger: Trigger) -> None:
    moved = replace(ballot, state=step(ballot.state, trigger))
    ballots.update_ballot(tx, moved)
    # A ballot may come back to its final call as often as an objection is lifted.
    key = f"{trigger}:{moved.deadline.instant}:{len(counted.raised)}"
    if moved.card_version > 1:
        key += f":v{moved.card_version}"
    tell_room(tx, moved, key, _words(moved, counted, trigger))
    ask_for_status(tx, context, moved)
    if trigger is Trigger.FINAL_CALL:
        queue_final_call(tx, context, moved)


def _words(ballot: Ballot, counted: Counts, trigger: Trigger) -> str:
    at = show_instant(ballot.deadline.instant)
    if trigger is Trigger.FINAL_CALL:
        return f"Final call for {ballot.label}: it closes {at}. {counted.missing}"
    after = show_duration(ballot.rule.notice)
    return (
        f"{ballot.label} is out of its final call, because an objection is open. The clock goes "
        f"on: it closes {at}, or {after} after the objection is lifted, whichever is later."
    )
