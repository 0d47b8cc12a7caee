"""What facilitators were shown before it is done: kept until it is confirmed, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from bridge.ids import BallotId, EventId, Instant, ListId, MessageId, PersonId
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.schema import proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A command with the preview that was shown of it.

    Attributes:
        id: its number; 0 before it is written down.
        key: the id of the command, and of the act that will come of it.
        chair: who asked, and alone may confirm.
        root: the thread it was asked in, None from the command line.
        post, about: what the command answered, as in a wish.
        shown: hash of the preview.
        stood: how the ballot stood then, in words by name.
    """

    key: str
    list_id: ListId
    ballot: BallotId
    verb: str
    arguments: Mapping[str, str]
    chair: PersonId
    root: EventId | None
    post: MessageId | None
    about: EventId | None
    shown: str
    stood: Mapping[str, str]
    asked_at: Instant
    settled_at: Instant | None = None
    id: int = 0


def record_proposal(tx: Tx, proposal: Proposal) -> Proposal:
    """Write a proposal down, once for each key, and return it with its number."""
    values = {
        "key": proposal.key,
        "list_id": proposal.list_id,
        "ballot": proposal.ballot,
        "verb": proposal.verb,
        "arguments": json.dumps(dict(proposal.arguments), sort_keys=True),
        "chair": proposal.chair,
        "root": proposal.root,
        "post": proposal.post,
        "about": proposal.about,
        "shown": proposal.shown,
        "stood": json.dumps(dict(proposal.stood), sort_keys=True),
        "asked_at": proposal.asked_at,
    }
    insert_once(tx.conn, proposals, values)
    known = proposal_by_key(tx.conn, proposal.key)
    assert known is not None
    return known


def record_settled(tx: Tx, number: int) -> None:
    """Write down that a proposal was confirmed, or that another has taken its place."""
    tx.conn.execute(update(proposals).where(proposals.c.id == number).values(settled_at=tx.now))


def proposal_by_id(conn: Connection, number: int) -> Proposal | None:
    """Return one proposal."""
    row = conn.execute(select(proposals).where(proposals.c.id == number)).first()
    return _proposal(row._mapping) if row else None


def proposal_by_key(conn: Connection, key: str) -> Proposal | None:
    """Return the proposal that a command made, None when it made none."""
    row = conn.execute(select(proposals).where(proposals.c.key == key)).first()
    return _proposal(row._mapping) if row else None


def latest_in(conn: Connection, root: EventId, chair: PersonId, since: Instant) -> Proposal | None:
    """Return the newest proposal of a person in a thread that waits since an instant or later."""
    row = conn.execute(
        select(proposals)
        .where(
            proposals.c.root == root,
            proposals.c.chair == chair,
            proposals.c.settled_at.is_(None),
            proposals.c.asked_at >= since,
        )
        .order_by(proposals.c.id.desc())
    ).first()
    return _proposal(row._mapping) if row else None


def _proposal(row: Mapping[Any, Any]) -> Proposal:
    values = {name: row[name] for name in Proposal.__dataclass_fields__}
    kept = {name: json.loads(row[name]) for name in ("arguments", "stood")}
    return Proposal(**values | kept)
