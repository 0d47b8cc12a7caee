"""A ballot as files that anybody can recount: the same state always gives the same bytes.

Everything is read from the database, with or without a running bridge. Without names, the people
of the roll are slugs and what they wrote is left out; every hash verifies all the same, because
none of them covers a name (see ``domain.roster`` and ``domain.acts``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bridge import __version__, recount
from bridge.domain.acts import Act, canonical_json
from bridge.domain.ballots import Ballot, Outcome, State, StatementText
from bridge.domain.masking import masked
from bridge.domain.organisations import distinct_people, organisation_standings
from bridge.domain.tally import ROWS, Tally, tally
from bridge.ids import Instant, message_id_hash
from bridge.store import ballots
from bridge.store.ballots import BallotRow, Personal
from bridge.store.database import Reading

FORMAT: Final = 1
"""Of the files; ``recount`` refuses a newer one."""

README: Final = """\
Ballot {label}, as it was counted. Everything here can be recounted by anybody:

    python3 recount.py .
    python3 recount.py . --head HASH --terms HASH

The second line takes both hashes from the mail that told the list how the ballot ended, so that it
needs no trust in whoever made this. No hash covers the title, the names and the state: compare
them with the mail.

acts.jsonl      the log: each act, its hash, and the hash of the act before it
{personal}
manifest.json   text, rule, roll, the head of the log, and every number of the result
recount.py      recounts it; needs Python 3.9 or newer and nothing else; read it first
"""
_WITH = """\
personal.jsonl  who acted and in which words; its hashes are salted, so it can be erased
                ("personal" in the manifest says of how many acts it was)"""
_WITHOUT = """\
(names and words are left out, and addresses in both titles; the hashes verify without them. Text,
 its versions, and the reason for a short time to answer stay as published: they are hashed)"""
_VOID: Final = frozenset({State.WITHDRAWN, State.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Record:
    """A ballot with its ledger, as read in one transaction.

    Attributes:
        acts: in the order of the chain.
        personal: by ``seq``, where not erased.
        at: the instant it is counted at: the close, or the last change.
    """

    row: BallotRow
    acts: tuple[Act, ...]
    personal: Mapping[int, Personal]
    at: Instant

    @property
    def ballot(self) -> Ballot:
        """What was frozen, and the state."""
        return self.row.ballot


def read_record(conn: Reading, row: BallotRow, now: Instant) -> Record:
    """Return a ballot with its ledger.

    Args:
        conn: a look into the database.
        row: the ballot.
        now: decides only whether a hold has expired in a ballot that is not closed.
    """
    acts = tuple(ballots.acts_of(conn, row.ballot.id))
    personal = ballots.personal_parts(conn, row.ballot.id)
    return Record(row, acts, personal, counted_at(row.ballot, acts, now))


def counted_at(ballot: Ballot, acts: Iterable[Act], now: Instant) -> Instant:
    """Return the instant at which a ballot's count became what it is.

    The close; before that the last act, or the last hold that expired since. It is no reading of
    the clock, so that the same state is the same export.
    """
    if ballot.closed_at is not None:
        return ballot.closed_at
    changes = [ballot.opened_at or ballot.created_at]
    for act in acts:
        changes.append(act.received_at)
        expires = Instant(act.received_at + ballot.rule.hold * 1000)
        if act.position == "hold" and expires <= now:
            changes.append(expires)
    return max(changes)


def count(record: Record) -> Tally:
    """Count a record at its instant."""
    ballot = record.ballot
    return tally(
        record.acts,
        roster=ballot.roster,
        rule=ballot.rule,
        proposer=ballot.proposer,
        at=record.at,
    )


def export_files(record: Record, *, with_names: bool) -> dict[str, bytes]:
    """Return the files of an export by name."""
    files = {
        "README.txt": _readme(record.ballot, with_names=with_names),
        "acts.jsonl": b"".join(act_line(act) for act in record.acts),
        "manifest.json": _pretty(manifest(record, with_names=with_names)),
        "recount.py": Path(recount.__file__).read_bytes(),
    }
    if with_names:
        parts = sorted(record.personal.items())
        files["personal.jsonl"] = b"".join(_personal_line(seq, part) for seq, part in parts)
    return files


def act_line(act: Act) -> bytes:
    """Return an act as it is hashed, with its hash, as one line."""
    return canonical_json({name: getattr(act, name) for name in Act.__dataclass_fields__}) + b"\n"


def _personal_line(seq: int, part: Personal) -> bytes:
    row = {"seq": seq, "salt": part.salt, "personal": part.personal}
    return canonical_json(row) + b"\n"


def _readme(ballot: Ballot, *, with_names: bool) -> bytes:
    personal = _WITH if with_names else _WITHOUT
    return README.format(label=ballot.label, personal=personal).encode()


def manifest(record: Record, *, with_names: bool) -> dict[str, Any]:
    """Return what the export says about itself; CONTRACTS.md names the keys."""
    ballot, roll = record.ballot, record.ballot.roster
    return {
        "format": FORMAT,
        "written_by": f"seconded {__version__}",
        "ballot": _described(ballot, with_names=with_names),
        "text": _text(ballot.text),
        "earlier": [_text(text) for text in ballot.earlier],
        "rule": {"hashed": json.loads(ballot.rule.hashed), "sha256": ballot.rule.sha256},
        "roll": {
            "hashed": json.loads(roll.hashed),
            "sha256": roll.sha256,
            "title": roll.title if with_names else masked(roll.title),
            "admitted": sorted(one.person for one in roll.admitted),
            "names": {one.person: one.name or None for one in roll.everybody}
            if with_names
            else None,
        },
        "personal": _personal_parts(record),
        "terms": {"hashed": json.loads(ballot.terms), "sha256": ballot.terms_sha256},
        "head": record.row.head,
        "outcome": outcome_of(ballot),
        "counted_at": iso(record.at),
        "count": numbers(record),
    }


def _personal_parts(record: Record) -> dict[str, Any]:
    """Return how many acts have no personal part, and which of them have a name all the same."""
    named = {one.person for one in record.ballot.roster.everybody if not one.is_erased}
    gone = [act for act in record.acts if act.seq not in record.personal]
    return {
        "gone": len(gone),
        "gone_of_named": [act.seq for act in gone if act.person_ref in named],
    }


def outcome_of(ballot: Ballot) -> str | None:
    """Return a ballot's outcome as data; None while there is none."""
    if ballot.state in _VOID:
        return Outcome.WITHDRAWN.value
    return None if ballot.outcome is None else ballot.outcome.value


def _text(text: StatementText) -> dict[str, Any]:
    return {
        "version": text.version,
        "code": text.code,
        "sha256": text.sha256,
        "text": text.text,
    }


def _described(ballot: Ballot, *, with_names: bool) -> dict[str, Any]:
    # Some programs make Message-IDs of addresses; in public rooms the hash stands for them, too.
    message_id = ballot.message_id if with_names else message_id_hash(ballot.message_id)
    return {
        "id": ballot.id,
        "label": ballot.label,
        "title": ballot.title if with_names else masked(ballot.title),
        "list": ballot.list_id,
        "message_id": message_id,
        "state": ballot.state.value,
        "chair": ballot.chair,
        "proposer": ballot.proposer,
        "created_at": iso(ballot.created_at),
        "opened_at": iso(ballot.opened_at),
        "closes_at": iso(ballot.deadline.instant),
        "closes_written": ballot.deadline.written,
        "closed_at": iso(ballot.closed_at),
        "supersedes": ballot.supersedes,
        "follows": ballot.follows,
    }


def numbers(record: Record) -> dict[str, Any]:
    """Return every number of the count; ``recount`` derives the same ones by itself."""
    ballot, counted = record.ballot, count(record)
    rows = {row: getattr(counted, row) for row in ROWS if row != "recused"}
    books = counted.came_in
    spoken = organisation_standings(record.acts, ballot.roster, ballot.rule, record.at)
    return {
        **rows,
        "recuse": counted.recused,
        "silent": counted.silent,
        "eligible": counted.eligible,
        "base": counted.base,
        "yes": counted.yes,
        "answered": counted.answered,
        "support": counted.support,
        "quorum": ballot.rule.quorum_of(counted.base),
        "objections": len(counted.objections),
        "objections_open": len(counted.open_objections),
        "raised_again": {str(seq): earlier.raised_by.seq for seq, earlier in counted.again.items()},
        "unconfirmed": list(counted.unconfirmed),
        "level": None if counted.level is None else counted.level.value,
        "people": distinct_people(record.acts, ballot.roster, ballot.rule, record.at),
        "positions": {
            person: standing.position.value
            for person, standing in counted.positions.items()
            if standing.position is not None
        },
        "organisations": {
            name: "split" if each.split else each.position for name, each in spoken.items()
        },
        "came_in": {
            "positions": books.positions,
            "recusals": books.recusals,
            "replaced": books.replaced,
            "withdrawn": books.withdrawn,
            "rejected": dict(books.rejected),
            "suggestion": books.suggestions,
            "late": books.late,
            "unconfirmed": books.unconfirmed,
            "rulings": books.rulings,
            "rows": books.rows,
        },
        "outcome": counted.outcome.value,
    }


def iso(instant: Instant | None) -> str | None:
    """Return ``2025-11-03T08:00:00.000Z``, and None for None."""
    if instant is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pretty(value: object) -> bytes:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "surrogatepass")
