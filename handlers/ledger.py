"""Enter an act: from what somebody did to a judged row of the ballot's chain.

Fails closed: who is not on the frozen roll by that very Matrix id is a stranger, whatever name
they show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.domain.acts import (
    CONTEST,
    GRACE,
    REMOVED,
    REMOVED_BY_MODERATOR,
    SELF,
    UNTIL_PUBLICATION,
    Act,
    Door,
    Facts,
    InTime,
    Verdict,
    effective_time,
    is_in_time,
    judge,
)
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.domain.deadlines import show_instant
from bridge.domain.modes import positions_of
from bridge.domain.positions import Position
from bridge.domain.roster import RosterSnapshot
from bridge.domain.rulings import Ruling, rulings
from bridge.domain.standing import standings as standings_of
from bridge.ids import EventId, Instant, PersonId, UserId, stranger_ref
from bridge.store import ballots, listposts, standings
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.breaking import end_if_broken
from handlers.context import Context
from handlers.counting import closes_at
from handlers.finalcalls import settle
from handlers.notices import objection_moved
from handlers.saying import ask_for_status, tell_chair, tell_person

_HAS_OPENED = frozenset({*COUNTING, State.CLOSED, State.ANNOUNCED})


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did on a ballot, before it is judged.

    Attributes:
        position: None for a key or word that is no option.
        removes: the reaction that is taken back, None for anything else.
        words: the text that came with it, letter by letter.
        owner: who had reacted, when a reaction is removed.
        on_old_card: given on the card of an earlier version of the text.
        version: the version it is given for; None for the current one.
        is_contest: it contests that the last change was editorial.
    """

    door: Door
    source_id: EventId
    sender: UserId
    sent_at: Instant
    position: Position | None = None
    removes: EventId | None = None
    words: str = ""
    owner: UserId | None = None
    on_old_card: bool = False
    version: int | None = None
    is_contest: bool = False

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
        moved_an_objection = standings.keep_up(tx, row.ballot)
        if moved_an_objection and end_if_broken(tx, context, row.ballot):
            return act
        ask_for_status(tx, context, row.ballot)
        settle(tx, context, row.ballot)
        if moved_an_objection:
            objection_moved(tx, context, row.ballot)
            _tell_what_stays(tx, row.ballot, act)
        _tell_of_a_late_hold(tx, context, row, act)
    return act


def _tell_what_stays(tx: Tx, ballot: Ballot, act: Act) -> None:
    """Tell a member who lifted one of two objections that the other one stands."""
    about = standings.acts_about(tx.conn, ballot.id, act.person_ref)
    standing = standings_of(about, ballot.rule, tx.now).get(act.person_ref)
    every = () if standing is None else standing.objections
    if not any(one.is_open for one in every) or not any(one.lifted_by == act for one in every):
        return
    lifted, stays = "your objection to the text", "your contest of the change's label"
    if any(one.is_open and not one.is_contest for one in every):
        lifted, stays = stays, lifted
    text = f"On {ballot.label} {lifted} is lifted; {stays} stands. !withdraw lifts that, too."
    tell_person(tx, ballot, act.person_ref, reason=f"stays:{act.source_id}", text=text)


def _tell_of_a_late_hold(tx: Tx, context: Context, row: BallotRow, act: Act) -> None:
    """Tell the chair of a hold that lies beyond the close: nothing is extended by itself (2.10)."""
    ballot = row.ballot
    is_hold = act.position == Position.HOLD and act.verdict is Verdict.ACCEPTED
    # Under the other rules a hold stands in nobody's way.
    if not is_hold or ballot.rule.mode != "silence":
        return
    about = standings.acts_about(tx.conn, ballot.id, act.person_ref)
    standing = standings_of(about, ballot.rule, tx.now).get(act.person_ref)
    closes = closes_at(tx, ballot)
    if standing is None or (standing.hold_until or 0) <= closes:
        return
    if standing.position is Position.HOLD:
        text = (
            f"{ballot.roster.name_of(act.person_ref)} asks for more time on {ballot.label}, beyond "
            f"its close {show_instant(closes)}. Unless that is taken back, it is not adopted then. "
            f'You decide: give more time with !ballot extend {ballot.label} until="…" reason="…", '
            "or let it close."
        )
        tell_chair(tx, context, row, f"late-hold:{act.source_id}", text)


def _judged(tx: Tx, context: Context, ballot: Ballot, deed: Deed) -> Act:
    person = member_of(ballot.roster, deed.counted_for)
    # Where our clock was set back, what is done now was still done after what is recorded.
    received = max(tx.now, ballots.last_received(tx.conn, ballot.id))
    effective = effective_time(deed.sent_at, received)
    is_off = _takes_a_name_off(tx, ballot, deed)
    in_time = InTime.YES if is_off else _in_time(tx, ballot, effective)
    facts = _facts(tx, context, ballot, deed)
    verdict, reason = judge(replace(facts, on_roll=person is not None, in_time=in_time))
    return Act(
        ballot=ballot.id,
        received_at=received,
        effective_at=effective,
        claimed_at=deed.sent_at,
        door=deed.door,
        source_id=deed.source_id,
        person_ref=person or stranger_ref(context.instance.key, deed.counted_for),
        capacity=SELF,
        text_version=deed.version or ballot.text.version,
        position=REMOVED if deed.removes else (deed.position or ""),
        target=deed.removes,
        with_text=bool(deed.words.strip()),
        verdict=verdict,
        reason=reason,
        flags=_flags(
            (GRACE, in_time is InTime.GRACE),
            (REMOVED_BY_MODERATOR, deed.is_moderation),
            (CONTEST, deed.is_contest),
            (UNTIL_PUBLICATION, is_off),
        ),
        personal_hash="",
    )


def _facts(tx: Tx, context: Context, ballot: Ballot, deed: Deed) -> Facts:
    """Return what is known of a deed beside who did it and when."""
    return Facts(
        on_roll=False,
        in_time=InTime.LATE,
        recognised=_is_option(ballot, deed),
        ghost=context.namespace.owns_user(deed.counted_for),
        by_moderator=deed.is_moderation,
        door_open="matrix" in ballot.rule.doors,
        ballot_open=ballot.state in _HAS_OPENED,
        this_version=not deed.on_old_card or deed.removes is not None,
        register_open=ballot.state is not State.ANNOUNCED
        or (ballot.rule.mode == "signon" and _leaves(deed))
        or not _is_stopped(tx, ballot),
    )


def _is_option(ballot: Ballot, deed: Deed) -> bool:
    return deed.removes is not None or deed.position in positions_of(ballot.rule)


def _takes_a_name_off(tx: Tx, ballot: Ballot, deed: Deed) -> bool:
    """Say whether a name leaves a sign-on list between its close and its publication (2.6)."""
    is_closed = ballot.rule.mode == "signon" and ballot.state is State.CLOSED
    if not (is_closed and _leaves(deed)):
        return False
    return not any(post.kind == "result" for post in listposts.of_ballot(tx.conn, ballot.id))


def _leaves(deed: Deed) -> bool:
    return deed.removes is not None or deed.position is Position.WITHDRAW


def _is_stopped(tx: Tx, ballot: Ballot) -> bool:
    """Say whether the late register was closed."""
    return bool(rulings(standings.rulings_of(tx.conn, ballot.id), Ruling.STOP))


def member_of(roster: RosterSnapshot, user: UserId) -> PersonId | None:
    """Return who on the frozen roll has this very Matrix id."""
    return next((one.person for one in roster.everybody if user in one.matrix), None)


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


def _flags(*flags: tuple[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, is_set in flags if is_set)
