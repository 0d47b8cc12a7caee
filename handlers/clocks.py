"""The clock struck: what a ballot waited for happens, and its list is told."""

from __future__ import annotations

from bridge.domain.ballots import COUNTING, State
from bridge.events import DONE, ClockStruck, Outcome
from bridge.store import ballots
from bridge.store.database import Tx
from bridge.store.told import LATE, OBJECTIONS
from handlers import ballots as states
from handlers.context import Context
from handlers.notices import tell_late, tell_objections


def clock_struck(event: ClockStruck, tx: Tx, context: Context) -> Outcome:
    """Do what a ballot waited for, and tell the list of what it should know."""
    row = ballots.ballot_by_id(tx.conn, event.ballot)
    if event.what in _NOTICES:
        if row is None or row.ballot.list_id not in context.lists:
            return Outcome("suppressed", "no such ballot")
        tell = tell_late if event.what == LATE else tell_objections
        is_time = row.ballot.state in _NOTICES[event.what]
        told = is_time and tell(tx, context, row.ballot)
        return DONE if told else Outcome("suppressed", "nothing new to tell")
    return states.clock_struck(event, tx, context)


_NOTICES = {OBJECTIONS: COUNTING, LATE: frozenset({State.ANNOUNCED})}
"""Which mails time brings about, and in which states."""
