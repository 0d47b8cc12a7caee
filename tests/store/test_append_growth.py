"""Appending an act costs the same however long the ledger is: statements and plans, not seconds."""

from itertools import pairwise

import pytest
from ballot_samples import OPENED, act, ballot
from sqlalchemy import event, insert

from bridge.domain.acts import chain
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.schema import acts as acts_table


def asked(conn, run):
    """Return the statements that something took, and the steps in which SQLite answers them."""
    found = []

    def note(_conn, _cursor, statement, parameters, *_):
        found.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    run()
    event.remove(conn, "before_cursor_execute", note)
    reading = [(sql, given) for sql, given in found if sql.startswith(("SELECT", "UPDATE"))]
    steps = [
        row[3]
        for sql, given in reading
        for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)
    ]
    return [sql for sql, _ in found], steps


def lengthen(tx, first, last):
    rows = []
    for number in range(first, last):
        made = chain(
            act("ada", "endorse", Instant(OPENED), source_id=f"$old{number}"),
            seq=-number - 1,
            prev_hash="",
        )
        rows.append(ballots._act_columns(made))
    tx.conn.execute(insert(acts_table), rows)


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_an_act_takes_the_same_steps_in_a_ledger_of_ten_and_of_ten_thousand(store):
    def measure(tx):
        ballots.record_ballot(tx, ballot(), None)
        lengths, costs = (0, 10, 1_000, 10_000), []
        for number, (first, last) in enumerate(pairwise(lengths)):
            lengthen(tx, first, last)
            new = act("ben", "endorse", Instant(OPENED), source_id=f"$new{number}")
            costs.append(asked(tx.conn, lambda new=new: ballots.append_act(tx, new, {"words": ""})))
        return costs

    costs = await store.write(measure)
    assert costs[0] == costs[1] == costs[2]
    statements, steps = costs[0]
    assert len(statements) == 5
    # Every row that is read or changed is found by an index.
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]
