"""Count a ballot, and say when it closes by what the count says."""

from __future__ import annotations

from bridge.domain.ballots import Ballot
from bridge.domain.phases import closes, may_be_prolonged
from bridge.domain.tally import Tally, tally
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.database import Tx


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
    if not may_be_prolonged(ballot):
        return ballot.deadline.instant
    return closes(ballot, tally_now(tx, ballot, tx.now))
