"""What each person's acts amount to, kept beside the ledger so that none of it is read again.

A cache, and never the record: it is made from the ledger alone, says up to which act it was made,
and is brought up to the last one before it is asked. A person's act has that person's acts read
again; a chair's, the whole ledger. The count of record is ``tally`` of the whole ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bridge.domain.acts import CHAIR, SELF, Act, Verdict
from bridge.domain.ballots import Ballot
from bridge.domain.counts import Kept, Raised, keep
from bridge.domain.fold import Lifted
from bridge.domain.rulings import is_ruling
from bridge.ids import BallotId, Instant
from bridge.store.ballots import acts_of
from bridge.store.database import Tx
from bridge.store.schema import acts, ballots, standings


def acts_about(conn: Connection, ballot: BallotId, person: str) -> list[Act]:
    """Return the acts that a person's position follows from: their own, and the chair's."""
    own = acts_of(conn, ballot, acts.c.capacity == SELF, acts.c.person_ref == person)
    return own + rulings_of(conn, ballot)


def rulings_of(conn: Connection, ballot: BallotId) -> list[Act]:
    """Return the chair's acts in the order of the chain."""
    return acts_of(conn, ballot, acts.c.capacity == CHAIR)


def kept_of(conn: Connection, ballot: BallotId) -> dict[str, Kept]:
    """Return what is kept of each person."""
    rows = conn.execute(select(standings).where(standings.c.ballot == ballot))
    return {row.person_ref: _kept(row._mapping) for row in rows}


def keep_up(tx: Tx, ballot: Ballot) -> bool:
    """Bring what is kept up to the ledger; return whether that moved an objection."""
    if _mark(tx.conn, ballot.id) is None:
        return False
    # Nobody else writes it before we commit, and what they wrote until now is read again.
    upto = _mark(tx.conn, ballot.id, is_locked=True)
    new = acts_of(tx.conn, ballot.id, acts.c.seq > upto) if upto is not None else []
    if not new:
        return False
    if upto == 0 or any(map(is_ruling, new)):
        moved = rebuild(tx, ballot)
    else:
        people = {act.person_ref for act in new if act.verdict is Verdict.ACCEPTED}
        moved = sum(_keep_up_one(tx, ballot, person) for person in sorted(people)) > 0
    values = {"kept_upto": new[-1].seq} | ({"objected_upto": new[-1].seq} if moved else {})
    tx.conn.execute(update(ballots).where(ballots.c.id == ballot.id).values(values))
    return moved


def rebuild(tx: Tx, ballot: Ballot) -> bool:
    """Make it anew from the whole ledger; return whether that moved an objection."""
    before = kept_of(tx.conn, ballot.id)
    now = keep(acts_of(tx.conn, ballot.id), ballot.rule)
    tx.conn.execute(delete(standings).where(standings.c.ballot == ballot.id))
    if now:
        rows = [_columns(ballot.id, one) for one in now.values()]
        tx.conn.execute(insert(standings), rows)
    return _objections(before.values()) != _objections(now.values())


def is_true(conn: Connection, ballot: Ballot) -> bool:
    """Say whether what is kept is what the whole ledger says."""
    return kept_of(conn, ballot.id) == keep(acts_of(conn, ballot.id), ballot.rule)


def _mark(conn: Connection, ballot: BallotId, *, is_locked: bool = False) -> int | None:
    """Return up to which act is kept, None when that is the last one."""
    asked = select(ballots.c.kept_upto).where(
        ballots.c.id == ballot, ballots.c.kept_upto < ballots.c.seq
    )
    return conn.scalar(asked.with_for_update() if is_locked else asked)


def _keep_up_one(tx: Tx, ballot: Ballot, person: str) -> bool:
    mine = standings.c.ballot == ballot.id, standings.c.person_ref == person
    row = tx.conn.execute(select(standings).where(*mine)).first()
    before = [_kept(row._mapping)] if row is not None else []
    now = keep(acts_about(tx.conn, ballot.id, person), ballot.rule)
    after = [now[person]] if person in now else []
    tx.conn.execute(delete(standings).where(*mine))
    for one in after:
        tx.conn.execute(insert(standings).values(**_columns(ballot.id, one)))
    return _objections(before) != _objections(after)


def _objections(kept: Iterable[Kept]) -> set[Raised]:
    return {raised for one in kept for raised in one.raised}


def _columns(ballot: BallotId, kept: Kept) -> dict[str, Any]:
    return {
        "ballot": ballot,
        "person_ref": kept.person_ref,
        "row": kept.row,
        "hold_until": kept.hold_until,
        "raised": json.dumps([_raised_columns(one) for one in kept.raised]),
        "latest": kept.latest,
    }


def _raised_columns(one: Raised) -> list[Any]:
    lifted = [one.lifted_at, one.how, one.learnt_at]
    return [one.seq, one.raised_at, *lifted, one.is_contest]


def _kept(row: Mapping[Any, Any]) -> Kept:
    return Kept(
        person_ref=row["person_ref"],
        row=row["row"],
        hold_until=None if row["hold_until"] is None else Instant(row["hold_until"]),
        raised=tuple(_raised(columns) for columns in json.loads(row["raised"])),
        latest=Instant(row["latest"]),
    )


def _raised(columns: Sequence[Any]) -> Raised:
    seq, raised_at, lifted_at, how, learnt_at, is_contest = columns
    lifted = None if how is None else Lifted(how)
    return Raised(seq, raised_at, lifted_at, lifted, learnt_at, is_contest)
