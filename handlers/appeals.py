"""A member appeals what the chair declared, others sign the same: told in the room, then mailed.

Each appeal is an act of the ledger; when as many as the rule asks for have appealed, list and
chair are told, once. What becomes of it is for people to decide: the result is never changed.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import SELF, Act, Door, InTime, Reason, Verdict, effective_time, is_in_time
from bridge.domain.appeals import APPEAL, appeal_until, appeals
from bridge.domain.ballots import Ballot, State
from bridge.domain.deadlines import show_duration, show_instant
from bridge.errors import UserError
from bridge.ids import Instant, PersonId
from bridge.mail.texts_appeal import AppealView, appeal_text
from bridge.matrix.facts import MessageSeen
from bridge.store import ballots, listposts
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.context import Context
from handlers.counting import tally_now
from handlers.listmails import mail_id
from handlers.notices import words_of
from handlers.posting import Draft, contact_of, post
from handlers.saying import ask_for_status, call_chair, tell_room
from handlers.wording import worded

FORM: Final = "!appeal and why"


def appeal(event: MessageSeen, words: str, row: BallotRow, tx: Tx, context: Context) -> str:
    """Enter an appeal; return the answer.

    Raises:
        UserError: it cannot be appealed, not by this person, or not any more; says why.
    """
    ballot = row.ballot
    known = ballots.act_by_source(tx.conn, Door.CHAT, event.event_id)
    if known is not None:
        return _answer(tx, ballot)
    person = next((p.person for p in ballot.roster.everybody if event.sender in p.matrix), None)
    if person is None:
        raise UserError(f"Only members on the roll of {ballot.label} can appeal.")
    effective = effective_time(event.ts, tx.now)
    _must_be_in_time(tx, ballot, effective)
    if not words.strip():
        raise UserError(f"Why? Write {FORM}; it is shown to everybody.")
    before = appeals(ballots.acts_of(tx.conn, ballot.id))
    if person in {act.person_ref for act in before}:
        raise UserError(f"You have appealed {ballot.label} already.")
    act = _act(tx, ballot, event, effective, person)
    ballots.append_act(tx, act, {"matrix": event.sender, "words": words, "owner": None})
    name, said = ballot.roster.name_of(person), " ".join(words.split())
    text = f"{name} appeals what the chair declared on {ballot.label}: {said} {_answer(tx, ballot)}"
    tell_room(tx, ballot, f"appeal:{event.event_id}", text)
    ask_for_status(tx, context, ballot)
    if len(before) + 1 == ballot.rule.cosigners:
        _tell_list_and_chair(tx, context, ballot)
    return f"Your appeal of {ballot.label} is recorded. {_answer(tx, ballot)}"


def appealable(tx: Tx, row: BallotRow) -> bool:
    """Say whether members may appeal a ballot now."""
    until = _until(tx, row.ballot)
    return until is not None and tx.now <= until


def _until(tx: Tx, ballot: Ballot) -> Instant | None:
    if ballot.state is not State.ANNOUNCED or ballot.closed_at is None:
        return None
    posted = listposts.of_ballot(tx.conn, ballot.id)
    seen = next((one.seen_at for one in posted if one.kind == "result"), None)
    counted = tally_now(tx, ballot, ballot.closed_at)
    return None if seen is None else appeal_until(ballot.rule, counted, seen)


def _must_be_in_time(tx: Tx, ballot: Ballot, effective: Instant) -> None:
    until = _until(tx, ballot)
    if until is None:
        raise UserError(
            f"{ballot.label} cannot be appealed now: only what a chair declared by rough "
            "consensus can, once its result is on the list."
        )
    grace = ballot.rule.grace_chat
    if is_in_time(effective, tx.now, deadline=until, grace=grace) is InTime.LATE:
        raise UserError(
            f"It is too late to appeal {ballot.label}: the {show_duration(ballot.rule.appeal)} "
            f"after its result reached the list ended {show_instant(until)}. A new ballot can "
            "still be asked for."
        )


def _answer(tx: Tx, ballot: Ballot) -> str:
    made, needed = len(appeals(ballots.acts_of(tx.conn, ballot.id))), ballot.rule.cosigners
    if made >= needed:
        return f"{made} members have appealed; {needed} were needed, so list and chair are told."
    until = _until(tx, ballot)
    by = f" until {show_instant(until)}" if until is not None else ""
    return f"{made} of the {needed} members needed have appealed; others can sign it{by}: {FORM}."


def _act(tx: Tx, ballot: Ballot, event: MessageSeen, effective: Instant, person: PersonId) -> Act:
    return Act(
        ballot=ballot.id,
        received_at=tx.now,
        effective_at=effective,
        claimed_at=event.ts,
        door=Door.CHAT,
        source_id=event.event_id,
        person_ref=person,
        capacity=SELF,
        text_version=ballot.text.version,
        position=APPEAL,
        target=None,
        with_text=True,
        # After the close, like whatever the late register holds: never in the result.
        verdict=Verdict.LATE,
        reason=Reason.AFTER_THE_DEADLINE,
        flags=(),
        personal_hash="",
    )


def _tell_list_and_chair(tx: Tx, context: Context, ballot: Ballot) -> None:
    assert ballot.closed_at is not None
    view = AppealView(
        ballot=ballot,
        tally=tally_now(tx, ballot, ballot.closed_at),
        appeals=appeals(ballots.acts_of(tx.conn, ballot.id)),
        words=words_of(tx, ballot),
        contact=contact_of(context, ballot),
    )
    listed = context.lists[ballot.list_id]
    text = worded(tx, context, listed, lambda own: appeal_text(view, templates=own))
    draft = Draft("appeal", *text, mail_id(context, ballot, "result"))
    post(tx, context, listed, draft, (mail_id(context, ballot, "appeal"), ballot.id))
    told = (
        f"Chair: {len(view.appeals)} members appeal what you declared on {ballot.label}; the list "
        "is told now. The result stands until people decide otherwise."
    )
    call_chair(tx, context, ballot, "appealed", told)
