"""The digest: once a day and only when something changed, how ballots stand and a room was used.

What is new is the difference to the last digest, ballot by ballot, by the number of the last act
it knew; of the room, by the number of the last message. No word of chat is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bridge.config import ListConfig
from bridge.domain.acts import GENESIS
from bridge.domain.ballots import COUNTING, State
from bridge.domain.digest import changes, due_day
from bridge.events import DONE, DigestDue, Outcome
from bridge.ids import EventId, Instant, ListId, MessageId
from bridge.mail.subjects import thread_subject
from bridge.mail.texts_digest import (
    MOST_BALLOTS,
    DigestBallot,
    DigestView,
    ThreadSaid,
    digest_text,
    reactions_named,
)
from bridge.matrix.relations import permalink
from bridge.store import ballots, chat, mirror, rooms
from bridge.store.ballots import BallotRow
from bridge.store.chat import Felt, Said
from bridge.store.database import Tx
from bridge.store.told import DIGEST, Told, record_told, told_of
from handlers.context import Context
from handlers.counting import tally_now
from handlers.listmails import mail_id
from handlers.notices import count_of, words_of
from handlers.posting import (
    NO_BALLOT,
    Draft,
    contact_of,
    derived_id,
    page_url,
    post,
    room_alias,
)
from handlers.wording import worded

DAY_MS = 86_400_000
COMMENTS = "digest_comments"
"""That a digest has shown a text which is up for comments."""
ELSEWHERE = "elsewhere in the room"


def digest_due(event: DigestDue, tx: Tx, context: Context) -> Outcome:
    """Mail a list's digest, if something changed since the last one and its day is not over."""
    listed = context.lists.get(event.list_id)
    if listed is None or listed.digest is None:
        return Outcome("suppressed", "the list has no digest any more")
    if due_day(listed.digest.at, ZoneInfo(listed.digest.zone), tx.now) != event.day:
        return Outcome("suppressed", "its day is over; the next one tells all of it")
    told = told_of(tx.conn, listed.id, DIGEST) or Told(0, Instant(tx.now - DAY_MS))
    view = _view(tx, context, listed, told)
    moved = not all(_has_no_news(one) for one in view.ballots)
    shown = any(told_of(tx.conn, one.label, COMMENTS) is None for one in view.commented)
    if not (view.threads or moved or shown):
        return Outcome("suppressed", "nothing changed since the last one")
    text = worded(tx, context, listed, lambda own: digest_text(view, templates=own))
    only = view.ballots[0].ballot if len(view.ballots) == 1 else None
    parent = mail_id(context, only, "call") if only is not None else None
    draft = Draft("digest", *text, parent, Instant(tx.now + DAY_MS))
    named = derived_id(context, f"digest:{listed.id}:{event.day}", f"digest.{event.day}")
    post(tx, context, listed, draft, (named, only.id if only is not None else NO_BALLOT))
    _mark(tx, listed.id, view)
    return DONE


def _mark(tx: Tx, list_id: ListId, view: DigestView) -> None:
    told = told_of(tx.conn, list_id, DIGEST)
    upto = max(chat.newest(tx.conn, list_id), told.upto if told else 0)
    record_told(tx, list_id, DIGEST, Told(upto, tx.now))
    chat.forget_told(tx, list_id, tx.now)
    # Of what found no room nothing was told: its news comes first in the next one.
    for one in view.ballots[:MOST_BALLOTS]:
        acts = one.tally.came_in.rows
        record_told(tx, one.ballot.label, DIGEST, Told(acts, tx.now))
    for ballot in view.commented:
        record_told(tx, ballot.label, COMMENTS, Told(0, tx.now))


def _view(tx: Tx, context: Context, listed: ListConfig, told: Told) -> DigestView:
    rows = [
        row
        for row in ballots.in_states(tx.conn, tuple(COUNTING))
        if row.ballot.list_id == listed.id
    ]
    said = chat.said_since(tx.conn, listed.id, told.upto)
    commented = ballots.in_states(tx.conn, (State.COMMENT,))
    return DigestView(
        title=listed.title,
        since=told.at,
        ballots=tuple(sorted((_ballot(tx, context, row) for row in rows), key=_has_no_news)),
        threads=tuple(_threads(tx, listed, said, told.at)),
        messages=sum(one.messages for one in said),
        people=chat.people_since(tx.conn, listed.id, told.upto),
        room=room_alias(context, listed),
        archive_url=listed.archive_url,
        commented=tuple(one.ballot for one in commented if one.ballot.list_id == listed.id),
    )


def _has_no_news(one: DigestBallot) -> bool:
    return not (one.is_new or one.changes)


def _ballot(tx: Tx, context: Context, row: BallotRow) -> DigestBallot:
    ballot = row.ballot
    told = told_of(tx.conn, ballot.label, DIGEST)
    known = told or Told(0, ballot.opened_at or tx.now)
    acts = ballots.acts_of(tx.conn, ballot.id)
    counted = tally_now(tx, ballot, tx.now)
    return DigestBallot(
        ballot=ballot,
        tally=counted,
        changes=changes(count_of(ballot, acts[: known.upto], known.at), counted),
        since=known.at,
        is_new=told is None,
        contact=contact_of(context, ballot),
        head=None if row.head == GENESIS else row.head,
        log_url=page_url(context, ballot),
        words=words_of(tx, ballot),
    )


def _threads(tx: Tx, listed: ListConfig, said: list[Said], since: Instant) -> list[ThreadSaid]:
    """Return what was said and felt, thread by thread; where somebody spoke comes first."""
    felt: dict[MessageId, list[Felt]] = {}
    for one in chat.reactions_to_posts(tx.conn, listed.id, since, tx.now):
        felt.setdefault(one.head, []).append(one)
    spoken = [_thread(tx, listed, one, felt.pop(one.head, []) if one.head else []) for one in said]
    silent = [_thread(tx, listed, Said(head, None, 0, 0), signs) for head, signs in felt.items()]
    return spoken + silent


def _thread(tx: Tx, listed: ListConfig, said: Said, felt: list[Felt]) -> ThreadSaid:
    return ThreadSaid(
        _title(tx, listed, said),
        said.messages,
        said.people,
        reactions_named((one.key, one.number) for one in felt),
        _link(tx, listed, said),
        _by_post(felt),
    )


def _by_post(felt: list[Felt]) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """Return whose posts were reacted to and how, the most first; none where it was the head."""
    signs: dict[MessageId, list[Felt]] = {}
    for one in felt:
        signs.setdefault(one.post, []).append(one)
    if all(one.post == one.head for one in felt):
        return ()
    ranked = sorted(signs.values(), key=lambda each: -sum(one.number for one in each))
    return tuple(
        (each[0].author, reactions_named((one.key, one.number) for one in each)) for each in ranked
    )


def _link(tx: Tx, listed: ListConfig, said: Said) -> str | None:
    """Return where a thread opens: at its card or text, or at its first post."""
    event: EventId | None = None
    if said.ballot is not None:
        shown = rooms.ballot_event(tx.conn, said.ballot, "card")
        shown = shown or rooms.ballot_event(tx.conn, said.ballot, "comments")
        event = shown.event_id if shown is not None else None
    elif said.head is not None:
        head = mirror.post_by_id(tx.conn, listed.id, said.head)
        event = head.event_id if head is not None else None
    room = rooms.room_of(tx.conn, listed.id)
    return permalink(room.room_id, event) if room is not None and event is not None else None


def _title(tx: Tx, listed: ListConfig, said: Said) -> str:
    """Return what a thread is called: by its ballot, or by its first post's subject."""
    if said.ballot is not None:
        row = ballots.ballot_by_id(tx.conn, said.ballot)
        return f"{row.ballot.label} {row.ballot.title}" if row is not None else ELSEWHERE
    if said.head is None:
        return ELSEWHERE
    found = mirror.post_by_id(tx.conn, listed.id, said.head)
    tags = (listed.subject_tag.strip("[] "),) if listed.subject_tag else ()
    return (thread_subject(found.subject, tags) if found else "") or "(no subject)"
