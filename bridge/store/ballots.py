"""Ballots as they stand, and their ledgers.

A ballot's row is its snapshot (what was frozen at opening) and the head of its hash chain.
Acts are only ever appended; nothing else is updated in place.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from bridge.domain.acts import GENESIS, Act, Door, Verdict, chain, personal_hash
from bridge.domain.ballots import COUNTING, Ballot, Ending, Outcome, State, StatementText
from bridge.domain.deadlines import Deadline
from bridge.domain.roster import RosterSnapshot
from bridge.domain.rules import Rule
from bridge.ids import BallotId, EventId, Instant, ListId, digest
from bridge.store.database import Tx
from bridge.store.mirror import post_by_id
from bridge.store.schema import act_personal, acts, ballots, instance, stored_name, stored_text

GIVEN_UP_AFTER_MS = 90 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class BallotRow:
    """A ballot with what the store keeps beside it.

    Attributes:
        head: hash of the ledger's last act, or GENESIS.
        command_event: the chat message that asked for it, None from the command line.
        swept_at: when the last clean sweep of its card began.
    """

    ballot: Ballot
    head: str
    command_event: EventId | None
    swept_at: Instant | None


@dataclass(frozen=True, slots=True)
class Personal:
    """The personal part of an act with the salt it was hashed with; both go when it is erased."""

    salt: str
    personal: Mapping[str, Any]


def next_id(tx: Tx) -> BallotId:
    """Return the number the next ballot will have; nobody else draws one before we commit."""
    least = tx.conn.scalar(select(instance.c.ballots_from).with_for_update()) or 1
    return BallotId(max(least, (tx.conn.scalar(select(func.max(ballots.c.id))) or 0) + 1))


def record_ballot(tx: Tx, ballot: Ballot, command_event: EventId | None) -> None:
    """Write a new ballot down."""
    tx.conn.execute(
        insert(ballots).values(
            id=ballot.id,
            key=ballot.key,
            command_event=command_event,
            head=GENESIS,
            **_columns(ballot),
        )
    )


def update_ballot(tx: Tx, ballot: Ballot) -> None:
    """Write down that a ballot moved on."""
    tx.conn.execute(update(ballots).where(ballots.c.id == ballot.id).values(**_columns(ballot)))


def record_swept(tx: Tx, ballot: BallotId, started_at: Instant) -> None:
    """Remember the last clean sweep of a ballot's card."""
    tx.conn.execute(update(ballots).where(ballots.c.id == ballot).values(swept_at=started_at))


def look_again(tx: Tx, ballot: BallotId, at: Instant | None) -> None:
    """Write down when the card of a ballot that is over is read again, None for never."""
    tx.conn.execute(update(ballots).where(ballots.c.id == ballot).values(look_at=at))


def to_look_at(conn: Connection, now: Instant) -> list[BallotRow]:
    """Return the ballots that are over and whose card is to be read again by now.

    One that could not be read all that time is given up.
    """
    due, lately = ballots.c.look_at <= now, ballots.c.deadline > now - GIVEN_UP_AFTER_MS
    rows = conn.execute(select(ballots).where(due, lately).order_by(ballots.c.id))
    return [_ballot_row(row._mapping) for row in rows]


def sweep_again(tx: Tx) -> None:
    """Have every card that still matters read at once: while we were away, anything happened."""
    states = [state.value for state in COUNTING]
    tx.conn.execute(update(ballots).where(ballots.c.state.in_(states)).values(swept_at=None))
    tx.conn.execute(update(ballots).where(ballots.c.look_at > 0).values(look_at=0))
    tx.wakes.add("sweep")


def ballot_by_id(conn: Connection, ballot: BallotId) -> BallotRow | None:
    """Return one ballot."""
    row = conn.execute(select(ballots).where(ballots.c.id == ballot)).first()
    return _ballot_row(row._mapping) if row else None


def ballot_named(conn: Connection, written: str) -> BallotRow | None:
    """Return the ballot a person wrote as ``b/42`` or ``42``; None when there is none."""
    number = written.removeprefix("b/")
    # More digits than that are no number of ours, and no integer the database takes.
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return ballot_by_id(conn, BallotId(int(number))) if is_number else None


def ballot_by_key(conn: Connection, key: str) -> BallotRow | None:
    """Return the ballot that a command made, None when it made none."""
    row = conn.execute(select(ballots).where(ballots.c.key == key)).first()
    return _ballot_row(row._mapping) if row else None


def in_states(conn: Connection, states: Sequence[State]) -> list[BallotRow]:
    """Return the ballots in some states, the earliest deadline first."""
    rows = conn.execute(
        select(ballots)
        .where(ballots.c.state.in_([state.value for state in states]))
        .order_by(ballots.c.deadline, ballots.c.id)
    )
    return [_ballot_row(row._mapping) for row in rows]


def every_ballot(conn: Connection) -> list[BallotRow]:
    """Return all ballots, newest first."""
    rows = conn.execute(select(ballots).order_by(ballots.c.id.desc()))
    return [_ballot_row(row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class BallotStamp:
    """What tells whether anything about a ballot changed; cheap to read for all of them.

    Attributes:
        was_shown: it is, or was before it ended, more than a draft.
        digest: differs when the state, the head of the ledger or what is frozen does.
    """

    id: BallotId
    list_id: ListId
    state: State
    was_shown: bool
    digest: str


def stamps(conn: Connection) -> list[BallotStamp]:
    """Return all ballots' stamps, by number."""
    wanted = (ballots.c.id, ballots.c.list_id, ballots.c.state, ballots.c.head, ballots.c.snapshot)
    return [
        BallotStamp(
            id=BallotId(row.id),
            list_id=ListId(row.list_id),
            state=State(row.state),
            was_shown=_was_shown(State(row.state), json.loads(row.snapshot)),
            digest=digest(row.state, row.head, row.snapshot),
        )
        for row in conn.execute(select(*wanted).order_by(ballots.c.id))
    ]


def _was_shown(state: State, kept: Mapping[str, Any]) -> bool:
    """Say whether more of a ballot than a draft was ever seen; an old row holds no ending."""
    if state not in {State.WITHDRAWN, State.SUPERSEDED}:
        return state is not State.DRAFT
    ending = _ending(kept.get("ending"))
    if ending is not None:
        return ending.was is not State.DRAFT
    return kept["opened_at"] is not None or kept.get("comments_until") is not None


def posts_in_use(conn: Connection) -> list[int]:
    """Return the inbox ids of the posts whose ballots are not over: their raw mail is kept."""
    over = (State.ANNOUNCED, State.WITHDRAWN, State.SUPERSEDED)
    going_on = in_states(conn, [state for state in State if state not in over])
    found = (post_by_id(conn, row.ballot.list_id, row.ballot.message_id) for row in going_on)
    return [post.inbox_id for post in found if post is not None]


def append_act(tx: Tx, draft: Act, personal: Mapping[str, Any]) -> Act | None:
    """Append an act to its ballot's chain; None when the same source is in the ledger already.

    The salt is random, for an erased person must stay erased even to those who know every key of
    ours; a second run finds the first one's row and draws none.
    """
    draft = _storable(draft)
    known = tx.conn.scalar(
        select(acts.c.id).where(acts.c.door == draft.door, acts.c.source_id == draft.source_id)
    )
    if known is not None:
        return None
    # The row lock (the writer thread on SQLite) makes reading and moving the head one step.
    place = tx.conn.execute(
        select(ballots.c.seq, ballots.c.head).where(ballots.c.id == draft.ballot).with_for_update()
    ).one()
    salt = secrets.token_hex(16)
    salted = replace(draft, personal_hash=personal_hash(salt, personal))
    act = chain(salted, seq=place.seq + 1, prev_hash=place.head)
    result = tx.conn.execute(insert(acts).values(**_act_columns(act)))
    assert result.inserted_primary_key is not None
    tx.conn.execute(
        insert(act_personal).values(
            act=result.inserted_primary_key[0],
            salt=salt,
            # ASCII: what was hashed comes back to the letter, whatever letters a database refuses.
            personal=json.dumps(personal, sort_keys=True),
        )
    )
    tx.conn.execute(
        update(ballots).where(ballots.c.id == act.ballot).values(seq=act.seq, head=act.hash)
    )
    return act


def _storable(draft: Act) -> Act:
    """Return the act as it will be read back: what is hashed must be what is kept."""
    kept: dict[str, Any] = {
        name: stored(getattr(draft, name))
        for name, stored in (
            ("source_id", stored_name),
            ("person_ref", stored_name),
            ("target", stored_name),
            ("capacity", stored_text),
            ("position", stored_text),
            ("reason", stored_text),
        )
    }
    return replace(draft, **kept)


def acts_of(conn: Connection, ballot: BallotId, *which: ColumnElement[bool]) -> list[Act]:
    """Return a ballot's acts, or some of them, in the order of the chain."""
    # Asked for that order, SQLite walks through the whole chain to have it.
    rows = conn.execute(select(acts).where(acts.c.ballot == ballot, *which))
    return sorted((_act(row._mapping) for row in rows), key=attrgetter("seq"))


def last_received(conn: Connection, ballot: BallotId) -> Instant:
    """Return when the last act of a ballot was stored; 0 while there is none."""
    last = select(acts.c.received_at).join(
        ballots, (ballots.c.id == acts.c.ballot) & (ballots.c.seq == acts.c.seq)
    )
    return Instant(conn.scalar(last.where(ballots.c.id == ballot)) or 0)


def act_by_source(conn: Connection, door: Door, source_id: str) -> Act | None:
    """Return the act that came from one event or mail."""
    row = conn.execute(
        select(acts).where(acts.c.door == door, acts.c.source_id == source_id)
    ).first()
    return _act(row._mapping) if row else None


def words_of_act(conn: Connection, ballot: BallotId, seq: int) -> str:
    """Return the words that came with one act; empty when there were none or they were erased."""
    part = conn.scalar(
        select(act_personal.c.personal)
        .join(acts, act_personal.c.act == acts.c.id)
        .where(acts.c.ballot == ballot, acts.c.seq == seq)
    )
    return "" if part is None else str(json.loads(part).get("words", ""))


def personal_of(conn: Connection, ballot: BallotId) -> dict[int, Mapping[str, Any]]:
    """Return the personal part of each act that still has one, by ``seq``."""
    return {seq: part.personal for seq, part in personal_parts(conn, ballot).items()}


def personal_parts(conn: Connection, ballot: BallotId) -> dict[int, Personal]:
    """Return the personal part of each act that still has one, with its salt, by ``seq``."""
    rows = conn.execute(
        select(acts.c.seq, act_personal.c.salt, act_personal.c.personal)
        .join(act_personal, act_personal.c.act == acts.c.id)
        .where(acts.c.ballot == ballot)
    )
    return {row.seq: Personal(row.salt, json.loads(row.personal)) for row in rows}


def count_acts(conn: Connection) -> int:
    """Return how many acts all ledgers hold."""
    return conn.scalar(select(func.count()).select_from(acts)) or 0


def _columns(ballot: Ballot) -> dict[str, Any]:
    return {
        "list_id": ballot.list_id,
        "state": ballot.state.value,
        "deadline": ballot.deadline.instant,
        # ASCII for the same reason: the text must keep its hash.
        "snapshot": json.dumps(_snapshot(ballot), sort_keys=True),
    }


def _snapshot(ballot: Ballot) -> dict[str, Any]:
    return {
        "message_id": ballot.message_id,
        "title": ballot.title,
        "chair": ballot.chair,
        "proposer": ballot.proposer,
        "text": asdict(ballot.text),
        "roster": ballot.roster.to_json(),
        "rule": ballot.rule.to_json(),
        "deadline": asdict(ballot.deadline),
        "created_at": ballot.created_at,
        "opened_at": ballot.opened_at,
        "closed_at": ballot.closed_at,
        "outcome": ballot.outcome.value if ballot.outcome else None,
        "earlier": [asdict(text) for text in ballot.earlier],
        "card_version": ballot.card_version,
        "card_copies": ballot.card_copies,
        "comments_until": ballot.comments_until,
        "supersedes": ballot.supersedes,
        "follows": ballot.follows,
        "calls": ballot.calls,
        "erasures": ballot.erasures,
        "ending": None if ballot.ending is None else asdict(ballot.ending),
    }


def _ballot_row(row: Mapping[Any, Any]) -> BallotRow:
    kept = json.loads(row["snapshot"])
    ballot = Ballot(
        id=BallotId(row["id"]),
        key=row["key"],
        list_id=ListId(row["list_id"]),
        state=State(row["state"]),
        message_id=kept["message_id"],
        title=kept["title"],
        chair=kept["chair"],
        proposer=kept["proposer"],
        text=StatementText(**kept["text"]),
        roster=RosterSnapshot.from_json(kept["roster"]),
        rule=Rule.from_json(kept["rule"]),
        deadline=Deadline(**kept["deadline"]),
        created_at=kept["created_at"],
        opened_at=kept["opened_at"],
        closed_at=kept["closed_at"],
        outcome=Outcome(kept["outcome"]) if kept["outcome"] else None,
        earlier=tuple(StatementText(**text) for text in kept.get("earlier", ())),
        card_version=kept.get("card_version", 1),
        card_copies=kept.get("card_copies", 0),
        comments_until=kept.get("comments_until"),
        supersedes=kept.get("supersedes"),
        follows=kept.get("follows"),
        calls=kept.get("calls", 1),
        erasures=kept.get("erasures", 0),
        ending=_ending(kept.get("ending")),
    )
    return BallotRow(
        ballot=ballot,
        head=row["head"],
        command_event=row["command_event"],
        swept_at=row["swept_at"],
    )


def _ending(kept: Mapping[str, Any] | None) -> Ending | None:
    return None if kept is None else Ending(**{**kept, "was": State(kept["was"])})


def _act_columns(act: Act) -> dict[str, Any]:
    return {**asdict(act), "flags": json.dumps(act.flags)}


def _act(row: Mapping[Any, Any]) -> Act:
    values = {name: row[name] for name in Act.__dataclass_fields__}
    return Act(
        **values
        | {
            "door": Door(row["door"]),
            "verdict": Verdict(row["verdict"]),
            "flags": tuple(json.loads(row["flags"])),
            "with_text": bool(row["with_text"]),
        }
    )
