"""A preview in the room, and the yes to it."""

import pytest
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, SILENCE, STRANGER

from handlers.asked import QUESTION
from handlers.confirming import CONFIRM_WITHIN_MS
from handlers.reactions import reaction_seen

EXTEND = 'extend b/1 until="2025-11-04 08:00 UTC" reason="A holiday"'


@pytest.fixture
def asked(desk):
    """A desk at which the chair was shown what an extension would do."""
    desk.opened(SILENCE)
    assert QUESTION in desk.preview(EXTEND, "$ask")
    desk.event("$preview", "proposal:1", 1)
    return desk


def is_extended(desk):
    return desk.row().ballot.deadline.instant > CLOSES_AT


def tap(desk, who, name, key="✅"):
    reaction_seen(desk.tapped(who, "$preview", key, name), desk.tx, desk.context)


def test_a_tap_on_the_preview_is_the_yes(asked):
    tap(asked, CHAIR, "$tap")
    assert is_extended(asked)
    assert "was extended by the chair" in asked.letter("yes:$tap")["content"]["body"]
    tap(asked, CHAIR, "$tap2")
    assert asked.letters("yes:") == ["yes:$tap"]


@pytest.mark.parametrize("who", [OSKAR, PRIYA, STRANGER])
def test_nobody_elses_yes_counts(asked, who):
    tap(asked, who, "$tap")
    said = asked.says(who, "confirm", "$word", thread_root="$ask", reply_to="$preview")
    assert not is_extended(asked)
    assert "Only" in said or "not in the roster" in said


def test_another_sign_is_no_yes(asked):
    tap(asked, CHAIR, "$tap", "👎")
    assert not is_extended(asked)


@pytest.mark.parametrize("where", [{"thread_root": "$ask"}, {"reply_to": "$preview"}])
def test_the_word_is_a_yes_in_the_thread_or_as_a_reply(asked, where):
    assert "was extended" in asked.says(CHAIR, "confirm", "$word", **where)
    assert is_extended(asked)


def test_an_answer_to_another_message_of_the_thread_is_no_yes(asked):
    said = asked.says(CHAIR, "confirm", "$word", thread_root="$ask", reply_to="$closed")
    assert "Confirm what?" in said
    assert not is_extended(asked)


def test_a_word_elsewhere_confirms_nothing(asked):
    assert "Confirm what?" in asked.says(CHAIR, "confirm", "$word")
    assert not is_extended(asked)


def test_a_yes_to_what_has_changed_shows_it_anew_and_that_can_be_confirmed(asked):
    asked.taps(PRIYA, "✋", "$hand")
    tap(asked, CHAIR, "$tap")
    assert not is_extended(asked)
    anew = asked.letter("yes:$tap")
    assert "objections open: 0 then, 1 now" in anew["content"]["body"]
    assert anew["kind"] == "proposal:2"
    assert "was extended" in asked.says(CHAIR, "confirm", "$word", thread_root="$ask")


def test_a_yes_after_an_hour_shows_it_anew(asked):
    asked.now += CONFIRM_WITHIN_MS + 1
    said = asked.says(CHAIR, "confirm", "$word", reply_to="$preview")
    assert "more than 1 hour ago" in said
    assert not is_extended(asked)


def test_what_cannot_be_done_any_more_is_said(asked):
    asked.swept(CLOSES_AT + 600_000)
    tap(asked, CHAIR, "$tap")
    assert "deadline of b/1 has passed" in asked.letter("yes:$tap")["content"]["body"]
