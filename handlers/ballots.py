"""A ballot's way through its states: seen on the list, final call, swept, closed, announced."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.ballots import COUNTING, Ballot, State, Trigger, step
from bridge.domain.deadlines import closing_instant, show_instant
from bridge.domain.rules import may_open
from bridge.domain.tally import Tally, tally
from bridge.domain.waiting import CONFIRM, FINAL_CALL, confirmed_from
from bridge.errors import Permanent
from bridge.events import DONE, ClockStruck, Outcome, SweepFinished
from bridge.ids import Instant, ListId, MessageId
from bridge.letters import (
    Say,
    card_key,
    letter_ref,
    mail_key,
    pin_letter,
    say_letter,
    seed_letter,
    status_key,
    status_letter,
)
from bridge.matrix.cards import OUTCOMES, card_content, offered, statement_contents, status_content
from bridge.store import ballots, listposts, outbox
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.context import Context
from handlers.listmails import queue_result
from handlers.saying import ask_for_status, tell_room


def call_or_result_seen(
    tx: Tx, context: Context, list_id: ListId, message_id: MessageId, *, proof: str
) -> None:
    """A mail of ours has been seen on its list: what waited for it happens.

    What another list distributes, or what is said there, proves nothing.
    """
    named = listposts.by_message_id(tx.conn, message_id)
    if named is None or named.list_id != list_id:
        return
    seen = listposts.record_seen(tx, message_id, proof)
    if seen is None:
        return
    outbox.settle_by_proof(tx, mail_key(message_id), proof)
    row = ballots.ballot_by_id(tx.conn, seen.ballot)
    if row is None:
        return
    if seen.kind == "call" and row.ballot.state is State.LOCKED:
        _open(tx, context, row)
    if seen.kind == "result" and row.ballot.state is State.CLOSED:
        _announce(tx, row)


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
    """Return when the ballot closes: its deadline, or later after an objection was lifted."""
    lifted = [
        one.lifted_by.effective_at
        for one in tally_now(tx, ballot, tx.now).objections
        if one.lifted_by is not None and _is_in_final_call(ballot, one.raised_by.effective_at)
    ]
    return closing_instant(
        ballot.deadline,
        lifted_at=max(lifted, default=None),
        after_lifting=ballot.rule.after_lifting,
    )


def sweep_finished(event: SweepFinished, tx: Tx, context: Context) -> Outcome:
    """Close a ballot whose deadline and grace had passed when a clean sweep of it began."""
    row = ballots.ballot_by_id(tx.conn, event.ballot)
    if row is None or row.ballot.state not in COUNTING:
        return Outcome("suppressed", "not open any more")
    ballots.record_swept(tx, event.ballot, event.started_at)
    closes = closes_at(tx, row.ballot)
    if closes != row.ballot.deadline.instant:
        _prolong(tx, context, row.ballot, closes)
        return DONE
    if event.started_at >= closes + row.ballot.rule.grace_chat * 1000:
        _close(tx, context, row.ballot, event.started_at)
    return DONE


def clock_struck(event: ClockStruck, tx: Tx, context: Context) -> Outcome:
    """Do what a ballot waited for."""
    row = ballots.ballot_by_id(tx.conn, event.ballot)
    if row is None:
        return Outcome("suppressed", "no such ballot")
    if event.what == FINAL_CALL and row.ballot.state is State.OPEN:
        _final_call(tx, context, row.ballot)
        return DONE
    if event.what == CONFIRM and row.ballot.state is State.CLOSED:
        publish(tx, context, row)
        return DONE
    return Outcome("suppressed", "too late for it")


def publish(tx: Tx, context: Context, row: BallotRow) -> bool:
    """Queue the result mail, once; the ballot is announced when the list has distributed it.

    The mail is written now: what comes later can neither change it nor be in it.

    Raises:
        Permanent: the count is not what it was at the close.
    """
    ballot = row.ballot
    assert ballot.closed_at is not None
    counted = tally_now(tx, ballot, ballot.closed_at)
    if counted.outcome is not ballot.outcome:
        raise Permanent(
            f"{ballot.label} was closed as {ballot.outcome} and counts as {counted.outcome} now"
        )
    return queue_result(tx, context, row, counted)


def withdraw(tx: Tx, row: BallotRow, reason: str) -> None:
    """Take a ballot back, with its history kept; a call that has not left does not leave."""
    for post in listposts.of_ballot(tx.conn, row.ballot.id):
        if outbox.cancel(tx, mail_key(post.message_id), "the ballot was withdrawn"):
            listposts.record_state(tx, post.message_id, "expired")
    withdrawn = replace(row.ballot, state=step(row.ballot.state, Trigger.WITHDRAW))
    ballots.update_ballot(tx, withdrawn)
    if row.ballot.opened_at is not None:
        _show_state(tx, withdrawn)
        text = f"{withdrawn.label} was withdrawn by the chair. Reason: {reason}"
        tell_room(tx, withdrawn, "withdrawn", text)


def _open(tx: Tx, context: Context, row: BallotRow) -> None:
    ballot = row.ballot
    left = (ballot.deadline.instant - tx.now) // 1000
    if not may_open(ballot.rule, left=left):
        text = (
            f"The call for {ballot.label} was seen on the list with too little time left, so it "
            "does not open. Open a new ballot with a later deadline."
        )
        tell_room(tx, ballot, "not-opened", text, under=row.command_event)
        return
    opened = replace(ballot, state=step(ballot.state, Trigger.CALL_SEEN), opened_at=tx.now)
    ballots.update_ballot(tx, opened)
    _queue_card(tx, opened)
    ask_for_status(tx, context, opened)
    tx.wakes.add("tick")


def _queue_card(tx: Tx, ballot: Ballot) -> None:
    """Queue the card, its pin, its seeds, the text below it, and the status line, in order."""
    card = Say(
        ballot.list_id,
        key=card_key(ballot.id),
        content=card_content(ballot),
        kind="card",
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(card))
    for sign in offered(ballot.rule).values():
        outbox.add(tx, seed_letter(ballot.list_id, ballot.id, sign.seed))
    outbox.add(tx, pin_letter(ballot.list_id, ballot.id, pinned=True))
    status = Say(
        ballot.list_id,
        key=status_key(ballot.id),
        content=status_content(ballot, tally_now(tx, ballot, tx.now), tx.now),
        reply_to=letter_ref(card_key(ballot.id)),
        kind="status",
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(status))
    for part, content in enumerate(statement_contents(ballot)):
        statement = Say(
            ballot.list_id,
            key=f"statement:{ballot.id}:{part}",
            content=content,
            thread=letter_ref(card_key(ballot.id)),
            ballot=ballot.id,
        )
        outbox.add(tx, say_letter(statement))


def _final_call(tx: Tx, context: Context, ballot: Ballot) -> None:
    called = replace(ballot, state=step(ballot.state, Trigger.FINAL_CALL))
    ballots.update_ballot(tx, called)
    counted = tally_now(tx, called, tx.now)
    text = (
        f"Final call for {called.label}: it closes {show_instant(called.deadline.instant)}. "
        f"{counted.missing}"
    )
    tell_room(tx, called, f"final:{called.deadline.instant}", text)
    ask_for_status(tx, context, called)


def _prolong(tx: Tx, context: Context, ballot: Ballot, closes: Instant) -> None:
    """An objection of the final call was lifted: its lifting must have been there to read."""
    prolonged = replace(ballot, deadline=replace(ballot.deadline, instant=closes))
    ballots.update_ballot(tx, prolonged)
    _edit_card(tx, prolonged, f"until:{closes}")
    text = f"An objection was lifted; {ballot.label} now closes {show_instant(closes)}."
    tell_room(tx, prolonged, f"prolonged:{closes}", text)
    ask_for_status(tx, context, prolonged)


def _close(tx: Tx, context: Context, ballot: Ballot, swept_at: Instant) -> None:
    counted = tally_now(tx, ballot, ballot.deadline.instant)
    closed = replace(
        ballot,
        state=step(ballot.state, Trigger.DEADLINE_PASSED),
        closed_at=ballot.deadline.instant,
        outcome=counted.outcome,
    )
    ballots.update_ballot(tx, closed)
    _show_state(tx, closed)
    row = ballots.ballot_by_id(tx.conn, closed.id)
    assert row is not None
    if closed.rule.confirm == 0:
        publish(tx, context, row)
        return
    at = show_instant(Instant(confirmed_from(closed, swept_at) + closed.rule.confirm * 1000))
    text = (
        f"{closed.label} is closed: {OUTCOMES[counted.outcome]}. Chair: write confirm here to "
        f"post the result now; otherwise it is posted {at}."
    )
    tell_room(tx, closed, "closed", text)


def _announce(tx: Tx, row: BallotRow) -> None:
    announced = replace(row.ballot, state=step(row.ballot.state, Trigger.RESULT_SEEN))
    ballots.update_ballot(tx, announced)
    _show_state(tx, announced)


def _show_state(tx: Tx, ballot: Ballot) -> None:
    """Bring the card and the status line up to the new state, at once."""
    _edit_card(tx, ballot, ballot.state.value)
    outbox.add(tx, status_letter(ballot.list_id, ballot.id, ballot.state.value))


def _edit_card(tx: Tx, ballot: Ballot, occasion: str) -> None:
    edit = Say(
        ballot.list_id,
        key=f"{card_key(ballot.id)}:{occasion}",
        content=card_content(ballot),
        replaces=letter_ref(card_key(ballot.id)),
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(edit))


def _is_in_final_call(ballot: Ballot, raised_at: Instant) -> bool:
    begins = ballot.deadline.instant - ballot.rule.final_call * 1000
    return ballot.rule.final_call > 0 and raised_at >= begins
