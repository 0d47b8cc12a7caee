"""A strict silence that is broken: the ballot ends at that objection, and all are told at once."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.ballots import COUNTING, Ballot, Trigger, step
from bridge.domain.deadlines import show_instant
from bridge.store import ballots
from bridge.store.database import Tx
from handlers.ballots import publish
from handlers.context import Context
from handlers.counting import tally_now
from handlers.saying import tell_room
from handlers.showing import show_state


def end_if_broken(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """End a ballot whose strict rule an objection has broken, and mail its result; say if so.

    There is nothing that the chair could confirm or rule on: any objection ends it.
    """
    if not ballot.rule.strict or ballot.state not in COUNTING:
        return False
    at = tally_now(tx, ballot, tx.now).broken
    if at is None:
        return False
    closed = replace(
        ballot,
        state=step(ballot.state, Trigger.BROKEN),
        closed_at=at,
        outcome=tally_now(tx, ballot, at).outcome,
    )
    ballots.update_ballot(tx, closed)
    show_state(tx, closed)
    row = ballots.ballot_by_id(tx.conn, closed.id)
    assert row is not None
    publish(tx, context, row)
    text = (
        f"The silence on {closed.label} was broken by an objection, {show_instant(at)}. By its "
        "strict rule the procedure ended then, and we do not endorse; the result goes to the list "
        "now. Later answers are recorded as late."
    )
    tell_room(tx, closed, f"broken:{at}", text)
    return True
