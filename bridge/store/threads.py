"""The mail tree of each list, kept as messages come in.

The claims that headers make are stored as they are; the tree of the one thread a message
touches is computed anew from them by the pure ``domain.threads.build``. So the order of arrival
cannot matter: the tree is a function of the set of claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, literal, select, update

from bridge.domain.threads import Claim, build, claims_of
from bridge.ids import Instant, ListId, MessageId
from bridge.store.database import Tx
from bridge.store.once import insert_once
from bridge.store.schema import thread_claims, thread_nodes

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


def record_references(
    tx: Tx, list_id: ListId, message_id: MessageId, references: Sequence[MessageId]
) -> Node:
    """Put a message into its thread, joining threads it connects; return its place."""
    named = _nearest(references)
    new = claims_of(message_id, named)
    touched = {message_id, *named}
    members = _component(tx.conn, list_id, touched)
    old = _claims_about(tx.conn, list_id, touched)
    for claim in new:
        _store_claim(tx, list_id, claim)
    arrived: dict[MessageId, Instant] = {
        node.message_id: node.arrived_at for node in members.values() if node.arrived_at is not None
    }
    arrived.setdefault(message_id, tx.now)
    forest = build((*old, *new), arrived)
    for name in touched | members.keys():
        place = Node(name, forest.parent.get(name), forest.root.get(name, name), arrived.get(name))
        if place != members.get(name):
            _store_node(tx, list_id, place)
    return Node(
        message_id,
        forest.parent.get(message_id),
        forest.root.get(message_id, message_id),
        arrived[message_id],
    )


def node_of(conn: Connection, list_id: ListId, message_id: MessageId) -> Node | None:
    """Return a message's place in its tree."""
    row = conn.execute(
        select(thread_nodes).where(
            thread_nodes.c.list_id == list_id, thread_nodes.c.message_id == message_id
        )
    ).first()
    return Node(row.message_id, row.parent, row.root, row.arrived_at) if row else None


def ancestors(conn: Connection, list_id: ListId, message_id: MessageId) -> list[MessageId]:
    """Return the chain from a message's parent up to its root, or up to MOST_ANCESTORS."""
    start = select(thread_nodes.c.parent, literal(1).label("depth")).where(
        thread_nodes.c.list_id == list_id, thread_nodes.c.message_id == message_id
    )
    above = start.cte("above", recursive=True)
    node = thread_nodes.alias()
    above = above.union_all(
        select(node.c.parent, above.c.depth + 1).where(
            node.c.list_id == list_id,
            node.c.message_id == above.c.parent,
            above.c.depth < MOST_ANCESTORS,
        )
    )
    rows = conn.execute(
        select(above.c.parent).where(above.c.parent.is_not(None)).order_by(above.c.depth)
    )
    return [MessageId(row.parent) for row in rows]


def _nearest(references: Sequence[MessageId]) -> Sequence[MessageId]:
    """Return the root and the nearest ancestors; nobody's thread is deeper than a sane header."""
    if len(references) <= MOST_REFERENCES:
        return references
    return (references[0], *references[1 - MOST_REFERENCES :])


def _roots(list_id: ListId, touched: set[MessageId]) -> Select[tuple[Any]]:
    return select(thread_nodes.c.root).where(
        thread_nodes.c.list_id == list_id, thread_nodes.c.message_id.in_(touched)
    )


def _component(conn: Connection, list_id: ListId, touched: set[MessageId]) -> dict[MessageId, Node]:
    rows = conn.execute(
        select(thread_nodes).where(
            thread_nodes.c.list_id == list_id, thread_nodes.c.root.in_(_roots(list_id, touched))
        )
    )
    return {
        row.message_id: Node(row.message_id, row.parent, row.root, row.arrived_at) for row in rows
    }


def _claims_about(conn: Connection, list_id: ListId, touched: set[MessageId]) -> list[Claim]:
    """Return the claims about every message of the component, however many those are."""
    children = select(thread_nodes.c.message_id).where(
        thread_nodes.c.list_id == list_id, thread_nodes.c.root.in_(_roots(list_id, touched))
    )
    rows = conn.execute(
        select(thread_claims).where(
            thread_claims.c.list_id == list_id, thread_claims.c.child.in_(children)
        )
    )
    return [Claim(row.child, row.parent, row.claimant, row.rank) for row in rows]


def _store_claim(tx: Tx, list_id: ListId, claim: Claim) -> None:
    insert_once(
        tx.conn,
        thread_claims,
        {
            "list_id": list_id,
            "claimant": claim.claimant,
            "child": claim.child,
            "parent": claim.parent,
            "rank": claim.rank,
        },
    )


def _store_node(tx: Tx, list_id: ListId, node: Node) -> None:
    values = {"parent": node.parent, "root": node.root, "arrived_at": node.arrived_at}
    key = {"list_id": list_id, "message_id": node.message_id}
    if not insert_once(tx.conn, thread_nodes, {**key, **values}):
        tx.conn.execute(
            update(thread_nodes)
            .where(thread_nodes.c.list_id == list_id, thread_nodes.c.message_id == node.message_id)
            .values(values)
        )
