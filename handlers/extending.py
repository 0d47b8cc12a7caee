"""Extending a ballot: before its deadline, by the chair, at most to the hard stop (spec 2.2, 2.9).

One exception: a ballot whose deadline passed while the service was behind may be extended once,
as long as its result is not on its way. One whose call has not opened it is called again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.domain.ballots import COUNTING, Ballot, State, Trigger, step
from bridge.domain.deadlines import (
    Deadline,
    DeadlineError,
    parse_deadline,
    show_duration,
    show_instant,
)
from bridge.domain.outages import Outage, is_worth_extending, was_behind
from bridge.domain.rules import may_open
from bridge.domain.rulings import Ruling, rulings
from bridge.errors import UserError
from bridge.store import ballots, listposts
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.outages import every_outage
from bridge.store.standings import rulings_of
from handlers.context import Context
from handlers.defaults import calendars_now
from handlers.finalcalls import settle
from handlers.listmails import queue_call, queue_extension, take_mails_back
from handlers.rulings import DONE_ALREADY, enter_ruling
from handlers.saying import ask_for_status, call_chair, tell_room
from handlers.showing import edit_card
from handlers.wishes import Wish

FORM: Final = '!ballot extend b/42 until="YYYY-MM-DD 08:00 UTC"'
BEHIND: Final = "behind"
"""Flag of an extension after the deadline, because the service was behind; there is one at most."""


def extend(wish: Wish) -> str:
    """Move the deadline of a ballot."""
    row = wish.row()
    ballot, tx = row.ballot, wish.tx
    until = _until(wish, ballot)
    reason = wish.reason(FORM)
    if ballot.state is State.LOCKED:
        return _call_again(wish, row, until, reason)
    is_behind = _must_be_possible(wish, row)
    flags = (BEHIND,) if is_behind else ()
    if enter_ruling(wish, ballot, Ruling.EXTEND, str(until.instant), reason, flags=flags) is None:
        return DONE_ALREADY
    state = step(ballot.state, Trigger.EXTEND)
    extended = replace(ballot, state=state, deadline=until, closed_at=None, outcome=None)
    ballots.update_ballot(tx, extended)
    edit_card(tx, extended, f"extended:{until.instant}")
    words = (
        f"{ballot.label} was extended by {wish.asked_by(ballot)}: it closes "
        f"{show_instant(until.instant)}. Reason: {reason}"
    )
    if ballot.state is State.CLOSED:
        words += " What came after the old deadline was recorded as late: please answer again."
    tell_room(tx, extended, f"extended:{until.instant}", words)
    queue_extension(tx, wish.context, extended, reason=reason, was=ballot.deadline.instant)
    settle(tx, wish.context, extended)
    ask_for_status(tx, wish.context, extended)
    tx.wakes.add("tick")
    return words


def _call_again(wish: Wish, row: BallotRow, until: Deadline, reason: str) -> str:
    """Write a new call with a later deadline, for a ballot that its call has not opened.

    The call before it opens nothing any more, whenever the list shows it.
    """
    ballot, tx = row.ballot, wish.tx
    if not may_open(ballot.rule, left=(until.instant - tx.now) // 1000):
        raise UserError(
            f"Too little time would be left until {show_instant(until.instant)}: from its call "
            f"on people need {show_duration(ballot.rule.minimum_window)}."
        )
    if enter_ruling(wish, ballot, Ruling.EXTEND, str(until.instant), reason) is None:
        return DONE_ALREADY
    take_mails_back(tx, ballot, "a new call names a later deadline")
    state = step(ballot.state, Trigger.EXTEND)
    called = replace(ballot, state=state, deadline=until, calls=ballot.calls + 1)
    ballots.update_ballot(tx, called)
    queue_call(tx, wish.context, called, reason=reason)
    return (
        f"A new call for {ballot.label} goes to the list now: it closes "
        f"{show_instant(until.instant)}. It opens when the list has distributed that call."
    )


def offer_extension(tx: Tx, context: Context, row: BallotRow) -> bool:
    """Ask the chair to extend after an outage in the last quarter of the window."""
    ballot = row.ballot
    outages = every_outage(tx.conn)
    if ballot.state not in {*COUNTING, State.CLOSED} or not is_worth_extending(ballot, outages):
        return False
    begin, end = outages[-1]
    text = (
        f"The service was down from {show_instant(begin)} to {show_instant(end)}, in the last "
        f"quarter of the time to answer {ballot.label}. Chair: consider giving more time: "
        f'{FORM} reason="…"'
    )
    call_chair(tx, context, ballot, f"outage:{end}", text)
    return True


def _until(wish: Wish, ballot: Ballot) -> Deadline:
    written = wish.arguments.get("until")
    if written is None:
        raise UserError(f"Until when? Write {FORM}.")
    now = wish.tx.now
    try:
        until = parse_deadline(written, now, calendars_now(wish.context.config, now))
    except DeadlineError as error:
        raise UserError(f"The new deadline: {error}.") from error
    if until.instant <= ballot.deadline.instant:
        raise UserError(
            f"{ballot.label} closes {show_instant(ballot.deadline.instant)}; it can only be "
            "extended, never shortened."
        )
    stop = ballot.rule.hard_stop
    if stop is None or until.instant > stop:
        known = show_instant(stop or ballot.deadline.instant)
        raise UserError(f"The hard stop of {ballot.label}, set at its opening, is {known}.")
    return until


def _must_be_possible(wish: Wish, row: BallotRow) -> bool:
    """Return whether it is the exception for a service that was behind at the deadline."""
    ballot, tx = row.ballot, wish.tx
    if ballot.state in COUNTING and tx.now < ballot.deadline.instant:
        return False
    if ballot.state not in {*COUNTING, State.CLOSED}:
        raise UserError(f"{ballot.label} is {ballot.state.words}; it cannot be extended.")
    if not _may_still_be_extended(tx, row, every_outage(tx.conn)):
        raise UserError(
            f"The deadline of {ballot.label} has passed. A ballot is extended before its deadline; "
            "afterwards only once, when the service was behind at that moment, and before the "
            "result leaves. You can open a new one: its title= can name this one."
        )
    return True


def _may_still_be_extended(tx: Tx, row: BallotRow, outages: tuple[Outage, ...]) -> bool:
    made = rulings(rulings_of(tx.conn, row.ballot.id), Ruling.EXTEND)
    is_published = any(
        post.kind == "result" for post in listposts.of_ballot(tx.conn, row.ballot.id)
    )
    seen_at = row.swept_at if row.ballot.state is State.CLOSED else tx.now
    was_before = any(BEHIND in act.flags for act in made)
    return not was_before and not is_published and was_behind(row.ballot, outages, seen_at)
