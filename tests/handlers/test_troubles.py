"""Whoever asked for a ballot learns that its mail did not reach the list."""

from types import SimpleNamespace

import pytest
from ballot_samples import LIST, OPENED, ballot
from memory_store import memory_tx

from bridge.domain.ballots import State
from bridge.domain.roster import Person
from bridge.events import MailStuck
from bridge.ids import BallotId, EventId, MessageId, UserId
from bridge.letters import card_key, event_ref, letter_ref
from bridge.store import ballots, listposts, outbox
from bridge.store.listposts import ListPost
from handlers.troubles import WORDS, mail_stuck

CALL = MessageId("call.b1@bridge.example.org")
COMMAND = EventId("$command")
CHAIR = UserId("@chair:example.org")
PERSON = Person(ballot().chair, "A chair", matrix=(CHAIR,))
CONTEXT = SimpleNamespace(roster=SimpleNamespace(people={PERSON.id: PERSON}))


def told(tx, trouble, **changes):
    ballots.record_ballot(tx, ballot(**changes), COMMAND)
    listposts.record_queued(tx, ListPost(CALL, LIST, BallotId(1), "call", "queued", OPENED))
    outcomes = [mail_stuck(MailStuck(CALL, trouble), tx, CONTEXT).state for _ in range(2)]
    assert outcomes == ["done", "done"]
    letter = outbox.by_key(tx.conn, f"room:1:{CALL}:{trouble}").letter
    assert letter.payload["content"]["m.mentions"] == {"user_ids": [CHAIR]}
    return letter.payload["thread"], letter.payload["content"]["body"]


@pytest.mark.parametrize("trouble", WORDS)
def test_the_chair_is_told_under_the_command_before_the_ballot_opens(trouble):
    with memory_tx() as tx:
        thread, text = told(tx, trouble, state=State.LOCKED, opened_at=None)
    assert thread == event_ref(COMMAND)
    assert text.startswith("Chair: the call of b/1")


def test_afterwards_it_is_told_under_the_card():
    with memory_tx() as tx:
        thread, _ = told(tx, "overdue")
    assert thread == letter_ref(card_key(BallotId(1)))


def test_what_was_seen_meanwhile_troubles_nobody():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), COMMAND)
        listposts.record_queued(tx, ListPost(CALL, LIST, BallotId(1), "call", "queued", OPENED))
        listposts.record_seen(tx, CALL, "the list's copy")
        assert mail_stuck(MailStuck(CALL, "overdue"), tx, CONTEXT).state == "suppressed"
        assert outbox.by_key(tx.conn, f"room:1:{CALL}:overdue") is None
