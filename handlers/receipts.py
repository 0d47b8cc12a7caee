"""What somebody holds on a ballot, told on request."""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import Door
from bridge.domain.deadlines import show_instant
from bridge.domain.standing import Standing, standings
from bridge.ids import UserId
from bridge.matrix.cards import position_words
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.standings import acts_about
from handlers.ledger import member_of
from handlers.moved import tracker

_DOORS: Final = {Door.REACTION: "your reaction", Door.CHAT: "your words in the room"}


def standing_of(tx: Tx, row: BallotRow, user: UserId) -> Standing | None:
    """Return what a member holds now or held at the close, None for nobody on the roll."""
    person = member_of(row.ballot.roster, user)
    if person is None:
        return None
    acts = acts_about(tx.conn, row.ballot.id, person)
    at = row.ballot.closed_at or tx.now
    return standings(acts, row.ballot.rule, at).get(person, Standing(person, None))


def receipt(tx: Tx, row: BallotRow, user: UserId) -> str:
    """Return what we have recorded of somebody."""
    standing = standing_of(tx, row, user)
    ballot = row.ballot
    if standing is None:
        return f"You are not on the roll of {ballot.label}, so nothing of yours counts there."
    if standing.unconfirmed is not None:
        given = position_words(standing.unconfirmed.position)
        return (
            f"{ballot.label}: you said {given} on version {standing.unconfirmed.text_version} of "
            f"the text. It does not count for version {ballot.text.version} until you confirm it: "
            "!confirm, or a new answer."
        )
    if standing.act is None:
        return f"{ballot.label}: you hold no position."
    act = standing.act
    return (
        f"{ballot.label}: {position_words(act.position)}, from {_DOORS.get(act.door, act.door)} on "
        f"{show_instant(act.effective_at)}, for version {act.text_version} of the text. "
        f"Receipt {tracker(act)}. You may change it until {show_instant(ballot.deadline.instant)}."
    )
