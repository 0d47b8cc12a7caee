"""What a ballot tells its list between call and result, and after it.

Objections are told at once, but at most one such mail leaves in half an hour: five that come
together are one mail, and so are a raised hand and the reason that follows. What a mail has told
is marked by the number of the ledger's last act; the next one is the difference.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.acts import GENESIS, Act
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.domain.counts import is_blocking
from bridge.domain.deadlines import show_duration, show_instant
from bridge.domain.digest import may_be_news, objection_news
from bridge.domain.phases import is_lifted_too_late
from bridge.domain.positions import Position
from bridge.domain.register import moved
from bridge.domain.tally import Tally, tally
from bridge.ids import Instant, digest
from bridge.mail.texts_notices import (
    CorrectionView,
    FinalCallView,
    LateView,
    NoticeView,
    correction_text,
    final_call_text,
    late_text,
    notice_text,
)
from bridge.store import ballots, listposts
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.told import (
    LATE,
    LATE_EVERY_MS,
    NOTICE_EVERY_MS,
    OBJECTIONS,
    Told,
    record_told,
    told_of,
)
from handlers.context import Context
from handlers.counting import closes_at, counts_now, tally_now
from handlers.listmails import mail_id
from handlers.posting import Draft, contact_of, page_url, post, room_alias
from handlers.saying import call_chair
from handlers.wording import worded

_ANSWERS = frozenset(Position) - {Position.WITHDRAW}


def objection_moved(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Tell the list of an objection that was raised or lifted, unless it was told just now."""
    if ballot.state in COUNTING:
        tell_objections(tx, context, ballot)
        _tell_of_a_late_lifting(tx, context, ballot)


def _tell_of_a_late_lifting(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Tell chair and objector that the lifting came too late for the hard stop (2.2)."""
    rule = ballot.rule
    if rule.hard_stop is None or not is_lifted_too_late(rule, counts_now(tx, ballot)):
        return
    counted = tally_now(tx, ballot, tx.now)
    lifted = [one for one in counted.objections if one.lifted_by is not None]
    last = max(lifted, key=lambda one: one.lifted_by.received_at if one.lifted_by else 0)
    text = (
        f"The last objection to {ballot.label} was lifted, but less than "
        f"{show_duration(rule.notice)} are left before its hard stop "
        f"{show_instant(rule.hard_stop)}, beyond which nothing is extended: others have no time "
        f"to answer that, so {ballot.label} adopts nothing any more. Chair: open a new ballot "
        f"with follows={ballot.label} once it is over, to ask again."
    )
    key = f"lifted-too-late:{counted.last_ended}"
    call_chair(tx, context, ballot, key, text, members=[last.raised_by.person_ref])


def tell_objections(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """Queue a notice of what is new about objections; False when nothing is, or it is too soon."""
    told = told_of(tx.conn, ballot.label, OBJECTIONS)
    if not may_be_news(ballot) or (told and tx.now < told.at + NOTICE_EVERY_MS):
        return False
    shown = _closing(tx, ballot)
    if tx.now >= shown.deadline.instant:
        # The result tells all of it.
        return False
    acts = ballots.acts_of(tx.conn, ballot.id)
    before = count_of(ballot, acts[: told.upto if told else 0], told.at if told else tx.now)
    counted = tally_now(tx, ballot, tx.now)
    changes = objection_news(before, counted)
    news = tuple(one for one in changes if is_blocking(one.objection, ballot.rule))
    if not news:
        if told is not None:
            record_told(tx, ballot.label, OBJECTIONS, Told(len(acts), told.at))
        return False
    listed = context.lists[ballot.list_id]
    view = NoticeView(
        ballot=shown,
        tally=counted,
        news=news,
        room=room_alias(context, listed),
        contact=contact_of(context, ballot),
        log_url=page_url(context, ballot),
        words=words_of(tx, ballot),
    )
    text = worded(tx, context, listed, lambda own: notice_text(view, templates=own))
    record_told(tx, ballot.label, OBJECTIONS, Told(len(acts), tx.now))
    draft = Draft("notice", *text, mail_id(context, ballot, "call"), shown.deadline.instant)
    return _queue(tx, context, ballot, draft, f"notice.{len(acts)}")


def queue_final_call(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """Queue the mail that begins the final call, once for deadline and text, and not after it."""
    name = f"final-call.{ballot.deadline.instant // 1000}"
    if ballot.card_version > 1:
        name += f".v{ballot.card_version}"
    is_queued = listposts.by_message_id(tx.conn, mail_id(context, ballot, name)) is not None
    if is_queued or tx.now >= ballot.deadline.instant:
        return False
    listed = context.lists[ballot.list_id]
    view = FinalCallView(
        ballot=ballot,
        tally=tally_now(tx, ballot, tx.now),
        room=room_alias(context, listed),
        contact=contact_of(context, ballot),
        log_url=page_url(context, ballot),
    )
    text = worded(tx, context, listed, lambda own: final_call_text(view, templates=own))
    draft = Draft("final-call", *text, mail_id(context, ballot, "call"), ballot.deadline.instant)
    return _queue(tx, context, ballot, draft, name)


def queue_correction(tx: Tx, context: Context, row: BallotRow, wrong: str, key: str) -> bool:
    """Queue the correction of a published result, below it.

    Args:
        tx: the transaction.
        context: who we are.
        row: an announced ballot.
        wrong: what was wrong, in the chair's words.
        key: the id of what asked for it; the same key corrects once.
    """
    ballot = row.ballot
    assert ballot.closed_at is not None, f"{ballot.label} has no result to correct"
    view = CorrectionView(
        ballot=ballot,
        tally=tally_now(tx, ballot, ballot.closed_at),
        wrong=wrong,
        contact=contact_of(context, ballot),
        head=None if row.head == GENESIS else row.head,
    )
    listed = context.lists[ballot.list_id]
    text = worded(tx, context, listed, lambda own: correction_text(view, templates=own))
    draft = Draft("correction", *text, mail_id(context, ballot, "result"))
    return _queue(tx, context, ballot, draft, f"correction.{digest(key)[:12]}")


def tell_late(tx: Tx, context: Context, ballot: Ballot) -> bool:
    """Queue an update of the late register when somebody answered since; at most one a week."""
    told = told_of(tx.conn, ballot.label, LATE)
    is_over = ballot.state is State.ANNOUNCED and ballot.closed_at is not None
    if not is_over or told is None or tx.now < told.at + LATE_EVERY_MS:
        return False
    assert ballot.closed_at is not None
    counted = tally_now(tx, ballot, ballot.closed_at)
    late, withdrawn = _late(tx, ballot, counted, told.upto)
    upto = counted.came_in.rows
    record_told(tx, ballot.label, LATE, Told(upto, tx.now if late or withdrawn else told.at))
    if not (late or withdrawn):
        return False
    view = LateView(
        ballot=ballot,
        tally=counted,
        late=late,
        withdrawn=withdrawn,
        words=words_of(tx, ballot),
        contact=contact_of(context, ballot),
    )
    listed = context.lists[ballot.list_id]
    text = worded(tx, context, listed, lambda own: late_text(view, templates=own))
    draft = Draft("late-register", *text, mail_id(context, ballot, "result"))
    return _queue(tx, context, ballot, draft, f"late-register.{upto}")


def _late(
    tx: Tx, ballot: Ballot, counted: Tally, upto: int
) -> tuple[tuple[Act, ...], tuple[Act, ...]]:
    """Return the late answers that are new, and those that took a name off a sign-on list."""
    if ballot.rule.mode == "signon":
        news = moved(ballots.acts_of(tx.conn, ballot.id), ballot.rule, upto=upto)
        return news.signed, news.withdrawn
    late = (act for act in counted.late if act.seq > upto and act.position in _ANSWERS)
    return tuple(late), ()


def count_of(ballot: Ballot, acts: list[Act], at: Instant) -> Tally:
    """Count a part of a ballot's ledger."""
    return tally(acts, roster=ballot.roster, rule=ballot.rule, proposer=ballot.proposer, at=at)


def words_of(tx: Tx, ballot: Ballot) -> dict[int, str]:
    """Return the words that came with each act, by its seq; erased ones are missing."""
    personal = ballots.personal_of(tx.conn, ballot.id)
    return {seq: str(part.get("words", "")) for seq, part in personal.items()}


def _closing(tx: Tx, ballot: Ballot) -> Ballot:
    """Return the ballot with the deadline it will have: a lifted objection may prolong it."""
    return replace(ballot, deadline=replace(ballot.deadline, instant=closes_at(tx, ballot)))


def _queue(tx: Tx, context: Context, ballot: Ballot, draft: Draft, name: str) -> bool:
    listed = context.lists[ballot.list_id]
    return post(tx, context, listed, draft, (mail_id(context, ballot, name), ballot.id))
