"""Posts that stand in a room, by (list, Message-ID)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from bridge.ids import EventId, Instant, ListId, MessageId, UserId, digest
from bridge.mail.evidence import NOTHING, Evidence, level_of
from bridge.store.database import Tx
from bridge.store.prepared import Prepared, few, is_one_of_few
from bridge.store.schema import posts, thread_nodes


@dataclass(frozen=True, slots=True)
class MirroredPost:
    """A post that a handler has accepted for the room.

    Attributes:
        head: the post whose event heads the Matrix thread; its own id in the main timeline.
        author_address: the author by the ladder of spec "Author ladder", None when ambiguous.
        event_id: part 0's Matrix event, None until it is sent.
        evidence: what speaks for the author; ``later`` while a name server has to answer.
    """

    list_id: ListId
    message_id: MessageId
    inbox_id: int
    subject: str
    author_name: str
    author_address: str | None
    ghost: UserId
    date: Instant | None
    arrived_at: Instant
    own_digest: str
    head: MessageId
    event_id: EventId | None = None
    evidence: Evidence = NOTHING


_PLAIN = tuple(name for name in MirroredPost.__dataclass_fields__ if name != "evidence")
_OF_EVIDENCE = (
    "evidence",
    "evidence_method",
    "evidence_domain",
    "evidence_reason",
    "evidence_at",
)
_COLUMNS = (*_PLAIN, *_OF_EVIDENCE)
_RECORD = Prepared(lambda _: insert(posts).values({name: bindparam(name) for name in _COLUMNS}))
_BY_ID = Prepared(
    lambda _: select(posts).where(
        posts.c.list_id == bindparam("of_list"), posts.c.message_id == bindparam("of_id")
    )
)
_RECORD_EVENT = Prepared(
    lambda _: (
        update(posts)
        .where(posts.c.list_id == bindparam("of_list"), posts.c.message_id == bindparam("of_id"))
        .values(event_id=bindparam("event"))
    )
)
_FIRST_OF_TREE = Prepared(lambda _: _of_tree().limit(1))
_HEADS_OF_TREE = Prepared(
    lambda _: (
        _of_tree().where(posts.c.head == posts.c.message_id).with_only_columns(posts.c.message_id)
    )
)
_RECORD_EVIDENCE = Prepared(
    lambda _: (
        update(posts)
        .where(posts.c.list_id == bindparam("of_list"), posts.c.message_id == bindparam("of_id"))
        .values({name: bindparam(f"new_{name}") for name in _OF_EVIDENCE})
    )
)
_AMONG_FEW = Prepared(
    lambda _: select(posts).where(
        posts.c.list_id == bindparam("of_list"), is_one_of_few(posts.c.message_id)
    )
)


def post_key(list_id: ListId, message_id: MessageId, part: int) -> str:
    """Return the key of the letter that carries one part of a post; ends in the part's number."""
    return f"post:{digest(list_id, message_id)}:{part}"


def record_post(tx: Tx, post: MirroredPost) -> None:
    """Write a post down; its key must be new."""
    plain = {name: getattr(post, name) for name in _PLAIN}
    _RECORD.execute(tx.conn, plain | _evidence_columns(tx, post.evidence))


def post_by_id(conn: Connection, list_id: ListId, message_id: MessageId) -> MirroredPost | None:
    """Return one post."""
    row = _BY_ID.first(conn, of_list=list_id, of_id=message_id)
    return _post(row) if row else None


def record_event_of(tx: Tx, list_id: ListId, message_id: MessageId, event_id: EventId) -> None:
    """Remember as which event a post stands in its room."""
    _RECORD_EVENT.execute(tx.conn, {"of_list": list_id, "of_id": message_id, "event": event_id})


def record_evidence(tx: Tx, list_id: ListId, message_id: MessageId, evidence: Evidence) -> None:
    """Write down what speaks for a post's author, instead of what was known before."""
    new = {f"new_{name}": value for name, value in _evidence_columns(tx, evidence).items()}
    _RECORD_EVIDENCE.execute(tx.conn, {"of_list": list_id, "of_id": message_id, **new})


def first_of_tree(conn: Connection, list_id: ListId, root: MessageId) -> MirroredPost | None:
    """Return the post of a thread that arrived first: the one that stands in the timeline."""
    row = _FIRST_OF_TREE.first(conn, of_list=list_id, of_root=root)
    return _post(row) if row else None


def heads_of_tree(conn: Connection, list_id: ListId, root: MessageId) -> list[MessageId]:
    """Return the posts of a thread that head a Matrix thread, in the order they arrived."""
    rows = _HEADS_OF_TREE.rows(conn, of_list=list_id, of_root=root)
    return [MessageId(row["message_id"]) for row in rows]


def _of_tree() -> Select[Any]:
    node = (thread_nodes.c.list_id == posts.c.list_id) & (
        thread_nodes.c.message_id == posts.c.message_id
    )
    return (
        select(posts)
        .join(thread_nodes, node)
        .where(
            thread_nodes.c.list_id == bindparam("of_list"),
            thread_nodes.c.root == bindparam("of_root"),
        )
        .order_by(posts.c.inbox_id)
    )


def among(conn: Connection, list_id: ListId, ids: Sequence[MessageId]) -> list[MirroredPost]:
    """Return those of the Message-IDs that are posts of the list."""
    if (asked := few(ids)) is not None:
        return [_post(row) for row in _AMONG_FEW.rows(conn, of_list=list_id, **asked)]
    wanted = select(posts).where(posts.c.list_id == list_id, posts.c.message_id.in_(ids))
    return [_post(row._mapping) for row in conn.execute(wanted)] if ids else []


def count_mirrored(conn: Connection) -> int:
    """Return how many posts have an event."""
    return conn.scalar(select(func.count()).where(posts.c.event_id.is_not(None))) or 0


def _post(row: Mapping[Any, Any]) -> MirroredPost:
    evidence = Evidence(
        level_of(row["evidence"]),
        row["evidence_method"],
        row["evidence_domain"],
        later=row["evidence_at"] is None,
        reason=row["evidence_reason"] or "",
    )
    return MirroredPost(**{name: row[name] for name in _PLAIN}, evidence=evidence)


def _evidence_columns(tx: Tx, evidence: Evidence) -> dict[str, Any]:
    return {
        "evidence": evidence.level.label,
        "evidence_method": evidence.method,
        "evidence_domain": evidence.domain,
        "evidence_reason": evidence.reason or None,
        "evidence_at": None if evidence.later else tx.now,
    }
