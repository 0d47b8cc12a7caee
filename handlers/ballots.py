"""A ballot's way through its states: seen on the list, final call, swept, closed, announced."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.acts import GENESIS
from bridge.domain.appeals import appeal_until
from bridge.domain.ballots import COUNTING, Ballot, Ending, State, Trigger, may_be_replaced, step
from bridge.domain.ballots import Outcome as Result
from bridge.domain.deadlines import show_instant
from bridge.domain.rules import may_open
from bridge.domain.waiting import CONFIRM, FINAL_CALL, OUTAGE, RED_LINE, confirmed_from, next_look
from bridge.errors import Permanent, UserError
from bridge.events import DONE, ClockStruck, Outcome, SweepFinished
from bridge.ids import Instant, ListId, MessageId, PersonId
from bridge.letters import mail_key
from bridge.mail.texts_changes import EndedView
from bridge.matrix.cards import OUTCOMES
from bridge.store import ballots, listposts, outbox
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.context import Context
from handlers.counting import closes_at, closes_of_record, tally_now
from handlers.extending import FORM, offer_extension
from handlers.finalcalls import prolong, settle
from handlers.listmails import mail_id, queue_ended, queue_result, take_mails_back
from handlers.opening import lock
from handlers.posting import contact_of, page_url
from handlers.saying import ask_for_status, call_chair, call_members, tell_chair, tell_room
from handlers.showing import queue_card, show_state


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
    is_call = message_id == mail_id(context, row.ballot, "call")
    if is_call and row.ballot.state is State.LOCKED:
        _open(tx, context, row)
    if seen.kind == "result" and row.ballot.state is State.CLOSED:
        _announce(tx, context, row)


def sweep_finished(event: SweepFinished, tx: Tx, context: Context) -> Outcome:
    """Close a ballot whose deadline and grace had passed when a clean sweep of it began."""
    row = ballots.ballot_by_id(tx.conn, event.ballot)
    if row is None:
        return Outcome("suppressed", "no such ballot")
    if row.ballot.state not in COUNTING:
        _look_again(tx, context, row.ballot, event.started_at)
        is_over = row.ballot.closed_at is not None
        return DONE if is_over else Outcome("suppressed", "it has no result")
    ballots.record_swept(tx, event.ballot, event.started_at)
    # Where our clock runs ahead of the homeserver's, people still answer in time.
    passed_at = event.started_at if event.passed_at is None else event.passed_at
    grace = row.ballot.rule.grace_chat * 1000
    kept = closes_at(tx, row.ballot)
    if kept == row.ballot.deadline.instant and passed_at < kept + grace:
        return DONE
    # What moves or closes a ballot is the whole ledger's word.
    closes = closes_of_record(tx, row.ballot)
    if closes != row.ballot.deadline.instant:
        prolong(tx, context, row.ballot, closes)
    elif passed_at >= closes + grace:
        closed = _close(tx, context, row.ballot, passed_at)
        _look_again(tx, context, closed, event.started_at)
    return DONE


def clock_struck(event: ClockStruck, tx: Tx, context: Context) -> Outcome:
    """Do what a ballot waited for."""
    row = ballots.ballot_by_id(tx.conn, event.ballot)
    if row is None:
        return Outcome("suppressed", "no such ballot")
    if event.what == FINAL_CALL and settle(tx, context, row.ballot):
        return DONE
    if event.what == RED_LINE and row.ballot.state is State.COMMENT:
        _lock_at_the_red_line(tx, context, row)
        return DONE
    if event.what == OUTAGE and offer_extension(tx, context, row):
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


def withdraw(tx: Tx, context: Context, row: BallotRow, reason: str, *, by: PersonId) -> None:
    """Take a ballot back, with its history kept; a call that has not left does not leave."""
    take_mails_back(tx, row.ballot, "the ballot was withdrawn")
    ending = Ending(at=tx.now, was=row.ballot.state, by=by, reason=reason)
    state = step(row.ballot.state, Trigger.WITHDRAW)
    withdrawn = replace(row.ballot, state=state, ending=ending)
    ballots.update_ballot(tx, withdrawn)
    if row.ballot.opened_at is not None or row.ballot.state is State.COMMENT:
        if row.ballot.opened_at is not None:
            show_state(tx, withdrawn)
        text = f"{withdrawn.label} was withdrawn by the chair. Reason: {reason}"
        _tell_who_answered(tx, withdrawn, "withdrawn", text)
    _tell_list(tx, context, replace(row, ballot=withdrawn), reason=reason)


def _open(tx: Tx, context: Context, row: BallotRow) -> None:
    ballot = row.ballot
    left = (ballot.deadline.instant - tx.now) // 1000
    if not may_open(ballot.rule, left=left):
        text = (
            f"the call for {ballot.label} was seen on the list with too little time left, so it "
            f'does not open. For a new call with a later deadline, write {FORM} reason="…"; or '
            f"!ballot withdraw {ballot.label}."
        )
        tell_chair(tx, context, row, f"not-opened:{ballot.calls}", text)
        return
    opened = replace(ballot, state=step(ballot.state, Trigger.CALL_SEEN), opened_at=tx.now)
    replaced = ballots.ballot_by_id(tx.conn, ballot.supersedes) if ballot.supersedes else None
    is_too_late = replaced is not None and not may_be_replaced(replaced.ballot.state)
    opened = replace(opened, supersedes=None) if is_too_late else opened
    ballots.update_ballot(tx, opened)
    queue_card(tx, opened)
    ask_for_status(tx, context, opened)
    if replaced is not None:
        _supersede(tx, context, replace(row, ballot=opened), replaced)
    tx.wakes.add("tick")


def _lock_at_the_red_line(tx: Tx, context: Context, row: BallotRow) -> None:
    """The time for comments is over: lock the text as it is now, or tell the chair why not."""
    try:
        lock(tx, context, row.ballot)
    except UserError as error:
        tell_room(tx, row.ballot, "unlocked", str(error))


def _supersede(tx: Tx, context: Context, row: BallotRow, replaced: BallotRow) -> None:
    """End the ballot in whose place this one comes; its history is kept, shown as such."""
    ballot, old = row.ballot, replaced.ballot
    if ballot.supersedes is None:
        text = (
            f"{old.label} was {old.state.words} before {ballot.label} opened. So {ballot.label} "
            f"does not come in its place: both stand. Withdraw {ballot.label} if that is wrong."
        )
        tell_chair(tx, context, row, "stands-beside", text)
        return
    if old.state is State.WITHDRAWN:
        if old.ending is not None:
            ending = replace(old.ending, instead=ballot.id)
            ballots.update_ballot(tx, replace(old, ending=ending))
        return
    take_mails_back(tx, old, f"{ballot.label} came in the place of it")
    ending = Ending(at=tx.now, was=old.state, by=ballot.chair, instead=ballot.id)
    ended = replace(old, state=step(old.state, Trigger.SUPERSEDE), ending=ending)
    ballots.update_ballot(tx, ended)
    text = f"{ballot.label} has come in the place of {ended.label}; answers here count no more."
    _tell_list(tx, context, replace(replaced, ballot=ended), instead=ballot)
    if old.opened_at is not None:
        show_state(tx, ended)
        _tell_who_answered(tx, ended, "superseded", text)
        return
    text = f"{ballot.label} has come in the place of {ended.label}, which will not open any more."
    # A text that is up for comments stands in the room; else there is the command alone.
    under = None if old.state is State.COMMENT else replaced.command_event
    if old.state is State.COMMENT or under is not None:
        tell_room(tx, ended, "superseded", text, under=under)


def _tell_list(
    tx: Tx, context: Context, row: BallotRow, *, reason: str = "", instead: Ballot | None = None
) -> None:
    """Tell the list that a ballot ended without a result; who reads only mail waits for one."""
    view = EndedView(
        ballot=row.ballot,
        tally=tally_now(tx, row.ballot, tx.now),
        reason=reason,
        contact=contact_of(context, row.ballot),
        head=row.head if row.head != GENESIS else None,
        instead=instead,
        log_url=page_url(context, row.ballot),
    )
    queue_ended(tx, context, view)


def _tell_who_answered(tx: Tx, ballot: Ballot, key: str, text: str) -> None:
    """Tell the room, and call those whose answers come to nothing (spec 2.2)."""
    counted = tally_now(tx, ballot, tx.now)
    call_members(tx, ballot, key, text, [*counted.positions, *counted.unconfirmed])


def _close(tx: Tx, context: Context, ballot: Ballot, swept_at: Instant) -> Ballot:
    counted = tally_now(tx, ballot, ballot.deadline.instant)
    closed = replace(
        ballot,
        state=step(ballot.state, Trigger.DEADLINE_PASSED),
        closed_at=ballot.deadline.instant,
        outcome=counted.outcome,
    )
    ballots.update_ballot(tx, closed)
    # From here on the chair's time runs, by the clock that closed it.
    ballots.record_swept(tx, closed.id, swept_at)
    show_state(tx, closed)
    row = ballots.ballot_by_id(tx.conn, closed.id)
    assert row is not None
    if closed.rule.confirm == 0:
        publish(tx, context, row)
        return closed
    at = show_instant(Instant(confirmed_from(closed, swept_at) + closed.rule.confirm * 1000))
    text = (
        f"{closed.label} is closed: {OUTCOMES[counted.outcome]}. {_what_the_chair_can(closed)}"
        f"Chair: write confirm here to post the result now (!ballot close {closed.label} shows its "
        f"mail first); otherwise it is posted {at}."
    )
    call_chair(tx, context, closed, f"closed:{closed.closed_at}", text)
    return closed


def _look_again(tx: Tx, context: Context, ballot: Ballot, looked_at: Instant) -> None:
    """Write down when a card is read again that does not count any more."""
    posted = listposts.of_ballot(tx.conn, ballot.id)
    announced_at = next((one.seen_at for one in posted if one.kind == "result"), None)
    every = context.config.ballots.sweep_every * 1000
    at = next_look(ballot, looked_at, every_ms=every, announced_at=announced_at)
    ballots.look_again(tx, ballot.id, at)


def _what_the_chair_can(closed: Ballot) -> str:
    if closed.rule.mode != "rough" or closed.outcome is Result.OBJECTED:
        return ""
    return f"Chair: write !ballot declare {closed.label} level=… first, or it ends as it is. "


def _announce(tx: Tx, context: Context, row: BallotRow) -> None:
    announced = replace(row.ballot, state=step(row.ballot.state, Trigger.RESULT_SEEN))
    ballots.update_ballot(tx, announced)
    _look_again(tx, context, announced, tx.now)
    show_state(tx, announced)
    assert announced.closed_at is not None
    counted = tally_now(tx, announced, announced.closed_at)
    # Our own mail is not mirrored: the room would learn of it by an edited card alone.
    text = f"The result of {announced.label} is on the list: {OUTCOMES[counted.outcome]}."
    until = appeal_until(announced.rule, counted, tx.now)
    if until is not None:
        text += (
            f" {announced.rule.cosigners} members together can appeal what the chair declared, "
            f"until {show_instant(until)}: write !appeal and why, here."
        )
    tell_room(tx, announced, "announced", text)
