from dataclasses import replace

from ballot_samples import LIST, OPENED, act, ballot
from memory_store import memory_tx

from bridge.domain.ballots import State
from bridge.events import Outcome
from bridge.ids import BallotId, Instant, MessageId
from bridge.store import ballots, inbox, listposts, outbox
from bridge.store.listposts import ListPost
from bridge.store.outbox import Letter
from bridge.store.readings import Readings, read_readings

NOW = Instant(OPENED + 60_000)


def letter(key):
    return Letter("matrix", key, "say", key, {})


def test_an_empty_database_reads_zero():
    with memory_tx() as tx:
        assert read_readings(tx.conn, NOW) == Readings({}, {}, 0, 0, 0, 0, 0, {})


def test_ages_are_those_of_the_oldest_that_waits():
    with memory_tx(now=OPENED) as tx:
        inbox.add(tx, lane="a", kind="mail", key="1", raw=b"")
        outbox.add(tx, letter("a"))
        later = replace(tx, now=Instant(OPENED + 50_000))
        inbox.add(later, lane="a", kind="mail", key="2", raw=b"")
        outbox.add(later, letter("b"))
        found = read_readings(tx.conn, NOW)
        assert (found.lag_ms, found.oldest_unsent_ms) == (60_000, 60_000)
        inbox.settle(tx, 1, Outcome())
        outbox.mark_sent(tx, outbox.by_key(tx.conn, "a").id, "$e")
        found = read_readings(tx.conn, NOW)
        assert (found.lag_ms, found.oldest_unsent_ms) == (10_000, 10_000)


def test_a_letter_that_is_not_due_yet_is_not_late():
    with memory_tx(now=OPENED) as tx:
        outbox.add(tx, letter("a"), due_at=Instant(NOW + 1))
        assert read_readings(tx.conn, NOW).oldest_unsent_ms == 0


def test_a_letter_that_backs_off_through_an_outage_waits_at_every_minute():
    with memory_tx(now=OPENED) as tx:
        outbox.add(tx, letter("post"))
        item = outbox.by_key(tx.conn, "post")
        for minute in range(1, 120):
            now = Instant(OPENED + minute * 60_000)
            if minute % 10 == 1:
                again = Instant(now + 600_000)
                outbox.mark_failed(tx, item.id, state="pending", reason="down", due_at=again)
            assert read_readings(tx.conn, now).oldest_unsent_ms == minute * 60_000


def test_a_letter_whose_first_try_has_no_answer_waits():
    with memory_tx(now=OPENED) as tx:
        outbox.add(tx, letter("a"), due_at=Instant(NOW + 1))
        outbox.mark_sending(tx, outbox.by_key(tx.conn, "a"), 1)
        assert read_readings(tx.conn, NOW).oldest_unsent_ms == 60_000


def test_a_letter_put_back_untried_for_its_closed_room_is_not_late():
    with memory_tx(now=OPENED) as tx:
        outbox.add(tx, letter("a"))
        item = outbox.by_key(tx.conn, "a")
        outbox.put_back(tx, item, Instant(NOW + 1), "the room is closed to posts")
        assert read_readings(tx.conn, NOW).oldest_unsent_ms == 0


def test_what_waits_for_a_human_is_counted_in_both_queues():
    with memory_tx() as tx:
        inbox.add(tx, lane="a", kind="mail", key="1", raw=b"")
        inbox.settle(tx, 1, Outcome("shunted", "a bug"))
        outbox.add(tx, letter("a"))
        item = outbox.by_key(tx.conn, "a")
        outbox.mark_failed(tx, item.id, state="shunted", reason="no")
        assert read_readings(tx.conn, NOW).shunted == 2


def test_acts_overdue_posts_and_sweeps_are_read():
    with memory_tx() as tx:
        for number, state in ((1, State.OPEN), (2, State.FINAL_CALL), (3, State.CLOSED)):
            ballots.record_ballot(tx, ballot(number, state=state), None)
        ballots.record_swept(tx, BallotId(2), Instant(77))
        ballots.append_act(tx, act("ada", "endorse", OPENED), {})
        call = ListPost(MessageId("c@x"), LIST, BallotId(1), "call", "overdue", OPENED)
        listposts.record_queued(tx, call)
        found = read_readings(tx.conn, NOW)
        assert (found.acts_recorded, found.posts_overdue) == (1, 1)
        assert found.last_sweeps == {1: 0, 2: 77}
