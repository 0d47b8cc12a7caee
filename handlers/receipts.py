"""What somebody holds on a ballot, told on request; and the question a reservation raises."""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import Act, Door
from bridge.domain.deadlines import show_instant
from bridge.domain.positions import Position
from bridge.domain.standing import Standing, standings
from bridge.errors import UserError
from bridge.ids import UserId
from bridge.matrix.cards import position_words
from bridge.matrix.facts import MessageSeen
from bridge.store import ballots
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.standings import acts_about
from handlers.context import Context
from handlers.ledger import Deed, enter, member_of
from handlers.moved import tracker
from handlers.refusals import refusal
from handlers.saying import ask_once

STANDS: Final = (
    "Your reservation is noted word for word. Does your endorsement stand if the text is not "
    "changed? Answer yes or no (a reply to this, or !yes or !no). Until then it counts as a yes; "
    "with no, it becomes an objection that proposes your change."
)
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


def ask_whether_it_stands(tx: Tx, row: BallotRow, act: Act, user: UserId) -> None:
    """Ask, once for each reservation in words, whether it is one or a condition (spec 2.3)."""
    ask_once(tx, row.ballot, user, reason=f"stands:{act.source_id}", text=STANDS)


def answer_whether_it_stands(
    event: MessageSeen, row: BallotRow, tx: Tx, context: Context, *, stands: bool
) -> str:
    """Take a yes or no: the reservation stands as it is, or is an objection with its words."""
    standing = standing_of(tx, row, event.sender)
    if standing is None or standing.position is not Position.RESERVE or standing.words is None:
        raise UserError("You have no reservation in words, so there is nothing to answer.")
    said = ballots.words_of_act(tx.conn, row.ballot.id, standing.words.seq)
    deed = Deed(
        door=Door.CHAT,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        position=Position.RESERVE if stands else Position.OBJECT,
        words=said,
    )
    act = enter(tx, context, row, deed)
    if act is not None and (refused := refusal(act)):
        return refused
    if stands:
        return "Thank you: your endorsement stands, and your reservation is printed word for word."
    return (
        "Thank you: it is an objection now that proposes your change. !withdraw, or another "
        "answer in writing, lifts it."
    )
