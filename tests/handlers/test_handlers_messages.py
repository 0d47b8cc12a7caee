import pytest
from playbook_cast import CHAIR, OSKAR, PRIYA, REQUEST, SILENCE

from bridge.domain.ballots import State
from bridge.ids import EventId, RoomId, UserId
from bridge.store import ballots
from handlers.messages import message_seen


@pytest.mark.parametrize(
    ("who", "where", "reason"),
    [
        ("@seconded:hs.test", {}, "our own"),
        ("@list_abc:hs.test", {}, "our own"),
        (OSKAR, {"room": RoomId("!elsewhere")}, "not one of our rooms"),
        (OSKAR, {"msgtype": "m.notice"}, "no new words of a person"),
        (OSKAR, {"msgtype": "m.emote"}, "no new words of a person"),
        (OSKAR, {"replaces": EventId("$x")}, "no new words of a person"),
    ],
)
def test_what_is_no_persons_message_is_passed_over(desk, who, where, reason):
    outcome = message_seen(desk.said(UserId(who), "!help", **where), desk.tx, desk.context)
    assert outcome.reason == reason
    assert desk.letters() == []


@pytest.mark.parametrize("body", ["Hello.", "I endorse this!", "! wow", "confirm it, please"])
def test_chat_stays_chat(desk, body):
    assert message_seen(desk.said(OSKAR, body), desk.tx, desk.context).reason == "chat"
    assert desk.letters() == []


def test_a_command_is_answered_once_however_often_it_is_seen(desk):
    for _ in range(2):
        message_seen(desk.said(OSKAR, "!help"), desk.tx, desk.context)
    assert desk.letters() == ["answer:$said"]


def test_a_ballot_is_asked_for_by_a_reply_to_its_post(desk):
    desk.mail(REQUEST)
    desk.event("$post", "post", message_id=REQUEST.message_id)
    asked = desk.said(CHAIR, SILENCE, reply_to=EventId("$post"))
    for _ in range(2):
        message_seen(asked, desk.tx, desk.context)
    assert desk.row().ballot.message_id == REQUEST.message_id
    assert desk.letter("answer:")["kind"] == "preview"


def test_the_answer_confirm_to_the_preview_locks_the_text(desk):
    desk.drafted(SILENCE)
    desk.event("$preview", "preview", 1)
    yes = desk.said(CHAIR, "Confirm", reply_to=EventId("$preview"))
    message_seen(yes, desk.tx, desk.context)
    assert desk.row().ballot.state is State.LOCKED


def test_a_word_is_entered_with_its_text(desk):
    desk.opened(SILENCE)
    words = desk.said(PRIYA, "!object It is too short.", thread_root=EventId("$card"))
    message_seen(words, desk.tx, desk.context)
    (act,) = ballots.acts_of(desk.conn, 1)
    assert (act.position, act.with_text) == ("object", True)
    assert ballots.personal_of(desk.conn, 1)[1]["words"] == "It is too short."
