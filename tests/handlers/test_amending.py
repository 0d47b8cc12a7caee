"""A changed text: shown word by word, labelled, and what it does to answers."""

from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, OSKAR, PRIYA, QUENTIN, REQUEST, SILENCE, STRANGER, Mail

from bridge.domain.ballots import Outcome, State
from bridge.store import ballots, rooms
from handlers.counting import closes_at
from handlers.reactions import redaction_seen

HOUR = 3_600_000
NEW = Mail("Newer.1", "Consultations must be announced sixty days ahead.\n")


@pytest.fixture
def open_desk(desk):
    desk.opened(SILENCE)
    desk.posted(NEW, "$new")
    return desk


def amended(desk, label, name="$amend", **where):
    return desk.chair(f"amend b/1 {label} confirm=yes", name, **{"reply_to": "$new", **where})


def test_a_change_is_shown_word_by_word_and_made_when_it_is_confirmed(open_desk):
    shown = open_desk.preview("amend b/1 substantive", "$ask", reply_to="$new")
    assert "[-thirty-]{+sixty+} days ahead" in shown
    assert "confirm" in shown
    assert open_desk.row().ballot.text.version == 1
    amended(open_desk, "substantive")
    ballot = open_desk.row().ballot
    assert (ballot.text.version, ballot.card_version, len(ballot.earlier)) == (2, 2, 1)
    assert any("[-thirty-]{+sixty+}" in one for one in open_desk.told())
    (act,) = [one for one in ballots.acts_of(open_desk.conn, 1) if one.position == "amend"]
    assert act.target == f"substantive/2/{ballot.text.sha256}"


def test_what_is_attached_to_a_new_text_is_taken_or_said_to_be_left_out(open_desk):
    file = ("new.txt", "text/plain", b"Consultations must be announced sixty days ahead.\n")
    open_desk.posted(Mail("Newest.1", "The new text is attached.\n", files=(file,)), "$newest")
    amend = "amend b/1 substantive"
    shown = open_desk.preview(amend, "$ask", reply_to="$newest")
    assert "not in this text: new.txt" in " ".join(shown.split())
    shown = open_desk.preview(f"{amend} text=attached", "$ask2", reply_to="$newest")
    assert "[-thirty-]{+sixty+} days ahead" in shown
    assert "LOOK" not in shown


def test_the_list_gets_the_new_text_once_whoever_labelled_it_what(open_desk):
    open_desk.taps(OSKAR, "✅", "$yes")
    open_desk.taps(PRIYA, "✋", "$hand")
    amended(open_desk, "substantive")
    mail = open_desk.letter("mail:amendment2")["raw"]
    assert "Subject: [CALL] AMENDED Joint statement on open consultations v2" in mail
    told = " ".join(mail.split())
    assert "2 of 7 answered an earlier text and have not confirmed it." in told
    assert "1 objection was open and ended with the earlier text." in told
    assert "[-thirty-] {+sixty+} days ahead." in told.replace("[-thirty-]{", "[-thirty-] {")
    assert "-- Consultations must be announced sixty days ahead. --" in told
    amended(open_desk, "substantive")
    assert len(open_desk.letters("mail:amendment")) == 1


def test_an_editorial_change_is_mailed_with_the_time_to_contest_it(open_desk):
    amended(open_desk, "editorial")
    told = " ".join(open_desk.letter("mail:amendment2")["raw"].split())
    assert "may contest that until Fri 31 Oct 2025 08:00 UTC: !contest and why" in told


def test_after_a_substantive_change_a_tap_or_a_word_confirms(open_desk):
    for number, who in enumerate((OSKAR, PRIYA, QUENTIN)):
        open_desk.taps(who, "✅", f"$yes{number}")
    amended(open_desk, "substantive")
    assert (open_desk.count().endorse, open_desk.count().silent) == (0, 7)
    open_desk.event("$card2", "card", 1)
    open_desk.taps(OSKAR, "👍", "$tap", on="$card2")
    told = open_desk.says(PRIYA, "!confirm", "$word", thread_root="$card2")
    assert "endorse" in told
    counted = open_desk.count()
    assert (counted.endorse, counted.unconfirmed) == (2, ("quentin",))


@pytest.mark.parametrize("word", ["!confirm", "confirm"])
def test_a_position_is_confirmed_wherever_other_words_count(open_desk, word):
    open_desk.taps(OSKAR, "✅", "$yes")
    amended(open_desk, "substantive")
    assert "Receipt" in open_desk.says(OSKAR, word, "$word")
    assert open_desk.count().endorse == 1
    assert "Confirm what?" in open_desk.says(PRIYA, word, "$nothing")


def test_who_confirms_after_the_close_is_told_that_it_is_closed(open_desk):
    open_desk.taps(PRIYA, "✅", "$yes")
    amended(open_desk, "substantive")
    open_desk.swept(CLOSES_AT + HOUR)
    told = open_desk.says(PRIYA, "!confirm", "$word", thread_root="$card")
    assert "You did not confirm it before the close" in told
    assert "facilitators" in open_desk.says(QUENTIN, "!confirm", "$other", thread_root="$card")


def test_a_reaction_on_the_old_card_is_asked_whether_the_new_one_is_meant(open_desk):
    amended(open_desk, "substantive")
    open_desk.event("$card2", "card", 1)
    open_desk.taps(OSKAR, "✅", "$old")
    assert "Did you mean the new version?" in open_desk.told()[-1]
    assert open_desk.count().not_counted == {"old_version": 1}
    assert rooms.ballot_event(open_desk.conn, 1, "card").event_id == "$card2"


def test_taking_back_a_reaction_on_the_old_card_leaves_nothing_to_confirm(open_desk):
    open_desk.taps(OSKAR, "✅", "$yes")
    amended(open_desk, "substantive")
    redaction_seen(open_desk.removed(OSKAR, "$yes"), open_desk.tx, open_desk.context)
    assert open_desk.count().unconfirmed == ()


def test_a_reservation_is_confirmed_with_its_words(open_desk):
    open_desk.says(OSKAR, "!reserve Too short.", "$r", thread_root="$card")
    amended(open_desk, "substantive")
    open_desk.says(OSKAR, "!confirm", "$c", thread_root="$card")
    assert open_desk.count().reserve == 1


def test_an_editorial_change_carries_the_answers_and_marks_them(open_desk):
    open_desk.taps(OSKAR, "✅", "$yes")
    amended(open_desk, "editorial")
    counted = open_desk.count()
    assert (counted.endorse, counted.unconfirmed) == (1, ())
    assert open_desk.letters("card:1:v2")
    assert open_desk.row().ballot.card_version == 1


def test_any_member_may_contest_the_label_which_acts_as_an_objection(open_desk):
    amended(open_desk, "editorial")
    said = open_desk.says(PRIYA, "!contest It doubles the time.", "$c", thread_root="$card")
    assert "recorded as an objection" in said
    (objection,) = open_desk.count().open_objections
    assert "contest" in objection.raised_by.flags
    # The chair gives in: the same words, called substantive.
    amended(open_desk, "substantive", "$again")
    assert open_desk.count().open_objections == ()
    assert open_desk.row().ballot.card_version == 3


def test_the_chair_says_which_of_two_objections_of_a_member_is_answered(desk):
    desk.opened(SILENCE.replace("silence", "rough"))
    desk.posted(NEW, "$new")
    desk.says(PRIYA, "!object Point 5 is wrong.", "$no", thread_root="$card")
    amended(desk, "editorial")
    desk.says(PRIYA, "!contest It doubles the time.", "$c", thread_root="$card")
    answer = "address b/1 person=priya link=https://lists.example.org/1"
    assert "two objections open" in desk.chair(answer, "$which")
    desk.chair(answer, "$rule", reply_to="$c", thread_root="$card")
    (left,) = desk.count().open_objections
    assert left.raised_by.source_id == "$no"


def test_whoever_lifts_one_of_two_objections_is_told_that_the_other_stands(open_desk):
    open_desk.taps(PRIYA, "✋", "$hand")
    amended(open_desk, "editorial")
    open_desk.now += 1_000
    open_desk.says(PRIYA, "!contest It doubles the time.", "$c", thread_root="$card")
    open_desk.now += 1_000
    open_desk.says(PRIYA, "!withdraw", "$w", thread_root="$card")
    said = open_desk.letter("told:1:stays")["content"]["body"]
    assert "your contest of the change's label is lifted; your objection to the text stands" in said
    open_desk.now += 1_000
    open_desk.says(PRIYA, "!withdraw", "$again", thread_root="$card")
    assert open_desk.count().open_objections == ()
    assert len(open_desk.letters("told:1:stays")) == 1


def test_a_contest_blocks_whatever_else_its_author_writes_of_the_text(desk):
    desk.opened(SILENCE.replace("silence", "threshold"))
    desk.posted(NEW, "$new")
    for number, who in enumerate((OSKAR, QUENTIN)):
        desk.taps(who, "✅", f"$yes{number}")
    amended(desk, "editorial")
    desk.says(PRIYA, "!contest It doubles the time.", "$c", thread_root="$card")
    desk.says(PRIYA, "!object And point 5 is wrong.", "$no", thread_root="$card")
    assert desk.count().outcome is Outcome.OBJECTED


@pytest.mark.parametrize("rule", ["silence", "rough", "threshold", "threshold blocking=yes"])
def test_a_contest_stands_in_the_way_wherever_something_is_decided(desk, rule):
    desk.opened(SILENCE.replace("silence", rule))
    desk.posted(NEW, "$new")
    for number, who in enumerate((OSKAR, QUENTIN)):
        desk.taps(who, "✅", f"$yes{number}")
    amended(desk, "editorial")
    desk.says(PRIYA, "!contest It doubles the time.", "$c", thread_root="$card")
    desk.now = CLOSES_AT - HOUR
    assert desk.count().outcome is Outcome.OBJECTED
    desk.says(PRIYA, "!withdraw", "$w", thread_root="$card")
    assert desk.count().outcome is not Outcome.OBJECTED
    assert closes_at(desk.tx, desk.row().ballot) >= CLOSES_AT + 23 * HOUR


@pytest.mark.parametrize("rule", ["signon", "sense"])
def test_where_nothing_is_decided_no_change_is_editorial(desk, rule):
    desk.opened(SILENCE.replace("silence", rule))
    desk.posted(NEW, "$new")
    assert "call the change substantive" in amended(desk, "editorial")
    assert "version 2" in amended(desk, "substantive", "$again")


def test_a_strangers_contest_is_told_that_it_does_not_count(open_desk):
    amended(open_desk, "editorial")
    said = open_desk.says(STRANGER, "!contest It doubles the time.", "$c", thread_root="$card")
    assert "not on the roll" in said
    assert "recorded as an objection" not in said


def test_a_confirmation_after_the_deadline_is_told_to_be_late(open_desk):
    open_desk.taps(OSKAR, "✅", "$yes")
    amended(open_desk, "substantive")
    open_desk.now = CLOSES_AT + 1
    assert "after the deadline" in open_desk.says(OSKAR, "!confirm", "$c", thread_root="$card")


@pytest.mark.parametrize(
    ("label", "after", "words", "says"),
    [
        ("substantive", 0, "!contest Why", "No editorial change"),
        ("editorial", 25 * HOUR, "!contest Why", "could be contested until"),
        ("editorial", 0, "!contest", "your words"),
    ],
)
def test_what_cannot_be_contested_is_said(open_desk, label, after, words, says):
    amended(open_desk, label)
    open_desk.now += after
    assert says in open_desk.says(PRIYA, words, "$c", thread_root="$card")


@pytest.mark.parametrize(
    ("command", "where", "says"),
    [
        ("amend b/1", {"reply_to": "$new"}, "editorial or substantive?"),
        ("amend b/1 editorial", {}, "Where is the new text?"),
        ("amend b/1 editorial", {"reply_to": "$request"}, "already"),
        ("amend b/1 wrong", {"reply_to": "$new"}, "could not read"),
    ],
)
def test_a_mistaken_change_is_told_the_right_form(open_desk, command, where, says):
    open_desk.event("$request", "post", message_id=REQUEST.message_id)
    assert says in open_desk.chair(command, "$amend", **where)
    assert open_desk.row().ballot.text.version == 1


def test_a_substantive_change_needs_time_to_answer(open_desk):
    open_desk.now = CLOSES_AT - 23 * HOUR
    assert "!ballot extend b/1" in amended(open_desk, "substantive")


@pytest.mark.parametrize("left", [48 * HOUR, 48 * HOUR - 1])
def test_a_rough_consensus_has_a_whole_final_call_for_the_text_that_it_ends_with(desk, left):
    desk.opened(SILENCE.replace("silence", "rough").replace("2025-11-03", "2025-11-06"))
    desk.posted(NEW, "$new")
    desk.chair("finalcall b/1", "$final")
    assert desk.row().ballot.state is State.FINAL_CALL
    closes = desk.row().ballot.deadline.instant
    desk.now = closes - left
    said = amended(desk, "substantive")
    if left < 48 * HOUR:
        assert "people need 48 hours to read a changed text" in said
        return
    calls = [one for one in desk.told() if one.startswith("Final call for b/1")]
    assert any("the final call was for the old text" in one for one in desk.told())
    assert (len(calls), len(desk.letters("mail:final-call"))) == (2, 2)
    assert desk.row().ballot.state is State.FINAL_CALL


def test_a_substantive_change_ends_a_final_call_that_was_for_the_old_text(desk):
    desk.opened(SILENCE.replace("silence", "rough").replace("2025-11-03", "2025-11-06"))
    desk.posted(NEW, "$new")
    desk.chair("finalcall b/1", "$final")
    amended(desk, "substantive")
    assert desk.row().ballot.state is State.OPEN


def test_an_editorial_change_leaves_its_whole_time_to_contest_it(open_desk):
    open_desk.now = CLOSES_AT - 24 * HOUR + 1
    assert "!ballot extend b/1" in amended(open_desk, "editorial")
    assert open_desk.row().ballot.text.version == 1
    open_desk.now = CLOSES_AT - 24 * HOUR
    assert "version 2" in amended(open_desk, "editorial", "$amend2")
    rule = open_desk.row().ballot.rule
    assert replace(rule, contest=rule.contest * 2).sha256 != rule.sha256


def test_a_closed_ballot_keeps_its_text(open_desk):
    open_desk.swept(CLOSES_AT + HOUR)
    assert open_desk.row().ballot.state is State.CLOSED
    assert "cannot be changed" in amended(open_desk, "editorial")


def test_an_objection_falls_with_the_text_it_was_to_and_its_person_is_called(open_desk):
    open_desk.taps(PRIYA, "✋", "$hand")
    amended(open_desk, "substantive")
    assert open_desk.count().open_objections == ()
    called = [one["content"]["m.mentions"] for one in [open_desk.letter("room:1:amended:2")]]
    assert called == [{"user_ids": [PRIYA]}]


def test_confirming_without_anything_to_confirm_is_the_chairs_word(open_desk):
    assert "Only the person who asked" in open_desk.says(
        OSKAR, "confirm", "$c", thread_root="$card"
    )
    assert open_desk.count().positions == {}
