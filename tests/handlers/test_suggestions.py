"""What reads like an answer and is none is told once, and stays chat."""

import pytest
from playbook_cast import CLOSES_AT, MODERATOR, OSKAR, PRIYA, SILENCE, STRANGER

from bridge.store import ballots
from handlers.messages import message_seen
from handlers.reactions import redaction_seen

CARD = {"thread_root": "$card"}


@pytest.fixture
def open_desk(desk):
    desk.opened(SILENCE)
    return desk


def writes(desk, who, body, name, **where):
    desk.now += 1_000
    return message_seen(desk.said(who, body, name, **where), desk.tx, desk.context)


def deletes(desk, who, what, name="$gone"):
    desk.now += 1_000
    return redaction_seen(desk.removed(who, what, name), desk.tx, desk.context)


@pytest.mark.parametrize(
    ("body", "where", "is_told"),
    [
        ("+1", CARD, True),
        ("+1", {"reply_to": "$card"}, True),
        ("endorse", CARD, True),
        ("ENDORSE", CARD, True),
        ("No objection.", CARD, True),
        ("Object: para 5", CARD, True),
        ("endorse\n\nBest, Oskar", CARD, True),
        ("👍", CARD, True),
        ("> +1\n\nI am not so sure.", CARD, False),
        ("I endorse this", CARD, False),
        ("can't +1", CARD, False),
        ("+1 202 555 0100", CARD, False),
        ("🎉", CARD, False),
        ("yes", CARD, False),
        ("+1", {}, False),
        ("endorse", {"thread_root": "$chat"}, False),
    ],
)
def test_a_keyword_in_chat_is_asked_about_once_and_not_counted(open_desk, body, where, is_told):
    for number in range(2):
        assert writes(open_desk, OSKAR, body, f"${number}", **where).reason == "chat"
    told = ["told:1:suggestion/1:@oskar:hs.test"] if is_told else []
    assert open_desk.letters("told:") == told
    assert ballots.acts_of(open_desk.conn, 1) == []


def test_nobody_else_is_asked_and_nobody_after_the_close(open_desk):
    writes(open_desk, STRANGER, "+1", "$1", **CARD)
    open_desk.swept(CLOSES_AT + 3_600_000)
    writes(open_desk, OSKAR, "+1", "$2", **CARD)
    assert open_desk.letters("told:") == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("yes, but only if para 5 goes", {"reply_to": "$question"}),
        ("If para 5 goes:\nyes", {"reply_to": "$question"}),
        ("yes", CARD),
        ("No.", CARD),
    ],
)
def test_what_is_neither_yes_nor_no_is_told_once_and_changes_nothing(open_desk, body, where):
    writes(open_desk, OSKAR, "!reserve Point 2 is weak.", "$r", **CARD)
    open_desk.event("$question", "question", 1)
    for number in range(2):
        writes(open_desk, OSKAR, body, f"${number}", **where)
    assert "only yes or no is read" in open_desk.told()[-1]
    assert open_desk.letters("told:1:neither:") == ["told:1:neither:$r:@oskar:hs.test"]
    assert (open_desk.count().reserve, open_desk.count().object) == (1, 0)


def test_who_was_not_asked_may_chat_below_the_question(open_desk):
    writes(open_desk, OSKAR, "!reserve Point 2 is weak.", "$r", **CARD)
    open_desk.event("$question", "question", 1)
    writes(open_desk, PRIYA, "I think so, too.", "$1", reply_to="$question")
    assert open_desk.letters("told:1:neither:") == []


def test_a_word_that_is_mended_by_an_edit_is_told_to_be_written_anew(open_desk):
    writes(open_desk, OSKAR, "!endorze", "$typo", **CARD)
    for name in ("$edit", "$edit", "$again"):
        writes(open_desk, OSKAR, "* !endorse", name, replaces="$typo")
    assert "An edit is not read" in open_desk.told()[-1]
    (key,) = open_desk.letters("edited:")
    said = open_desk.letter(key)
    assert (said["thread"], said["reply_to"]) == ("event:$card", "event:$typo")
    assert ballots.acts_of(open_desk.conn, 1) == []


@pytest.mark.parametrize("body", ["* !object para 6", "* never mind"])
def test_a_word_that_was_counted_stays_as_it_was_written(open_desk, body):
    writes(open_desk, OSKAR, "!object para 5", "$word", **CARD)
    for name in ("$edit", "$again"):
        writes(open_desk, OSKAR, body, name, replaces="$word")
    writes(open_desk, PRIYA, body, "$forged", replaces="$word")
    assert "The words that you wrote first are recorded" in open_desk.told()[-1]
    assert len(open_desk.letters("told:1:edited:")) == 1
    assert open_desk.count().object == 1


def test_an_edit_of_chat_is_chat(open_desk):
    writes(open_desk, OSKAR, "* I meant Tuesday.", "$edit", replaces="$chat")
    assert open_desk.letters("edited:") == []


@pytest.mark.parametrize(
    ("word", "says"),
    [("!object para 5", "stays recorded: object"), ("!endorse", "stays recorded: endorse")],
)
def test_deleting_the_message_of_a_word_takes_nothing_back_and_that_is_told(open_desk, word, says):
    writes(open_desk, OSKAR, word, "$word", **CARD)
    for _ in range(2):
        deletes(open_desk, OSKAR, "$word")
    assert says in open_desk.told()[-1]
    assert "!withdraw takes it back" in open_desk.told()[-1]
    assert len(open_desk.letters("told:1:deleted:")) == 1
    assert len(ballots.acts_of(open_desk.conn, 1)) == 1


def test_deleting_after_the_close_is_told_that_it_is_closed(open_desk):
    writes(open_desk, OSKAR, "!endorse", "$word", **CARD)
    open_desk.swept(CLOSES_AT + 3_600_000)
    deletes(open_desk, OSKAR, "$word")
    assert "b/1 is closed." in open_desk.told()[-1]


@pytest.mark.parametrize("who", [MODERATOR, PRIYA])
def test_whose_word_somebody_else_deletes_is_told_nothing(open_desk, who):
    writes(open_desk, OSKAR, "!endorse", "$word", **CARD)
    deletes(open_desk, who, "$word")
    assert open_desk.letters("told:1:deleted:") == []
    assert open_desk.count().endorse == 1


def test_deleting_a_word_that_another_one_replaced_says_nothing(open_desk):
    writes(open_desk, OSKAR, "!endorse", "$word", **CARD)
    writes(open_desk, OSKAR, "!abstain", "$later", **CARD)
    deletes(open_desk, OSKAR, "$word")
    assert open_desk.letters("told:1:deleted:") == []
