"""A taken key changes nothing, whichever of a table's unique keys it is."""

import pytest
from memory_store import memory_tx
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from bridge.store.once import insert_once
from bridge.store.schema import rooms

ROOM = {"list_id": "pc", "room_id": "!r", "state": "[]", "checked_at": 1}


@pytest.mark.parametrize(
    "taken", [{"room_id": "!other"}, {"list_id": "other"}, {}], ids=["primary", "unique", "both"]
)
def test_a_taken_key_changes_nothing(taken):
    with memory_tx() as tx:
        assert insert_once(tx.conn, rooms, ROOM)
        assert not insert_once(tx.conn, rooms, {**ROOM, **taken, "state": "[{}]"})
        assert tx.conn.execute(select(rooms.c.list_id, rooms.c.state)).all() == [("pc", "[]")]


def test_postgresql_is_asked_the_same():
    statement = postgresql.insert(rooms).on_conflict_do_nothing()
    assert str(statement.compile(dialect=postgresql.dialect())).endswith("ON CONFLICT DO NOTHING")
