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
        (OSKAR, {"replaces": EventId("$x"), "msgtype": "m.notice"}, "no new words of a person"),
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


@pytest.mark.parametrize(
    "word", ["!no objection", "!No Objection.", "!noobjection", "! no objection"]
)
def test_no_objection_is_never_the_no_to_a_question(desk, word):
    desk.opened(SILENCE)
    desk.says(PRIYA, "!reserve Point 2 is weak.", "$1", thread_root="$card")
    desk.now += 1_000
    desk.says(PRIYA, word, "$2", thread_root="$card")
    assert (desk.count().no_objection, desk.count().object) == (1, 0)


@pytest.mark.parametrize("word", ["!yes but only if para 5 goes", "!no way", "!no I mean yes"])
def test_a_yes_or_no_with_other_words_is_not_half_read(desk, word):
    desk.opened(SILENCE)
    desk.says(PRIYA, "!reserve Point 2 is weak.", "$1", thread_root="$card")
    desk.now += 1_000
    told = desk.says(PRIYA, word, "$2", thread_root="$card")
    assert "nothing was recorded. What did you mean?" in told
    assert len(ballots.acts_of(desk.conn, 1)) == 1


@pytest.mark.parametrize("word", ["!objection foo", "!endorsed", "!no-objections"])
def test_a_word_that_is_nearly_one_records_nothing_and_is_told_the_right_one(desk, word):
    desk.opened(SILENCE)
    assert "did you mean !" in desk.says(PRIYA, word, "$1", thread_root="$card")
    assert ballots.acts_of(desk.conn, 1) == []
