"""What cannot be undone strikes when two clocks say so: ours and the homeserver's (P23).

A result that leaves and a text that is locked wait for people, who go by the time the homeserver
gives to what they do. Ours, two days ahead, would leave a chair no time to declare.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.domain.ballots import Ballot, State
from bridge.domain.waiting import BY_TWO_CLOCKS, due_now
from bridge.ids import BallotId, Instant
from bridge.ports import Clock, MatrixReader
from bridge.store import ballots
from bridge.store.database import Reading, Store, Tx
from bridge.sweeping import passed_by_both
from bridge.ticking import note_due

ASK_EVERY_MS = 30_000


async def strike(
    store: Store, reader: MatrixReader, clock: Clock, asked: dict[BallotId, Instant]
) -> bool:
    """Put what has become due by both clocks into the inbox; return whether anything was new.

    The homeserver is asked only while something is due by our clock.

    Args:
        store: where the ballots are.
        reader: the homeserver.
        clock: ours.
        asked: when it was last asked for each ballot (Unix ms): its clock may be far behind.

    Raises:
        Transient: the homeserver did not answer; all waits.
    """
    now = clock()
    due = await store.read(lambda conn: [ballot.id for ballot, _ in _due(conn, now)])
    if all(asked.get(one, 0) <= now < asked.get(one, 0) + ASK_EVERY_MS for one in due):
        return False
    asked |= dict.fromkeys(due, now)
    passed_at = await passed_by_both(reader, now)
    return await store.write(lambda tx: _note(tx, passed_at))


def _note(tx: Tx, passed_at: Instant) -> bool:
    noted = [note_due(tx, ballot, due) for ballot, due in _due(tx.conn, passed_at)]
    return any(noted)


def _due(conn: Reading, now: Instant) -> Iterator[tuple[Ballot, tuple[str, Instant]]]:
    for row in ballots.in_states(conn, (State.CLOSED, State.COMMENT)):
        for due in due_now(row.ballot, now, swept_at=row.swept_at):
            if due[0] in BY_TWO_CLOCKS:
                yield row.ballot, due
