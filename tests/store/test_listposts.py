"""What became of a mail of ours: queued, accepted, seen; never back from seen."""

import pytest
from ballot_samples import LIST

from bridge.ids import BallotId, Instant, MessageId
from bridge.store import listposts
from bridge.store.listposts import ListPost

CALL = MessageId("call.b1@bridge.example.org")


async def queue(store, message_id=CALL):
    post = ListPost(message_id, LIST, BallotId(1), "call", "queued", Instant(5))
    await store.write(lambda tx: listposts.record_queued(tx, post))
    return post


async def move(store, state, message_id=CALL):
    await store.write(lambda tx: listposts.record_state(tx, message_id, state))


async def prove(store, proof, message_id=CALL):
    return await store.write(lambda tx: listposts.record_seen(tx, message_id, proof))


async def call(store):
    return await store.read(lambda conn: listposts.by_message_id(conn, CALL))


async def test_a_mail_is_written_down_once(store):
    post = await queue(store)
    await move(store, "accepted")
    await queue(store)
    assert (await call(store)).state == "accepted"
    assert (await call(store)).queued_at == post.queued_at


async def test_accepted_by_our_server_is_not_seen_on_the_list(store, clock):
    await queue(store)
    await move(store, "accepted")
    found = await call(store)
    assert (found.state, found.accepted_at, found.seen_at) == ("accepted", clock(), None)


async def test_the_first_proof_counts_and_is_told_once(store, clock):
    await queue(store)
    assert (await prove(store, "the list's copy")).message_id == CALL
    assert await prove(store, "an answer to it on the list") is None
    found = await call(store)
    assert (found.state, found.seen_at, found.proof) == ("seen", clock(), "the list's copy")


@pytest.mark.parametrize("late", ["accepted", "overdue", "bounced", "expired"])
async def test_what_was_seen_stays_seen(store, late):
    await queue(store)
    await prove(store, "the list's copy")
    await move(store, late)
    assert (await call(store)).state == "seen"


async def test_a_mail_that_is_not_ours_proves_nothing(store):
    assert await prove(store, "a copy", MessageId("other@example.org")) is None


async def test_ours_are_found_among_the_references_of_an_answer(store):
    await queue(store)
    ids = [MessageId("other@example.org"), CALL]
    found = await store.read(lambda conn: listposts.ours_among(conn, ids))
    assert [one.message_id for one in found] == [CALL]


async def test_only_what_was_accepted_and_not_seen_since_is_waiting(store, clock):
    await queue(store)
    queued_only = MessageId("queued@bridge.example.org")
    await queue(store, queued_only)
    await move(store, "accepted")

    async def waiting():
        later = Instant(clock() + 1)
        found = await store.read(lambda conn: listposts.waiting_since(conn, later))
        return [one.message_id for one in found]

    assert await waiting() == [CALL]
    assert await store.read(lambda conn: listposts.waiting_since(conn, clock())) == []
    await prove(store, "the list's copy")
    assert await waiting() == []
