from dataclasses import replace

from playbook_cast import CHAIR, LIST_ID, OSKAR, SILENCE, START
from sqlalchemy import select

from bridge.ids import EventId
from bridge.store.schema import outbox
from handlers.saying import answer, ask_for_status, tell_chair, tell_once, tell_room


def test_an_answer_stands_under_what_it_answers_and_is_said_once(desk):
    message = desk.said(OSKAR, "!help", thread_root=EventId("$root"))
    for _ in range(2):
        answer(desk.tx, LIST_ID, message, "Words")
    assert desk.letters("answer:") == ["answer:$said"]
    letter = desk.letter("answer:")
    assert (letter["thread"], letter["reply_to"]) == ("event:$root", "event:$said")
    assert letter["content"]["m.mentions"] == {"user_ids": [OSKAR]}


def test_an_answer_to_a_message_of_the_timeline_begins_a_thread(desk):
    answer(desk.tx, LIST_ID, desk.said(OSKAR, "!help"), "Words")
    assert desk.letter("answer:")["thread"] == "event:$said"


def test_a_person_is_told_once_for_each_reason(desk):
    ballot = desk.drafted(SILENCE).ballot
    for who, reason in ((OSKAR, "late"), (OSKAR, "late"), (OSKAR, "x"), (CHAIR, "late")):
        tell_once(desk.tx, ballot, who, reason=reason, text="Words")
    assert len(desk.letters("told:")) == 3


def test_the_room_is_told_in_the_cards_thread_or_under_what_is_named(desk):
    ballot = desk.drafted(SILENCE).ballot
    tell_room(desk.tx, ballot, "one", "Words")
    tell_room(desk.tx, ballot, "two", "Words", under=EventId("$asked"))
    assert desk.letter("room:1:one")["thread"] == "letter:card:1"
    assert desk.letter("room:1:two")["thread"] == "event:$asked"
    assert desk.letter("room:1:one")["content"]["m.mentions"] == {}


def test_a_chair_who_is_on_no_roll_is_called_by_name_all_the_same(desk):
    row = desk.drafted(SILENCE)
    roll = replace(row.ballot.roster, members=row.ballot.roster.members[1:])
    row = replace(row, ballot=replace(row.ballot, roster=roll), command_event=EventId("$asked"))
    for _ in range(2):
        tell_chair(desk.tx, desk.context, row, "stuck", "look at it.")
    assert desk.letters("room:1:stuck") == ["room:1:stuck"]
    letter = desk.letter("room:1:stuck")
    assert letter["thread"] == "event:$asked"
    assert letter["content"]["m.mentions"] == {"user_ids": [CHAIR]}


def test_the_status_line_is_edited_once_a_slot_at_its_end(desk):
    ballot = desk.drafted(SILENCE).ballot
    for second in (1, 58, 2):
        desk.now += second * 1_000
        ask_for_status(desk.tx, desk.context, ballot)
    due = desk.conn.scalars(select(outbox.c.due_at).where(outbox.c.key.like("status:%"))).all()
    assert [(at - START) // 1_000 for at in due] == [60, 120]
