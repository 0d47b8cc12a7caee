"""The tick: what time alone brings about, found by a query and put into the inbox.

Nothing is decided by a timer: a bridge that was down at the instant finds it due at its start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import structlog

from bridge.config import ListConfig
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.domain.digest import due_day
from bridge.domain.outages import is_worth_extending
from bridge.domain.waiting import BY_TWO_CLOCKS, OUTAGE, due_now
from bridge.failpoints import reach
from bridge.ids import Instant
from bridge.intake import list_lane
from bridge.letters import ECHO_WAIT_MS
from bridge.store import ballots, inbox, listposts, outbox, told
from bridge.store.database import Tx
from bridge.store.instance import record_alive
from bridge.store.outages import every_outage, record_outage
from bridge.store.presence import living_workers
from bridge.store.told import LATE, LATE_EVERY_MS, NOTICE_EVERY_MS, OBJECTIONS
from bridge.stuck import note_stuck

log = structlog.get_logger()
OVERDUE_AFTER_MS = 15 * 60 * 1000
NOTICES: Mapping[str, tuple[tuple[State, ...], int]] = {
    OBJECTIONS: (tuple(COUNTING), NOTICE_EVERY_MS),
    LATE: ((State.ANNOUNCED,), LATE_EVERY_MS),
}
"""What is told in mails of their own, in which states, and how far apart."""


def take_over(tx: Tx, living: frozenset[int]) -> None:
    """Look after what processes that ended were sending."""
    lost = outbox.take_over(tx, living, mail_due_at=Instant(tx.now + ECHO_WAIT_MS))
    if lost:
        log.warning("outcomes_unknown", letters=lost)


def tick(tx: Tx, lists: Sequence[ListConfig] = ()) -> None:
    """Leave a sign of life, and put what has become due into the inbox, once each."""
    record_outage(tx)
    record_alive(tx)
    take_over(tx, living_workers(tx.conn))
    outages = every_outage(tx.conn)
    for row in ballots.in_states(tx.conn, (*COUNTING, State.CLOSED)):
        due = due_now(row.ballot, tx.now, swept_at=row.swept_at)
        due = tuple(each for each in due if each[0] not in BY_TWO_CLOCKS)
        if is_worth_extending(row.ballot, outages):
            due = (*due, (OUTAGE, outages[-1][1]))
        for each in due:
            note_due(tx, row.ballot, each)
    for what, (states, pause) in NOTICES.items():
        for one in told.waiting(tx.conn, what, states, Instant(tx.now - pause)):
            inbox.add(
                tx,
                lane=list_lane(one.list_id),
                kind="clock",
                key=f"clock:{one.ballot}:{what}:{one.told.at}:{one.told.upto}",
                raw=b"",
                meta={"ballot": one.ballot, "what": what},
            )
    for post in listposts.waiting_since(tx.conn, Instant(tx.now - OVERDUE_AFTER_MS)):
        note_stuck(tx, post.message_id, "overdue")
        log.error(
            "post_overdue",
            list=post.list_id,
            kind=post.kind,
            ballot=post.ballot,
            likely="held by the moderator, too big for the list, or our address is not subscribed",
        )
    for listed in lists:
        _digest(tx, listed)
    reach("tick.due")


def note_due(tx: Tx, ballot: Ballot, due: tuple[str, Instant]) -> bool:
    """Put what a ballot waited for into the inbox; False when it was put there before."""
    what, since = due
    return inbox.add(
        tx,
        lane=list_lane(ballot.list_id),
        kind="clock",
        key=f"clock:{ballot.id}:{what}:{since}",
        raw=b"",
        meta={"ballot": ballot.id, "what": what},
    )


def _digest(tx: Tx, listed: ListConfig) -> None:
    """Put today's digest into the inbox once its time has come; a bridge that was down is late."""
    if listed.digest is None:
        return
    day = due_day(listed.digest.at, ZoneInfo(listed.digest.zone), tx.now)
    if day is not None:
        inbox.add(
            tx,
            lane=list_lane(listed.id),
            kind="digest",
            key=f"digest:{listed.id}:{day}",
            raw=b"",
            meta={"list_id": listed.id, "day": day},
        )
