"""What somebody holds on a ballot, told on request."""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import REMOVED, Door, Verdict, order_key
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.domain.deadlines import show_instant
from bridge.domain.positions import Position
from bridge.domain.standing import Standing, standings
from bridge.ids import UserId
from bridge.matrix.cards import position_words
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.standings import acts_about
from handlers.counting import closes_at
from handlers.ledger import member_of
from handlers.moved import tracker

_OVER: Final = frozenset({State.CLOSED, State.ANNOUNCED})
_ANSWERS: Final = frozenset({REMOVED, *Position})
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
    """Return what we have recorded of somebody, and what that is worth as the ballot stands."""
    standing = standing_of(tx, row, user)
    ballot = row.ballot
    if standing is None:
        return f"You are not on the roll of {ballot.label}, so nothing of yours counts there."
    said = [_held(standing, ballot), _until_when(tx, ballot, standing)]
    if ballot.state in _OVER:
        said.append(_afterwards(tx, row, standing.person_ref))
    return f"{ballot.label}: {' '.join(filter(None, said))}"


def _held(standing: Standing, ballot: Ballot) -> str:
    """Return what somebody holds, or held when the ballot closed."""
    is_over = ballot.state in _OVER
    if standing.unconfirmed is not None:
        given = standing.unconfirmed
        left = (
            "You did not confirm it before the close, so it does not count"
            if is_over
            else "It does not count"
        )
        how = "" if ballot.state not in COUNTING else ": !confirm, or a new answer, makes it count"
        return (
            f"you said {position_words(given.position)} on version {given.text_version} of the "
            f"text. {left} for version {ballot.text.version}{how}."
        )
    if standing.act is None:
        return "you held no position at its close." if is_over else "you hold no position."
    act = standing.act
    return (
        f"{position_words(act.position)}, from {_DOORS.get(act.door, act.door)} on "
        f"{show_instant(act.effective_at)}, for version {act.text_version} of the text. "
        f"Receipt {tracker(act)}."
    )


def _until_when(tx: Tx, ballot: Ballot, standing: Standing) -> str:
    """Return whether that can still be changed, as the state has it (spec 2.2 and 2.6)."""
    if ballot.state in COUNTING:
        closes = show_instant(closes_at(tx, ballot))
        return "" if standing.act is None else f"You may change it until {closes}."
    if ballot.state not in _OVER:
        is_to_come = ballot.state not in {State.WITHDRAWN, State.SUPERSEDED}
        gone = "not open yet" if is_to_come else ballot.state.words
        return f"{ballot.label} is {gone}: nothing is counted there."
    closed = show_instant(ballot.closed_at or ballot.deadline.instant)
    if ballot.rule.mode == "signon" and standing.act is not None:
        return (
            f"{ballot.label} closed on {closed}. !withdraw takes your name off until the names are "
            "published; afterwards it is marked as withdrawn."
        )
    return f"{ballot.label} closed on {closed}, and nothing changes its result now."


def _afterwards(tx: Tx, row: BallotRow, person: str) -> str:
    """Return what somebody did last after the close, where it was recorded as late."""
    acts = acts_about(tx.conn, row.ballot.id, person)
    late = [one for one in acts if one.verdict is Verdict.LATE]
    late = [one for one in sorted(late, key=order_key) if one.position in _ANSWERS]
    if not late:
        return ""
    act = late[-1]
    is_off = act.position in {REMOVED, Position.WITHDRAW}
    did = "took your answer back" if is_off else f"said {position_words(act.position)}"
    is_marked = is_off and row.ballot.rule.mode == "signon"
    marked = "; your name is marked as withdrawn" if is_marked else ""
    return (
        f"After the close, on {show_instant(act.effective_at)}, you {did}: that is recorded as "
        f"late and changes no result{marked}. Receipt {tracker(act)}."
    )
