"""What is done for trial leaves nothing, on either database."""

import pytest
from ballot_samples import ballot

from bridge.errors import UserError
from bridge.ids import BallotId
from bridge.store import ballots, outbox
from bridge.store.outbox import Letter
from bridge.store.rehearsal import rehearse

LETTER = Letter("matrix", "a", "say", "hello", {"content": {"body": "ä"}})


def opens_one(tx):
    ballots.record_ballot(tx, ballot(12), None)
    outbox.add(tx, LETTER)
    return "done"


async def test_what_is_rehearsed_is_seen_and_leaves_nothing(store):
    def trial(tx):
        tried = rehearse(tx, opens_one)
        assert (tx.wakes, tx.queued) == (set(), [])
        assert outbox.add(tx, Letter("mail", "b", "mail", "kept", {}))
        return tried, ballots.ballot_by_id(tx.conn, BallotId(12)), ballots.next_id(tx)

    tried, row, number = await store.write(trial)
    assert (tried.value, tried.letters) == ("done", (LETTER,))
    assert (row, number) == (None, 1)
    assert await store.read(lambda conn: outbox.by_key(conn, "hello")) is None
    assert await store.read(lambda conn: outbox.by_key(conn, "kept")) is not None


async def test_what_is_refused_in_a_rehearsal_leaves_nothing_either(store):
    def refused(tx):
        opens_one(tx)
        raise UserError("no")

    def trial(tx):
        with pytest.raises(UserError):
            rehearse(tx, refused)
        return rehearse(tx, opens_one).value

    assert await store.write(trial) == "done"
    assert await store.read(ballots.every_ballot) == []
