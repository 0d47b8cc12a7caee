import pytest
from ballot_samples import LIST
from fakes_mail import ACCEPTED, FakeSmtp
from memory_store import memory_tx

from bridge.delivery.mail import prepare
from bridge.errors import Permanent
from bridge.ids import BallotId, Instant, MessageId
from bridge.letters import mail_letter
from bridge.ports import Envelope
from bridge.store import listposts, outbox
from bridge.store.listposts import ListPost
from bridge.store.restored import LOOKS_BACK_MS, Restored

CALL = MessageId("call.b1@bridge.example.org")
RAW = "Subject: [CALL] Ünal\r\n\r\nDear all, — 📝\r\n".encode()
ENVELOPE = Envelope("pc-bridge@bridge.example.org", ("pc@lists.example.org",), RAW)


def prepared(tx):
    """Queue the call and return its errand."""
    post = ListPost(CALL, LIST, BallotId(1), "call", "queued", tx.now)
    listposts.record_queued(tx, post)
    outbox.add(tx, mail_letter(LIST, CALL, ENVELOPE, Instant(tx.now + 1)))
    return prepare(tx, outbox.by_key(tx.conn, f"mail:{CALL}"))


async def test_the_mail_that_leaves_is_the_one_that_was_queued_byte_for_byte():
    server = FakeSmtp()
    with memory_tx() as tx:
        assert await prepared(tx).carry(server, None) == ACCEPTED
    assert server.delivered == [ENVELOPE]


async def test_a_second_try_carries_the_same_message():
    server = FakeSmtp()
    with memory_tx() as tx:
        errand = prepared(tx)
        await errand.carry(server, None)
        await errand.carry(server, Instant(1))
    assert server.delivered[0] == server.delivered[1]


def test_our_servers_answer_proves_that_it_was_accepted_and_no_more():
    with memory_tx() as tx:
        prepared(tx).record(tx, ACCEPTED)
        post = listposts.by_message_id(tx.conn, CALL)
    assert (post.state, post.seen_at) == ("accepted", None)


def test_an_answer_that_comes_after_the_echo_does_not_unsee_it():
    with memory_tx() as tx:
        errand = prepared(tx)
        listposts.record_seen(tx, CALL, "the list's copy")
        errand.record(tx, ACCEPTED)
        assert listposts.by_message_id(tx.conn, CALL).state == "seen"


def prepared_digest(tx, restored_at):
    """Queue a digest of many ballots on a restored copy and return its errand."""
    listposts.record_queued(tx, ListPost(CALL, LIST, BallotId(0), "digest", "queued", tx.now))
    outbox.add(tx, mail_letter(LIST, CALL, ENVELOPE, Instant(tx.now + 1)))
    restored = Restored(restored_at, restored_at, BallotId(103))
    return prepare(tx, outbox.by_key(tx.conn, f"mail:{CALL}"), restored=restored)


async def test_a_digest_written_a_day_after_the_restoration_leaves():
    server = FakeSmtp()
    with memory_tx() as tx:
        await prepared_digest(tx, Instant(tx.now - LOOKS_BACK_MS)).carry(server, None)
    assert server.delivered == [ENVELOPE]


def test_a_digest_written_within_a_day_of_the_restoration_is_held():
    with memory_tx() as tx, pytest.raises(Permanent, match="restored from a copy"):
        prepared_digest(tx, tx.now)
