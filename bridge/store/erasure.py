"""Erase a person from what the ballots keep: names, ids and words go; what was counted stays.

The chain needs none of it: an act holds the salted hash of its personal part, a roll's hash covers
slugs. Beside ledger and rolls, a name stands in copies that nothing needs any more once they were
handled or sent: events in the inbox, letters in the outbox, commands, answers, previews.

Not touched: what the list's posts left here (the mirror), what others wrote, and the slug.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any, Final

from sqlalchemy import Connection, delete, func, or_, select, update

from bridge.ids import BallotId, Instant, PersonId, UserId
from bridge.store import ballots
from bridge.store.database import ERASED, Tx
from bridge.store.octets import octets_at
from bridge.store.once import insert_once
from bridge.store.schema import (
    act_personal,
    acts,
    command_answers,
    erasures,
    inbox,
    list_posts,
    outbox,
    proposals,
    reactions,
)

_SAID: Final = ("say", "mail")
"""Kinds of letters that hold words of ours about ballots; a post of the list is not one."""
_NOTHING: Final = "{}"
_ANSWERED_MS: Final = 60_000
"""Nobody waits longer for the answer to a command."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom to look for: a slug, with every name and Matrix id that stands for it."""

    person: PersonId
    names: frozenset[str]
    matrix: frozenset[UserId]


@dataclass(frozen=True, slots=True)
class Erased:
    """How much of somebody was erased.

    Attributes:
        entries: of ledgers, that lost their personal part, by ballot; the words of a withdrawal,
            which no ledger holds, are one, too.
        rolls: the ballots whose roll lost a name.
        reactions: that were kept with who gave them.
        events: kept as they came from the homeserver.
    """

    entries: Mapping[BallotId, int]
    rolls: tuple[BallotId, ...]
    reactions: int
    events: int

    @property
    def is_nothing(self) -> bool:
        """Tell whether there was nothing of this person, or no more."""
        return not (self.entries or self.rolls or self.reactions or self.events)


def identity_in(conn: Connection, person: str) -> Identity | None:
    """Return whom a slug stands for by the rolls and ledgers, None when none of them has it."""
    found = [
        one
        for row in ballots.every_ballot(conn)
        for one in row.ballot.roster.everybody
        if one.person == person
    ]
    has_acted = conn.scalar(select(acts.c.id).where(acts.c.person_ref == person).limit(1))
    if not found and has_acted is None:
        return None
    names = frozenset(one.name for one in found if one.name)
    return Identity(PersonId(person), names, frozenset(id_ for one in found for id_ in one.matrix))


def erase(tx: Tx, whose: Identity, is_ours: Callable[[str], bool]) -> Erased:
    """Erase somebody from everything that ballots keep; a second time there is nothing to do.

    Args:
        tx: the transaction: all of it or nothing.
        whose: whom.
        is_ours: tells the bot and the ghosts from people; what they said is let go of with it.
    """
    entries = _erase_words(tx, whose)
    rolls = _erase_names(tx, whose, entries)
    theirs = reactions.c.sender.in_(list(whose.matrix))
    gone = tx.conn.execute(delete(reactions).where(theirs))
    found = Erased(entries, rolls, gone.rowcount, _erase_events(tx, whose, is_ours))
    if not found.is_nothing:
        _erase_copies(tx, whose)
        tx.wakes.update(("pages", ERASED))
    return found


def record_erasure(tx: Tx, key: str, by_whom: str, found: Erased) -> None:
    """Write down that an erasure happened, when, by whom and how much; never of whom."""
    values = {
        "key": key,
        "at": tx.now,
        "by_whom": by_whom,
        "entries": sum(found.entries.values()),
        "rolls": len(found.rolls),
        "reactions": found.reactions,
        "events": found.events,
    }
    insert_once(tx.conn, erasures, values)


def forget_command(tx: Tx, key: str) -> None:
    """Forget what a command said: the one that asks for an erasure names whom."""
    tx.conn.execute(
        update(inbox).where(inbox.c.kind == "command", inbox.c.key == key).values(meta=_NOTHING)
    )


def unsent_about(conn: Connection, whose: Identity) -> int:
    """Return how many messages and mails that name somebody are on their way."""
    rows = conn.execute(
        select(outbox.c.kind, outbox.c.payload).where(
            outbox.c.kind.in_(_SAID), outbox.c.state.in_(("pending", "sending", "unknown"))
        )
    )
    return sum(_speaks_of(row.kind, row.payload, whose) for row in rows)


def _erase_words(tx: Tx, whose: Identity) -> dict[BallotId, int]:
    """Drop the personal part of every act of theirs, or done by them as a moderator."""
    personal = act_personal.c.personal
    is_theirs = acts.c.person_ref == whose.person
    # LIKE knows no capital letters; the ids are compared to the letter below.
    names_them = [personal.contains(json.dumps(user), autoescape=True) for user in whose.matrix]
    rows = tx.conn.execute(
        select(acts.c.id, acts.c.ballot, is_theirs.label("is_theirs"), personal)
        .join(act_personal, act_personal.c.act == acts.c.id)
        .where(or_(is_theirs, *names_them))
    ).all()
    found = [row for row in rows if row.is_theirs or _is_by(json.loads(row.personal), whose)]
    for row in found:
        tx.conn.execute(delete(act_personal).where(act_personal.c.act == row.id))
    withdrawals = (
        row.ballot.id
        for row in ballots.every_ballot(tx.conn)
        if (ending := row.ballot.ending) and ending.reason and ending.by == whose.person
    )
    return dict(Counter([*(BallotId(row.ballot) for row in found), *withdrawals]))


def _is_by(personal: Mapping[str, Any], whose: Identity) -> bool:
    return not whose.matrix.isdisjoint({personal.get("matrix"), personal.get("owner")})


def _erase_names(tx: Tx, whose: Identity, touched: Iterable[BallotId]) -> tuple[BallotId, ...]:
    """Take name, ids and zone out of the rolls; mark what changed, so that pages follow."""
    also, rolls = frozenset(touched), []
    for row in ballots.every_ballot(tx.conn):
        ballot = row.ballot
        has_name = any(
            one.person == whose.person and not one.is_erased for one in ballot.roster.everybody
        )
        if has_name:
            rolls.append(ballot.id)
        if has_name or ballot.id in also:
            without = ballot.roster.without(whose.person) if has_name else ballot.roster
            ending = ballot.ending
            if ending is not None and ending.by == whose.person:
                ending = replace(ending, reason="")
            erased = replace(ballot, roster=without, erasures=ballot.erasures + 1, ending=ending)
            ballots.update_ballot(tx, erased)
    return tuple(sorted(rolls))


def _erase_events(tx: Tx, whose: Identity, is_ours: Callable[[str], bool]) -> int:
    """Let go of handled events that are theirs, or name them."""
    needles = [json.dumps(one)[1:-1].encode("ascii") for one in (*whose.matrix, *whose.names)]
    if not needles:
        return 0
    rows = tx.conn.execute(
        select(inbox.c.id, inbox.c.state, inbox.c.raw).where(
            inbox.c.kind == "matrix",
            inbox.c.state != "new",
            or_(*(octets_at(inbox.c.raw, needle) > 0 for needle in needles)),
        )
    ).all()
    # Somebody else's event that meant nothing may be handled again: it must stay whole.
    found = [
        row.id
        for row in rows
        if row.state == "done"
        or (sender := _sender(row.raw)) in whose.matrix
        or (sender is not None and is_ours(sender))
    ]
    for item in found:
        values = {"raw": b"", "state": "done", "reason": None}
        tx.conn.execute(update(inbox).where(inbox.c.id == item).values(values))
    return len(found)


def _sender(raw: bytes) -> str | None:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    sender = event.get("sender") if isinstance(event, dict) else None
    return sender if isinstance(sender, str) else None


def _erase_copies(tx: Tx, whose: Identity) -> None:
    """Let go of what is only kept because nobody has thrown it away."""
    _erase_letters(tx, whose)
    ours = select(list_posts.c.message_id)
    tx.conn.execute(
        update(inbox)
        .where(
            inbox.c.kind == "mail",
            inbox.c.state.in_(("done", "suppressed", "held")),
            inbox.c.about.in_(ours),
            func.length(inbox.c.raw) > 0,
        )
        .values(raw=b"")
    )
    is_command = (inbox.c.kind == "command", inbox.c.state != "new", inbox.c.meta != _NOTHING)
    tx.conn.execute(update(inbox).where(*is_command).values(meta=_NOTHING))
    before = Instant(tx.now - _ANSWERED_MS)
    tx.conn.execute(delete(command_answers).where(command_answers.c.at < before))
    _erase_proposals(tx, whose)


def _erase_proposals(tx: Tx, whose: Identity) -> None:
    """Let go of what was confirmed; what names them or is theirs must be asked for again."""
    names_them = (
        proposals.c.arguments.contains(json.dumps(one)[1:-1], autoescape=True)
        for one in (*whose.names, *whose.matrix)
    )
    is_theirs = proposals.c.chair == whose.person
    tx.conn.execute(
        update(proposals)
        .where(or_(proposals.c.settled_at.is_not(None), is_theirs, *names_them))
        .values(arguments=_NOTHING, settled_at=func.coalesce(proposals.c.settled_at, tx.now))
    )


def _erase_letters(tx: Tx, whose: Identity) -> None:
    """Empty what has left, and what never will; where it stands now is known by its remote id."""
    is_said = (outbox.c.kind.in_(_SAID), outbox.c.payload != _NOTHING)
    tx.conn.execute(
        update(outbox)
        .where(*is_said, outbox.c.state.in_(("sent", "expired")))
        .values(payload=_NOTHING, reason=None)
    )
    set_aside = tx.conn.execute(
        select(outbox.c.id, outbox.c.kind, outbox.c.payload).where(
            *is_said, outbox.c.state == "shunted"
        )
    ).all()
    gone = {"state": "expired", "payload": _NOTHING, "reason": "it named somebody who was erased"}
    for row in set_aside:
        if _speaks_of(row.kind, row.payload, whose):
            tx.conn.execute(update(outbox).where(outbox.c.id == row.id).values(gone))
    for user in whose.matrix:
        named = select(outbox.c.id).where(outbox.c.key.contains(user, autoescape=True))
        for item in tx.conn.scalars(named).all():
            values = {"key": f"erased:{item}"}
            tx.conn.execute(update(outbox).where(outbox.c.id == item).values(values))


def _speaks_of(kind: str, payload: str, whose: Identity) -> bool:
    """Say whether a letter names somebody; what a mail says is looked for decoded."""
    told = [payload]
    if kind == "mail":
        mail = message_from_bytes(json.loads(payload)["raw"].encode())
        body = mail.get_payload(decode=True)
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
        told = [str(make_header(decode_header(mail["Subject"] or ""))), " ".join(text.split())]
    names = {json.dumps(name, ensure_ascii=False)[1:-1] for name in whose.names}
    wanted = (*names, *whose.names, *whose.matrix)
    return any(" ".join(one.split()) in text for one in wanted for text in told)
