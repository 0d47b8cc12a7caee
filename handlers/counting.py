"""Count a ballot, and say when it closes by what the count says.

What is decided at the close, printed or mailed is counted from the whole ledger. What each act
must ask (does an objection stand, when does it close) is counted from what is kept of each
person, so that an act costs the same however long the ledger is.
"""

from __future__ import annotations

import structlog

from bridge.domain.ballots import Ballot
from bridge.domain.counts import Counts, count
from bridge.domain.phases import closes, may_be_prolonged
from bridge.domain.tally import Tally, tally
from bridge.ids import Instant
from bridge.store import ballots, standings
from bridge.store.database import Tx

log = structlog.get_logger()


def tally_now(tx: Tx, ballot: Ballot, at: Instant) -> Tally:
    """Count a ballot's ledger at an instant."""
    return tally(
        ballots.acts_of(tx.conn, ballot.id),
        roster=ballot.roster,
        rule=ballot.rule,
        proposer=ballot.proposer,
        at=at,
    )


def counts_now(tx: Tx, ballot: Ballot) -> Counts:
    """Return the numbers of ``tally_now`` at this instant, without reading the ledger."""
    standings.keep_up(tx, ballot)
    kept = standings.kept_of(tx.conn, ballot.id)
    if any(one.latest > tx.now for one in kept.values()):
        # Our own clock was set back, and only the whole ledger knows what was done by now.
        return tally_now(tx, ballot, tx.now)
    return count(kept.values(), standings.rulings_of(tx.conn, ballot.id), ballot, tx.now)


def closes_at(tx: Tx, ballot: Ballot) -> Instant:
    """Return when the ballot closes: its deadline, or later after an objection was lifted.

    Where no objection can stand in the way, nothing is read for it.
    """
    if not may_be_prolonged(ballot):
        return ballot.deadline.instant
    return closes(ballot, counts_now(tx, ballot))


def closes_of_record(tx: Tx, ballot: Ballot) -> Instant:
    """Return the same from the whole ledger, and mend what is kept if it should say otherwise."""
    if not standings.is_true(tx.conn, ballot):
        standings.rebuild(tx, ballot)
        log.error("standings_mended", ballot=ballot.id)
    if not may_be_prolonged(ballot):
        return ballot.deadline.instant
    return closes(ballot, tally_now(tx, ballot, tx.now))
