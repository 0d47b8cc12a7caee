"""The tick: nothing is decided by a timer, what is due is found by a query."""

from dataclasses import replace

import pytest
from ballot_samples import CLOSES, LIST, OPENED, act, ballot
from config_samples import OPTIONS
from memory_store import memory_tx
from structlog.testing import capture_logs

from bridge.config import ListConfig
from bridge.domain.ballots import Outcome, State
from bridge.ids import BallotId, Instant, MessageId
from bridge.store import ballots, inbox, listposts
from bridge.store.instance import ensure_instance, read_instance
from bridge.store.listposts import ListPost
from bridge.store.told import (
    LATE,
    LATE_EVERY_MS,
    NOTICE_EVERY_MS,
    OBJECTIONS,
    Told,
    record_told,
)
from bridge.ticking import OVERDUE_AFTER_MS, tick

HOUR = 3_600_000
FINAL_CALL = CLOSES - 24 * HOUR
CLOSED = ballot(state=State.CLOSED, closed_at=CLOSES, outcome=Outcome.ADOPTED)
CONFIRM = CLOSES + CLOSED.rule.confirm * 1000
MONTH = 30 * 24 * HOUR


def ticked(tx, now):
    """Tick at an instant; return what is in the inbox."""
    at = replace(tx, now=Instant(now))
    tick(at)
    return [(item.kind, dict(item.meta)) for item in inbox.claim(tx.conn, at.now, 99)]


@pytest.mark.parametrize("late", [-1, 0, MONTH], ids=["not yet", "now", "while we were down"])
def test_what_was_due_is_found_however_late_we_look(late):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        found = ticked(tx, FINAL_CALL + late)
    assert found == ([("clock", {"ballot": 1, "what": "final_call"})] if late >= 0 else [])


def test_what_cannot_be_undone_is_not_due_by_our_clock_alone():
    with memory_tx() as tx:
        ballots.record_ballot(tx, CLOSED, None)
        assert ticked(tx, CONFIRM + MONTH) == []


def test_what_is_due_is_put_into_the_inbox_once():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        for after in (0, 1, HOUR):
            assert len(ticked(tx, FINAL_CALL + after)) == 1


def test_a_prolonged_ballot_has_another_final_call():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        ticked(tx, FINAL_CALL)
        later = replace(ballot().deadline, instant=Instant(CLOSES + 48 * HOUR))
        ballots.update_ballot(tx, ballot(deadline=later))
        assert len(ticked(tx, FINAL_CALL + HOUR)) == 1
        assert len(ticked(tx, FINAL_CALL + 48 * HOUR)) == 2


@pytest.mark.parametrize("state", [State.DRAFT, State.LOCKED, State.ANNOUNCED, State.WITHDRAWN])
def test_a_ballot_that_is_not_going_on_waits_for_nothing(state):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(state=state), None)
        assert ticked(tx, CLOSES + MONTH) == []


def test_a_tick_is_a_sign_of_life():
    with memory_tx() as tx:
        ensure_instance(tx)
        ticked(tx, OPENED)
        assert read_instance(tx.conn).alive_at == OPENED


@pytest.mark.parametrize(
    ("state", "after", "overdue"),
    [
        ("accepted", OVERDUE_AFTER_MS, False),
        ("accepted", OVERDUE_AFTER_MS + 1, True),
        ("queued", MONTH, False),
    ],
)
def test_a_mail_the_list_does_not_show_within_a_quarter_of_an_hour_is_overdue(
    state, after, overdue
):
    call = MessageId("call@x")
    with memory_tx(now=OPENED) as tx:
        listposts.record_queued(
            tx, ListPost(call, LIST, BallotId(1), "call", "queued", Instant(OPENED))
        )
        listposts.record_state(tx, call, state)
        with capture_logs() as logs:
            ticked(tx, OPENED + after)
            ticked(tx, OPENED + after)
        assert (listposts.by_message_id(tx.conn, call).state == "overdue") is overdue
    assert [one["event"] for one in logs] == ["post_overdue"] * overdue


def test_an_overdue_mail_that_comes_after_all_is_seen():
    call = MessageId("call@x")
    with memory_tx(now=OPENED) as tx:
        listposts.record_queued(
            tx, ListPost(call, LIST, BallotId(1), "call", "queued", Instant(OPENED))
        )
        listposts.record_state(tx, call, "accepted")
        ticked(tx, OPENED + MONTH)
        listposts.record_seen(tx, call, "the list's copy")
        ticked(tx, OPENED + MONTH + 1)
        assert listposts.by_message_id(tx.conn, call).state == "seen"


@pytest.mark.parametrize(
    ("what", "state", "pause"),
    [(OBJECTIONS, State.OPEN, NOTICE_EVERY_MS), (LATE, State.ANNOUNCED, LATE_EVERY_MS)],
)
def test_what_a_notice_has_not_told_is_due_once_its_pause_is_over(what, state, pause):
    with memory_tx(now=OPENED) as tx:
        ballots.record_ballot(tx, ballot(state=state), None)
        ballots.append_act(tx, act("ada", "object", OPENED), {})
        record_told(tx, "b/1", what, Told(0, OPENED))
        due = ("clock", {"ballot": 1, "what": what})
        assert due not in ticked(tx, OPENED + pause - 1)
        for after in (0, 1, HOUR):
            assert ticked(tx, OPENED + pause + after).count(due) == 1


DIGEST = ListConfig.model_validate(
    OPTIONS["lists"][0] | {"digest": {"at": "18:00", "zone": "Europe/Zurich"}}
)


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ((8.99,), []),
        ((9, 9.5, 14.99), ["2025-10-30"]),
        ((15, 32), []),
        ((14, 33), ["2025-10-30", "2025-10-31"]),
    ],
)
def test_a_digest_is_due_once_a_day_from_its_local_time_to_midnight(hours, days):
    with memory_tx(now=OPENED) as tx:
        for hour in hours:
            tick(replace(tx, now=Instant(OPENED + round(hour * HOUR))), [DIGEST])
        found = inbox.claim(tx.conn, Instant(OPENED + MONTH), 99)
    assert [one.meta["day"] for one in found] == days


def test_a_list_without_a_digest_is_due_never():
    with memory_tx(now=OPENED) as tx:
        tick(tx, [DIGEST.model_copy(update={"digest": None})])
        assert inbox.claim(tx.conn, Instant(OPENED + MONTH), 99) == []
