"""The queues are asked every second: what they cost depends on what waits, not on what is over."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bridge.ids import Instant, ListId
from bridge.store import inbox, outbox, threads
from bridge.store.database import Tx

ASKED: dict[str, Callable[[Connection], object]] = {
    "inbox": lambda conn: inbox.claim(conn, Instant(1), 200),
    "outbox": lambda conn: outbox.heads(conn, "matrix", Instant(1), 16, ["a", "b"]),
}


def plan(conn: Connection, ask: Callable[[Connection], object]) -> list[str]:
    """Return what SQLite would do to answer."""
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    ask(conn)
    event.remove(conn, "before_cursor_execute", note)
    return [
        row[3]
        for statement, parameters in asked
        for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]


def some_wait(tx: Tx) -> None:
    inbox.add(tx, lane="a", kind="k", key="k", raw=b"")


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_subject_is_looked_for_among_the_posts_of_its_days_only(store):
    def ask(conn: Connection) -> object:
        return threads.topics_between(conn, ListId("a"), Instant(1), Instant(2))

    steps = await store.read(lambda conn: plan(conn, ask))
    assert [step for step in steps if "ix_posts_date (list_id=? AND date>? AND date<?)" in step]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("queue", ASKED)
async def test_a_queue_is_never_scanned_row_by_row(store, queue):
    await store.write(some_wait)
    steps = await store.read(lambda conn: plan(conn, ASKED[queue]))
    assert not [step for step in steps if step in {"SCAN inbox", "SCAN outbox"}], steps
