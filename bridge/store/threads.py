"""The mail tree of each list, kept as messages come in.

The claims that headers make are stored as they are; the tree of the one thread a message
touches is computed anew from them by the pure ``domain.threads.build``. So the order of arrival
cannot matter: the tree is a function of the set of claims.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, literal, select, update

from bridge.domain.threads import Claim, Forest, build, claims_of
from bridge.ids import Instant, ListId, MessageId
from bridge.store.database import Tx
from bridge.store.once import insert_all_once, insert_once
from bridge.store.prepared import Prepared, Row, few, is_one_of_few
from bridge.store.schema import posts, thread_claims, thread_nodes

MOST_REFERENCES = 100
"""How many references of one mail are believed: the first, and the nearest ones."""
MOST_ANCESTORS = 1_000


@dataclass(frozen=True, slots=True)
class Node:
    """A message's place: its parent (None for a root) and the root of its tree."""

    message_id: MessageId
    parent: MessageId | None
    root: MessageId
    arrived_at: Instant | None


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a message that was put into its thread.

    Attributes:
        above: its ancestors, from its parent up to its root, or up to MOST_ANCESTORS.
        is_junction: threads that were apart until now are one.
    """

    node: Node
    above: tuple[MessageId, ...]
    is_junction: bool


def record_references(
    tx: Tx, list_id: ListId, message_id: MessageId, references: Sequence[MessageId]
) -> Joined:
    """Put a message into its thread, joining threads it connects."""
    named = _nearest(references)
    new = claims_of(message_id, named)
    touched = {message_id, *named}
    members = _component(tx.conn, list_id, touched)
    old = _claims_about(tx.conn, list_id, touched)
    _store_claims(tx, list_id, new)
    arrived: dict[MessageId, Instant] = {
        node.message_id: node.arrived_at for node in members.values() if node.arrived_at is not None
    }
    arrived.setdefault(message_id, tx.now)
    forest = build((*old, *new), arrived)
    for name in touched | members.keys():
        place = Node(name, forest.parent.get(name), forest.root.get(name, name), arrived.get(name))
        if place != members.get(name):
            _store_node(tx, list_id, place)
    node = Node(
        message_id,
        forest.parent.get(message_id),
        forest.root.get(message_id, message_id),
        arrived[message_id],
    )
    were_apart = len({member.root for member in members.values()}) > 1
    return Joined(node, tuple(_line_above(forest, message_id)), were_apart)


def _line_above(forest: Forest, name: MessageId) -> Iterator[MessageId]:
    above = forest.parent.get(name)
    for _ in range(MOST_ANCESTORS):
        if above is None:
            return
        yield above
        above = forest.parent.get(above)


def topics_between(
    conn: Connection, list_id: ListId, since: Instant, until: Instant
) -> tuple[tuple[MessageId, str, Instant], ...]:
    """Return (message_id, subject as written, date) of the list's posts; ``until`` is excluded."""
    rows = conn.execute(
        select(posts.c.message_id, posts.c.subject, posts.c.date).where(
            posts.c.list_id == list_id, posts.c.date >= since, posts.c.date < until
        )
    )
    return tuple((MessageId(row.message_id), row.subject, Instant(row.date)) for row in rows)


def node_of(conn: Connection, list_id: ListId, message_id: MessageId) -> Node | None:
    """Return a message's place in its tree."""
    row = _NODE.first(conn, of_list=list_id, of_id=message_id)
    return _node(row) if row else None


def ancestors(conn: Connection, list_id: ListId, message_id: MessageId) -> list[MessageId]:
    """Return the chain from a message's parent up to its root, or up to MOST_ANCESTORS."""
    rows = _ABOVE.rows(conn, of_list=list_id, of_id=message_id)
    return [MessageId(row["parent"]) for row in rows]


def _above() -> Select[Any]:
    start = select(thread_nodes.c.parent, literal(1).label("depth")).where(_IS_NODE)
    above = start.cte("above", recursive=True)
    node = thread_nodes.alias()
    above = above.union_all(
        select(node.c.parent, above.c.depth + 1).where(
            node.c.list_id == bindparam("of_list"),
            node.c.message_id == above.c.parent,
            above.c.depth < MOST_ANCESTORS,
        )
    )
    return select(above.c.parent).where(above.c.parent.is_not(None)).order_by(above.c.depth)


_IS_NODE = (thread_nodes.c.list_id == bindparam("of_list")) & (
    thread_nodes.c.message_id == bindparam("of_id")
)
_NODE = Prepared(lambda _: select(thread_nodes).where(_IS_NODE))
_ABOVE = Prepared(lambda _: _above())
_MOVE = Prepared(
    lambda _: (
        update(thread_nodes)
        .where(_IS_NODE)
        .values({name: bindparam(f"new_{name}") for name in ("parent", "root", "arrived_at")})
    )
)


def _nearest(references: Sequence[MessageId]) -> Sequence[MessageId]:
    """Return the root and the nearest ancestors; nobody's thread is deeper than a sane header."""
    if len(references) <= MOST_REFERENCES:
        return references
    return (references[0], *references[1 - MOST_REFERENCES :])


def _component(
    conn: Connection, list_id: ListId, touched: Collection[MessageId]
) -> dict[MessageId, Node]:
    rows = _about(conn, list_id, touched, _members, _MEMBERS_OF_FEW)
    return {MessageId(row["message_id"]): _node(row) for row in rows}


def _claims_about(conn: Connection, list_id: ListId, touched: Collection[MessageId]) -> list[Claim]:
    """Return the claims about every message of the component, however many those are."""
    rows = _about(conn, list_id, touched, _claims, _CLAIMS_OF_FEW)
    return [Claim(row["child"], row["parent"], row["claimant"], row["rank"]) for row in rows]


def _about(
    conn: Connection,
    list_id: ListId,
    touched: Collection[MessageId],
    build: Callable[[ColumnElement[bool]], Select[Any]],
    prepared: Prepared,
) -> Iterable[Row]:
    """Return the rows about the threads of some messages; most mails name few."""
    if (asked := few(touched)) is not None:
        return prepared.rows(conn, of_list=list_id, **asked)
    statement = build(thread_nodes.c.message_id.in_(touched))
    return (dict(row._mapping) for row in conn.execute(statement, {"of_list": list_id}))


def _members(is_touched: ColumnElement[bool]) -> Select[Any]:
    return select(thread_nodes).where(
        thread_nodes.c.list_id == bindparam("of_list"), thread_nodes.c.root.in_(_roots(is_touched))
    )


def _claims(is_touched: ColumnElement[bool]) -> Select[Any]:
    children = select(thread_nodes.c.message_id).where(
        thread_nodes.c.list_id == bindparam("of_list"), thread_nodes.c.root.in_(_roots(is_touched))
    )
    return select(thread_claims).where(
        thread_claims.c.list_id == bindparam("of_list"), thread_claims.c.child.in_(children)
    )


def _roots(is_touched: ColumnElement[bool]) -> Select[tuple[Any]]:
    return select(thread_nodes.c.root).where(
        thread_nodes.c.list_id == bindparam("of_list"), is_touched
    )


_MEMBERS_OF_FEW = Prepared(lambda _: _members(is_one_of_few(thread_nodes.c.message_id)))
_CLAIMS_OF_FEW = Prepared(lambda _: _claims(is_one_of_few(thread_nodes.c.message_id)))


def _node(row: Row) -> Node:
    return Node(row["message_id"], row["parent"], row["root"], row["arrived_at"])


def _store_claims(tx: Tx, list_id: ListId, claims: Sequence[Claim]) -> None:
    rows = [
        {
            "list_id": list_id,
            "claimant": claim.claimant,
            "child": claim.child,
            "parent": claim.parent,
            "rank": claim.rank,
        }
        for claim in claims
    ]
    insert_all_once(tx.conn, thread_claims, rows)


def _store_node(tx: Tx, list_id: ListId, node: Node) -> None:
    values = {"parent": node.parent, "root": node.root, "arrived_at": node.arrived_at}
    key = {"list_id": list_id, "message_id": node.message_id}
    if not insert_once(tx.conn, thread_nodes, {**key, **values}):
        moved = {f"new_{name}": value for name, value in values.items()}
        _MOVE.execute(tx.conn, {"of_list": list_id, "of_id": node.message_id, **moved})
