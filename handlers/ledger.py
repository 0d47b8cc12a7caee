"""Enter an act: from what somebody did to a judged row of the ballot's chain.

Fails closed: who is not on the frozen roll by that very Matrix id is a stranger, whatever name
they show.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.acts import (
    GRACE,
    REMOVED,
    REMOVED_BY_MODERATOR,
    SELF,
    Act,
    Door,
    Facts,
    InTime,
    effective_time,
    is_in_time,
    judge,
)
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.domain.positions import Position
from bridge.domain.roster import RosterSnapshot
from bridge.ids import EventId, Instant, PersonId, UserId, stranger_ref
from bridge.store import ballots
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.ballots import closes_at
from handlers.context import Context
from handlers.notices import act_entered
from handlers.saying import ask_for_status

_HAS_OPENED = frozenset({*COUNTING, State.CLOSED, State.ANNOUNCED})


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did on a ballot, before it is judged.

    Attributes:
        position: None for a key or word that is no option.
        removes: the reaction that is taken back, None for anything else.
        words: the text that came with it, letter by letter.
        owner: who had reacted, when a reaction is removed.
    """

    door: Door
    source_id: EventId
    sender: UserId
    sent_at: Instant
    position: Position | None = None
    removes: EventId | None = None
    words: str = ""
    owner: UserId | None = None

    @property
    def counted_for(self) -> UserId:
        """Whose position it is about."""
        return self.owner or self.sender

    @property
    def is_moderation(self) -> bool:
        """Tell whether somebody else removed the reaction."""
        return self.owner is not None and self.owner != self.sender


def enter(tx: Tx, context: Context, row: BallotRow, deed: Deed) -> Act | None:
    """Judge a deed and append it; None when it stands in the ledger already."""
    personal = {"matrix": deed.sender, "words": deed.words, "owner": deed.owner}
    act = ballots.append_act(tx, _judged(tx, context, row.ballot, deed), personal)
    if act is not None:
        ask_for_status(tx, context, row.ballot)
        act_entered(tx, context, row.ballot, act)
    return act


def _judged(tx: Tx, context: Context, ballot: Ballot, deed: Deed) -> Act:
    person = member_of(ballot.roster, deed.counted_for)
    effective = effective_time(deed.sent_at, tx.now)
    in_time = _in_time(tx, ballot, effective)
    verdict, reason = judge(
        Facts(
            on_roll=person is not None,
            in_time=in_time,
            recognised=deed.position is not None or deed.removes is not None,
            ghost=context.namespace.owns_user(deed.counted_for),
            by_moderator=deed.is_moderation,
            door_open="matrix" in ballot.rule.doors,
            ballot_open=ballot.state in _HAS_OPENED,
        )
    )
    return Act(
        ballot=ballot.id,
        received_at=tx.now,
        effective_at=effective,
        claimed_at=deed.sent_at,
        door=deed.door,
        source_id=deed.source_id,
        person_ref=person or stranger_ref(context.instance.key, deed.counted_for),
        capacity=SELF,
        text_version=ballot.text.version,
        position=REMOVED if deed.removes else (deed.position or ""),
        target=deed.removes,
        with_text=bool(deed.words.strip()),
        verdict=verdict,
        reason=reason,
        flags=_flags(in_time, by_moderator=deed.is_moderation),
        personal_hash="",
    )


def member_of(roster: RosterSnapshot, user: UserId) -> PersonId | None:
    """Return who on the frozen roll has this very Matrix id."""
    return next((one.person for one in roster.members if user in one.matrix), None)


def _in_time(tx: Tx, ballot: Ballot, effective: Instant) -> InTime:
    """Judge the time; until the sweep after the deadline has closed it, we are catching up.

    Once it is closed everything is late, whatever the clocks say: nothing alters a result.
    """
    if ballot.state not in COUNTING:
        return InTime.LATE
    deadline = ballot.deadline.instant
    if effective > deadline:
        # An objection lifted a moment ago may have prolonged it.
        deadline = closes_at(tx, ballot)
    return is_in_time(
        effective,
        tx.now,
        deadline=deadline,
        grace=ballot.rule.grace_chat,
        caught_up_at=tx.now,
    )


def _flags(in_time: InTime, *, by_moderator: bool) -> tuple[str, ...]:
    flags = ((GRACE, in_time is InTime.GRACE), (REMOVED_BY_MODERATOR, by_moderator))
    return tuple(name for name, is_set in flags if is_set)
