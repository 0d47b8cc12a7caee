"""Who is told at each step of a ballot: the table of ``bridge.domain.ballots.TOLD``."""

from dataclasses import replace

import pytest
from playbook_cast import CHAIR, CLOSES, CLOSES_AT, LIST_ID, OSKAR, PRIYA, REQUEST, SILENCE, Mail

from bridge.domain.ballots import TOLD, TRANSITIONS, Audience, Trigger
from bridge.events import ClockStruck
from bridge.store import ballots
from bridge.store.instance import record_alive
from bridge.store.outages import record_outage
from handlers.ballots import call_or_result_seen, clock_struck, publish
from handlers.listmails import mail_id
from handlers.opening import Request, confirm, draft, lock

HOUR = 3_600_000
GRACE = 600_000
NEW = Mail("Newer.1", "Consultations must be announced sixty days ahead.\n")
COMMENTS = f'{SILENCE} comments="2025-10-31 08:00 UTC"'


def published(desk):
    confirm(desk.tx, desk.context, desk.drafted(COMMENTS).ballot.id, CHAIR)


def new_text(desk):
    published(desk)
    desk.posted(NEW, "$new")
    desk.chair("amend b/1 editorial confirm=yes", "$amend", reply_to="$new")


def locked(desk):
    row = desk.drafted(SILENCE)
    desk.conn.exec_driver_sql("UPDATE ballots SET command_event = '$asked'")
    lock(desk.tx, desk.context, row.ballot)


def called(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - 20 * HOUR
    clock_struck(ClockStruck(1, "final_call"), desk.tx, desk.context)


def objected(desk):
    called(desk)
    desk.taps(PRIYA, "✋", "$hand")


def closed(desk):
    desk.opened(SILENCE)
    desk.swept(CLOSES_AT + GRACE)


def extended(desk):
    desk.opened(SILENCE)
    desk.chair('extend b/1 until="2025-11-04 08:00 UTC" reason="A holiday"', "$more")


def broken(desk):
    desk.opened(f"{SILENCE} strict=yes")
    desk.taps(PRIYA, "✋", "$hand")


def result_seen(desk):
    closed(desk)
    publish(desk.tx, desk.context, desk.row())
    result = mail_id(desk.context, desk.row().ballot, "result")
    call_or_result_seen(desk.tx, desk.context, LIST_ID, result, proof="the list's copy")


def withdrawn(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    desk.chair('withdraw b/1 reason="The text was wrong."', "$gone")


def superseded(desk):
    desk.opened(SILENCE)
    arguments = {"rule": "silence", "roster": "pc", "closes": CLOSES, "supersedes": "b/1"}
    request = Request("$again", "nadia", REQUEST.message_id, arguments)
    ballot = draft(desk.tx, desk.context, desk.listed, request)
    lock(desk.tx, desk.context, ballot)
    call = mail_id(desk.context, ballot, "call")
    call_or_result_seen(desk.tx, desk.context, LIST_ID, call, proof="the list's copy")


STEPS = {
    Trigger.PUBLISH: (published, {"mail:comments", "comments:1"}),
    Trigger.NEW_TEXT: (new_text, {"mail:comments2", "room:1:amended:2"}),
    Trigger.LOCK: (locked, {"mail:call", "room:1:locked"}),
    Trigger.CALL_SEEN: (lambda desk: desk.opened(SILENCE), {"card:1"}),
    Trigger.FINAL_CALL: (called, {"mail:final-call", "room:1:final_call"}),
    Trigger.OBJECTION: (objected, {"room:1:objection"}),
    Trigger.DEADLINE_PASSED: (closed, {"room:1:closed"}),
    Trigger.BROKEN: (broken, {"mail:result", "room:1:broken", "card:1:closed"}),
    Trigger.EXTEND: (extended, {"mail:extension1", "room:1:extended"}),
    Trigger.RESULT_SEEN: (result_seen, {"card:1:announced", "room:1:announced"}),
    Trigger.WITHDRAW: (withdrawn, {"mail:ended", "room:1:withdrawn"}),
    Trigger.SUPERSEDE: (superseded, {"mail:ended", "room:1:superseded"}),
}


@pytest.mark.parametrize("trigger", Trigger)
def test_whoever_is_to_be_told_of_a_step_is_told(desk, trigger):
    play, keys = STEPS[trigger]
    play(desk)
    for key in keys:
        assert desk.letters(key), (key, desk.letters())
    assert any(key.startswith("mail:") for key in keys) is (Audience.LIST in TOLD[trigger])


def test_every_trigger_of_the_machine_says_who_is_told():
    used = {trigger for row in TRANSITIONS.values() for trigger in row}
    assert set(TOLD) == used == set(STEPS)


def test_who_answered_is_called_when_it_comes_to_nothing(desk):
    withdrawn(desk)
    content = desk.letter("room:1:withdrawn")["content"]
    assert content["m.mentions"] == {"user_ids": [OSKAR]}


@pytest.mark.parametrize(
    ("rule", "key"),
    [("silence", "closed"), ("rough", "prolonged"), ("silence", "outage")],
)
def test_a_chair_on_no_roll_is_called_when_there_is_something_to_do(desk, rule, key):
    desk.opened(SILENCE.replace("silence", rule))
    ballot = desk.row().ballot
    members = tuple(one for one in ballot.roster.members if one.person != ballot.chair)
    roster = replace(ballot.roster, members=members)
    ballots.update_ballot(desk.tx, replace(ballot, roster=roster))
    desk.taps(PRIYA, "✋", "$hand")
    desk.now = CLOSES_AT - HOUR
    if key == "outage":
        record_alive(desk.tx)
        desk.now += 40 * 60_000
        record_outage(desk.tx)
        clock_struck(ClockStruck(1, "outage"), desk.tx, desk.context)
    else:
        desk.swept(CLOSES_AT + GRACE)
    content = desk.letter(f"room:1:{key}")["content"]
    assert content["m.mentions"] == {"user_ids": [CHAIR]}
