"""A mail that did not reach its list is put into the inbox once, unless the list has it."""

import pytest
from ballot_samples import LIST
from memory_store import memory_tx

from bridge.ids import BallotId, MessageId
from bridge.store import inbox, listposts
from bridge.store.listposts import ListPost
from bridge.stuck import note_stuck

CALL = MessageId("call.b1@bridge.example.org")


@pytest.fixture
def tx():
    with memory_tx() as tx:
        listposts.record_queued(tx, ListPost(CALL, LIST, BallotId(1), "call", "queued", tx.now))
        yield tx


def noted(tx):
    return [(one.lane, one.meta["state"]) for one in inbox.claim(tx.conn, tx.now, 9)]


def test_a_stuck_mail_is_noted_once_in_its_lists_lane(tx):
    for _ in range(2):
        note_stuck(tx, CALL, "overdue")
    assert noted(tx) == [(f"list:{LIST}", "overdue")]
    assert listposts.by_message_id(tx.conn, CALL).state == "overdue"


def test_what_the_list_has_is_not_stuck(tx):
    listposts.record_seen(tx, CALL, "the list's copy")
    note_stuck(tx, CALL, "bounced")
    assert noted(tx) == []


def test_a_mail_that_is_no_ballots_is_nobodys_trouble(tx):
    note_stuck(tx, MessageId("alert@bridge.example.org"), "bounced")
    assert noted(tx) == []
