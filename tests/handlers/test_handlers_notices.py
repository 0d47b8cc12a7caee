"""Notices are bundled, expire with what they announce, and stand where they belong."""

from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, LIST_ID, OSKAR, PRIYA, SILENCE, Mail
from sqlalchemy import select

from bridge.domain.acts import Door
from bridge.domain.ballots import Outcome, State
from bridge.domain.positions import Position
from bridge.store import ballots, threads
from bridge.store.schema import outbox
from bridge.store.told import LATE, LATE_EVERY_MS, NOTICE_EVERY_MS, OBJECTIONS, told_of
from handlers.counting import tally_now
from handlers.ledger import Deed, enter
from handlers.listmails import mail_id, queue_result
from handlers.notices import queue_correction, queue_final_call, tell_late, tell_objections

HOUR = 3_600_000
BLOCKING = SILENCE.replace("rule=silence", "rule=threshold")


def objects(desk, who=PRIYA, name="$no", words=""):
    deed = Deed(Door.CHAT, name, who, desk.tx.now, Position.OBJECT, words=words)
    return enter(desk.tx, desk.context, desk.row(), deed)


def mails(desk, kind):
    return [key for key in desk.letters("mail:") if key.startswith(f"mail:{kind}.")]


def test_a_second_objection_within_half_an_hour_waits(desk):
    desk.opened(SILENCE)
    objects(desk)
    desk.now += NOTICE_EVERY_MS - 1
    objects(desk, OSKAR, "$no2")
    assert len(mails(desk, "notice")) == 1
    desk.now += 1
    assert tell_objections(desk.tx, desk.context, desk.row().ballot)
    assert not tell_objections(desk.tx, desk.context, desk.row().ballot)
    assert len(mails(desk, "notice")) == 2
    assert told_of(desk.conn, "b/1", OBJECTIONS).upto == 2


def test_a_notice_is_not_sent_after_the_close_it_announces(desk):
    desk.opened(SILENCE)
    objects(desk)
    expires = select(outbox.c.expires_at).where(outbox.c.key.like("mail:notice%"))
    assert desk.conn.scalars(expires).all() == [CLOSES_AT]


def test_nothing_new_moves_the_mark_and_sends_nothing(desk):
    desk.opened(SILENCE)
    objects(desk)
    deed = Deed(Door.CHAT, "$yes", OSKAR, desk.tx.now, Position.ENDORSE)
    enter(desk.tx, desk.context, desk.row(), deed)
    desk.now += NOTICE_EVERY_MS
    assert not tell_objections(desk.tx, desk.context, desk.row().ballot)
    assert told_of(desk.conn, "b/1", OBJECTIONS).upto == 2


def test_where_objections_block_a_threshold_ballot_the_list_is_told(desk):
    desk.opened(f"{BLOCKING} blocking=yes")
    objects(desk)
    assert "whatever the numbers" in " ".join(desk.letter("mail:notice")["raw"].split())


def test_a_contest_is_told_where_objections_are_only_counted(desk):
    """It stands in the way all the same (spec 2.7); an objection there does not."""
    desk.opened(f"{BLOCKING} threshold=1/2")
    objects(desk, OSKAR)
    desk.posted(Mail("Newer.1", "Consultations must be announced sixty days ahead.\n"), "$new")
    desk.chair("amend b/1 editorial confirm=yes", "$amend", reply_to="$new")
    assert mails(desk, "notice") == []
    desk.now += NOTICE_EVERY_MS
    desk.says(PRIYA, "!contest It doubles the days.", "$contest", thread_root="$card")
    told = " ".join(desk.letter("mail:notice")["raw"].split())
    assert "-- 1 objection open" in told
    assert "Priya Example contests that the change of the text is editorial" in told
    assert "It doubles the days." in told
    assert "Oskar" not in told
    assert "stands in the way: the statement is not endorsed meanwhile" in told
    desk.now += NOTICE_EVERY_MS
    desk.says(PRIYA, "!withdraw", "$lifted", thread_root="$card")
    last = desk.letter(mails(desk, "notice")[-1])["raw"]
    assert "Priya Example's contest of the change is lifted." in " ".join(last.split())


def test_the_final_call_is_queued_once_for_each_deadline(desk):
    ballot = desk.opened(SILENCE).ballot
    later = replace(ballot, deadline=replace(ballot.deadline, instant=CLOSES_AT + HOUR))
    queued = [queue_final_call(desk.tx, desk.context, one) for one in (ballot, ballot, later)]
    assert queued == [True, False, True]


def test_a_bridge_that_was_down_until_the_close_sends_no_final_call_and_no_notice(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT
    assert not queue_final_call(desk.tx, desk.context, desk.row().ballot)
    objects(desk)
    assert desk.letters("mail:notice") == []


@pytest.fixture
def announced(desk):
    """A ballot whose result was queued, with one objection in it."""
    desk.opened(SILENCE)
    objects(desk)
    row = desk.row()
    counted = tally_now(desk.tx, row.ballot, CLOSES_AT)
    closed = replace(
        row.ballot, state=State.ANNOUNCED, closed_at=CLOSES_AT, outcome=Outcome.OBJECTED
    )
    ballots.update_ballot(desk.tx, closed)
    desk.now = CLOSES_AT + HOUR
    queue_result(desk.tx, desk.context, desk.row(), counted)
    return desk


def test_a_correction_says_what_was_wrong_below_the_result_once(announced):
    desk = announced
    for _ in range(2):
        queue_correction(desk.tx, desk.context, desk.row(), "We miscounted.", "$correct")
    correction, again = (
        queue_correction(desk.tx, desk.context, desk.row(), "Twice.", key)
        for key in ("$correct", "$again")
    )
    assert (correction, again) == (False, True)
    raw = desk.letter("mail:correction")["raw"]
    assert 'Nadia Example: "We miscounted."' in raw
    assert f"  head of the log\r\n  {desk.row().head}\r\n" in raw
    result = mail_id(desk.context, desk.row().ballot, "result")
    assert f"In-Reply-To: <{result}>" in raw
    first, _ = mails(desk, "correction")
    assert threads.node_of(desk.conn, LIST_ID, first.removeprefix("mail:")).parent == result


def test_the_late_register_waits_a_week_and_begins_after_the_result(announced):
    desk = announced
    objects(desk, OSKAR, "$late", "I was away.")
    assert not tell_late(desk.tx, desk.context, desk.row().ballot)
    desk.now += LATE_EVERY_MS
    assert tell_late(desk.tx, desk.context, desk.row().ballot)
    assert not tell_late(desk.tx, desk.context, desk.row().ballot)
    raw = desk.letter("mail:late-register")["raw"]
    assert "Oskar Example, object" in raw
    assert 'They say: "I was away."' in raw
    assert "Priya" not in raw
    assert told_of(desk.conn, "b/1", LATE).upto == 2


def test_a_result_without_late_answers_is_followed_by_nothing(announced):
    announced.now += 10 * LATE_EVERY_MS
    assert not tell_late(announced.tx, announced.context, announced.row().ballot)
    assert mails(announced, "late-register") == []
