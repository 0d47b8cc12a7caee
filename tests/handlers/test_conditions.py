"""Words beside a yes: a reservation, a condition, or a remark that needs no answer."""

import pytest
from playbook_cast import CLOSES_AT, OSKAR, SILENCE, STRANGER

from bridge.store import ballots
from handlers.messages import message_seen
from handlers.refusals import LATE


@pytest.fixture
def open_desk(desk):
    desk.opened(SILENCE)
    return desk


def reserved(desk):
    desk.says(OSKAR, "!reserve Point 2 is weak.", "$r", thread_root="$card")
    desk.now += 1_000
    return desk.event("$question", "question", 1)


def test_a_reservation_is_asked_whether_it_stands_once(open_desk):
    reserved(open_desk)
    asked = [one for one in open_desk.told() if "Does your endorsement stand" in one]
    assert len(asked) == 1
    assert open_desk.count().reserve == 1


@pytest.mark.parametrize(
    ("said", "where", "counted"),
    [
        ("yes", {"reply_to": "$question"}, (1, 0)),
        ("Yes.", {"reply_to": "$question"}, (1, 0)),
        ("> Does your endorsement stand?\n\nno", {"reply_to": "$question"}, (0, 1)),
        ("!yes", {"thread_root": "$card"}, (1, 0)),
        ("!no", {"thread_root": "$card"}, (0, 1)),
        ("no", {"thread_root": "$card"}, (1, 0)),
        ("perhaps", {"reply_to": "$question"}, (1, 0)),
    ],
)
def test_yes_keeps_the_reservation_and_no_makes_it_an_objection(open_desk, said, where, counted):
    reserved(open_desk)
    open_desk.says(OSKAR, said, "$answer", **where)
    found = open_desk.count()
    assert (found.reserve, found.object) == counted
    assert all(one.raised_by.with_text for one in found.open_objections)


def test_the_words_of_a_reservation_stay_letter_by_letter(open_desk):
    reserved(open_desk)
    open_desk.says(OSKAR, "!no", "$answer", thread_root="$card")
    (objection,) = open_desk.count().open_objections
    said = ballots.personal_of(open_desk.conn, 1)[objection.raised_by.seq]["words"]
    assert said == "Point 2 is weak."


@pytest.mark.parametrize("said", ["!yes", "!no"])
@pytest.mark.parametrize("after", [1, 3_600_000])
def test_an_answer_after_the_deadline_is_told_to_be_late(open_desk, said, after):
    reserved(open_desk)
    if after > 1:
        open_desk.swept(CLOSES_AT + after)
    open_desk.now = CLOSES_AT + after
    told = open_desk.says(OSKAR, said, "$answer", thread_root="$card")
    assert told == LATE
    assert open_desk.count().open_objections == ()
    assert ballots.acts_of(open_desk.conn, 1)[-1].verdict == "late"


def test_who_reserved_nothing_has_nothing_to_answer(open_desk):
    assert "nothing to answer" in open_desk.says(OSKAR, "!yes", "$y", thread_root="$card")
    assert "nothing to answer" in open_desk.says(STRANGER, "!no", "$n", thread_root="$card")


def numbers(desk) -> tuple[int, ...]:
    found = desk.count()
    return found.endorse, found.reserve, found.no_objection, found.object


@pytest.mark.parametrize(
    ("word", "counted", "kept"),
    [
        ("!endorse but only if para 5 goes", (1, 0, 0, 0), (0, 1, 0, 0)),
        ("!endorse, mais sans le point 5", (1, 0, 0, 0), (0, 1, 0, 0)),
        ("!noobjection, if the budget is cut", (0, 0, 1, 0), (0, 0, 1, 0)),
        ("!no objection provided that it is short", (0, 0, 1, 0), (0, 0, 1, 0)),
    ],
)
@pytest.mark.parametrize("answer", ["!yes", "!no"])
def test_a_condition_is_asked_whether_the_word_stands(open_desk, word, counted, kept, answer):
    open_desk.says(OSKAR, word, "$word", thread_root="$card")
    assert "stand if the text is not changed?" in open_desk.told()[-1]
    assert open_desk.letters("told:1:stands:") == ["told:1:stands:$word:@oskar:hs.test"]
    assert numbers(open_desk) == counted
    open_desk.now += 1_000
    open_desk.says(OSKAR, answer, "$answer", thread_root="$card")
    assert numbers(open_desk) == (kept if answer == "!yes" else (0, 0, 0, 1))
    assert len(open_desk.letters("told:1:stands:")) == 1


def test_a_condition_that_is_refused_is_an_objection_with_its_words(open_desk):
    open_desk.says(OSKAR, "!endorse but only if para 5 goes", "$1", thread_root="$card")
    open_desk.now += 1_000
    open_desk.says(OSKAR, "!no", "$2", thread_root="$card")
    (objection,) = open_desk.count().open_objections
    said = ballots.personal_of(open_desk.conn, 1)[objection.raised_by.seq]["words"]
    assert said == "but only if para 5 goes"


@pytest.mark.parametrize("word", ["!endorse", "!endorse .", "!endorse 🎉", "!endorse!", "✅"])
def test_a_plain_yes_is_asked_nothing(open_desk, word):
    if word.startswith("!"):
        message_seen(open_desk.said(OSKAR, word, "$1"), open_desk.tx, open_desk.context)
    else:
        open_desk.taps(OSKAR, word, "$1")
    assert open_desk.count().endorse == 1
    assert open_desk.letters("told:") == []


@pytest.mark.parametrize("word", ["!abstain unless para 5 goes", "!recuse I wrote it"])
def test_words_that_are_read_by_nobody_are_told_to_be(open_desk, word):
    told = open_desk.says(OSKAR, word, "$1", thread_root="$card")
    assert "only the word is counted" in told


@pytest.mark.parametrize(
    ("rule", "says"),
    [("signon", "only the word is counted"), ("sense", "Does your endorsement stand")],
)
def test_nothing_is_asked_that_the_rule_cannot_count(desk, rule, says):
    desk.opened(SILENCE.replace("silence", rule))
    told = desk.says(OSKAR, "!endorse but only if para 5 goes", "$1", thread_root="$card")
    assert says in told
    assert ("?" in told) == (rule == "sense")
