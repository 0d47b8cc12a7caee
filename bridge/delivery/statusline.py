"""The status line as it is at the moment it leaves."""

from __future__ import annotations

from bridge.domain.tally import tally
from bridge.ids import BallotId, Instant
from bridge.matrix.cards import status_content
from bridge.ports import Content
from bridge.store import ballots
from bridge.store.database import Reading


def status_now(conn: Reading, ballot_id: BallotId, now: Instant) -> Content:
    """Return a ballot's status line from its ledger, counted now."""
    row = ballots.ballot_by_id(conn, ballot_id)
    assert row is not None, f"no ballot {ballot_id}"
    ballot = row.ballot
    counted = tally(
        ballots.acts_of(conn, ballot_id),
        roster=ballot.roster,
        rule=ballot.rule,
        proposer=ballot.proposer,
        at=ballot.closed_at or now,
    )
    return status_content(ballot, counted, now)
