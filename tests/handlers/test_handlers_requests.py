from dataclasses import replace

import pytest
from playbook_cast import CHAIR, CLOSES, LIST_ID, OSKAR, PRIYA, REQUEST, SILENCE, STRANGER

from bridge.domain.ballots import State
from bridge.errors import UserError
from bridge.events import CommandGiven
from bridge.ids import ListId, UserId
from bridge.store import answers, ballots, rooms
from handlers.requests import answered, chair_of, command_given
from handlers.wishes import find_ballot

OPEN = {"rule": "silence", "roster": "pc", "closes": CLOSES, "post": REQUEST.message_id}


def given(verb: str, list_id: ListId | None = LIST_ID, **arguments: str) -> CommandGiven:
    return CommandGiven("command:1", list_id, "ballot", verb, arguments, "")


@pytest.mark.parametrize(
    ("who", "person"),
    [(CHAIR, "nadia"), (OSKAR, "oskar"), (PRIYA, None), (STRANGER, None)],
)
def test_facilitators_of_the_configuration_run_ballots(desk, who, person):
    if person is not None:
        assert chair_of(desk.tx, desk.context, desk.listed, who) == person
        return
    with pytest.raises(UserError):
        chair_of(desk.tx, desk.context, desk.listed, who)


def test_power_in_the_room_serves_people_of_the_roster_only(desk):
    levels = {"users": {PRIYA: 50, STRANGER: 100, "@list_abc:hs.test": 100}}
    power = {"type": "m.room.power_levels", "state_key": "", "content": levels}
    rooms.record_room(desk.tx, replace(rooms.room_of(desk.conn, LIST_ID), state=(power,)))
    assert chair_of(desk.tx, desk.context, desk.listed, PRIYA) == "priya"
    for who in (STRANGER, UserId("@list_abc:hs.test")):
        with pytest.raises(UserError):
            chair_of(desk.tx, desk.context, desk.listed, who)


def test_the_command_line_shows_the_call_and_sends_it_only_when_told(desk):
    desk.mail(REQUEST)
    is_done, text = answered(given("open", **OPEN), desk.tx, desk.context)
    assert is_done
    assert "Nothing was sent, and no number is taken" in text
    assert "Ballot b/1: " in text
    assert ballots.every_ballot(desk.conn) == []
    assert desk.letters("mail:") == []
    assert answered(given("open", **OPEN, yes="yes"), desk.tx, desk.context)[0]
    assert len(desk.letters("mail:")) == 1
    assert desk.row().ballot.state is State.LOCKED


def test_an_answer_is_left_where_its_process_waits(desk):
    command_given(given("list"), desk.tx, desk.context)
    assert answers.answer_to(desk.conn, "command:1") == (True, "No ballot yet on this list.")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (given("status", ListId("gone.lists.example.org")), "Which list?"),
        (given("status"), "Which ballot?"),
        (given("status", ballot="b/9"), "no ballot"),
        (given("open", **OPEN | {"as": "priya"}), "no facilitator"),
        (given("open", **OPEN | {"post": "unknown@x"}), "no such post"),
        (given("export"), "later version"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(desk, event, sentence):
    is_done, text = answered(event, desk.tx, desk.context)
    assert not is_done
    assert sentence in text


def test_the_command_line_amends_with_a_file_and_shows_the_difference_first(desk):
    desk.opened(SILENCE)
    words = {"ballot": "b/1", "label": "editorial", "statement": "Consultations come first."}
    is_done, text = answered(given("amend", **words), desk.tx, desk.context)
    assert is_done
    assert "Consultations [-must be announced thirty days ahead.-]{+come first.+}" in text
    assert desk.row().ballot.text.version == 1
    assert answered(given("amend", **words, yes="yes"), desk.tx, desk.context)[0]
    assert desk.row().ballot.text.text == "Consultations come first.\n"


def test_the_command_line_extends_with_the_words_of_the_chat(desk):
    desk.opened(SILENCE)
    more = {"ballot": "1", "until": "2025-11-04 08:00 UTC", "reason": "A holiday"}
    assert answered(given("extend", **more, yes="yes"), desk.tx, desk.context)[0]
    is_done, text = answered(given("withdraw", ballot="1"), desk.tx, desk.context)
    assert (is_done, "Why?" in text) == (False, True)


def test_a_ballot_is_found_by_its_number_or_by_being_the_only_one(desk):
    desk.opened(SILENCE)
    for arguments in ({}, {"ballot": "1"}, {"ballot": "b/1"}):
        assert find_ballot(desk.tx, desk.listed, arguments).ballot.id == 1


@pytest.mark.parametrize("written", ["b/2", "x", "²", "-1", "9" * 40])
def test_a_number_that_is_no_ballot_is_refused(desk, written):
    desk.opened(SILENCE)
    with pytest.raises(UserError):
        find_ballot(desk.tx, desk.listed, {"ballot": written})
