"""A preview is carried out by a check mark or the word; anything else calls it off or says how."""

import pytest
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, SILENCE

from bridge.domain.ballots import State
from handlers.calling_off import CALLED_OFF, HOW
from handlers.confirming import CONFIRM_WITHIN_MS
from handlers.messages import message_seen
from handlers.reactions import reaction_seen, redaction_seen

EXTEND = 'extend b/1 until="2025-11-04 08:00 UTC" reason="A holiday"'


@pytest.fixture
def asked(desk):
    """A desk at which the chair was shown what an extension would do."""
    desk.opened(SILENCE)
    desk.preview(EXTEND, "$ask")
    desk.event("$preview", "proposal:1", 1)
    return desk


@pytest.fixture
def drafted(desk):
    """A desk at which the chair was shown a call."""
    row = desk.drafted(SILENCE)
    desk.event("$preview", "preview", row.ballot.id)
    return desk


def is_extended(desk):
    return desk.row().ballot.deadline.instant > CLOSES_AT


def taps(desk, who, key, name="$sign"):
    reaction_seen(desk.tapped(who, "$preview", key, name), desk.tx, desk.context)


@pytest.mark.parametrize(
    "words", ["no", "No.", "cancel", "STOP", "no, wrong text", "!no", "!cancel"]
)
def test_a_no_in_reply_to_a_preview_calls_it_off_for_good(asked, words):
    assert asked.says(CHAIR, words, "$no", reply_to="$preview") == CALLED_OFF
    taps(asked, CHAIR, "✅")
    asked.says(CHAIR, "confirm", "$word", reply_to="$preview")
    assert not is_extended(asked)


@pytest.mark.parametrize("words", ["no", "cancel"])
def test_a_no_alone_in_the_thread_of_a_preview_calls_it_off(asked, words):
    assert asked.says(CHAIR, words, "$no", thread_root="$ask") == CALLED_OFF


@pytest.mark.parametrize(
    ("who", "words", "where"),
    [
        (CHAIR, "no, it was Monday", {"thread_root": "$ask"}),
        (CHAIR, "no", {"thread_root": "$ask", "reply_to": "$other"}),
        (CHAIR, "no", {}),
        (OSKAR, "no", {"reply_to": "$preview"}),
        (OSKAR, "yes", {"reply_to": "$preview"}),
        (CHAIR, "Looks good", {"reply_to": "$preview"}),
    ],
)
def test_what_is_said_to_somebody_else_or_by_somebody_else_stays_chat(asked, who, words, where):
    before = len(asked.told())
    message_seen(asked.said(who, words, "$words", **where), asked.tx, asked.context)
    assert len(asked.told()) == before
    taps(asked, CHAIR, "✅")
    assert is_extended(asked)


@pytest.mark.parametrize("words", ["yes", "Yes!", "yes, please", "!yes"])
def test_a_yes_in_reply_is_told_what_to_write_and_does_nothing(asked, words):
    assert asked.says(CHAIR, words, "$yes", reply_to="$preview") == HOW
    assert not is_extended(asked)
    assert "was extended" in asked.says(CHAIR, "confirm", "$word", reply_to="$preview")


@pytest.mark.parametrize("key", ["❌", "👎", "👎🏽", "✋", "✖️"])
def test_a_crossing_out_calls_a_preview_off(asked, key):
    taps(asked, CHAIR, key)
    assert CALLED_OFF in asked.letter("off:$sign")["content"]["body"]
    taps(asked, CHAIR, "✅", "$late")
    assert not is_extended(asked)


@pytest.mark.parametrize("key", ["👍", "👍🏿", "✔️", "☑"])
def test_a_sign_like_a_yes_carries_nothing_out_and_is_told_once_what_would(asked, key):
    taps(asked, CHAIR, key)
    taps(asked, CHAIR, key, "$twice")
    assert not is_extended(asked)
    assert asked.letters("how:") == ["how:$preview"]
    taps(asked, CHAIR, "✅", "$yes")
    assert is_extended(asked)


@pytest.mark.parametrize("key", ["❌", "👍"])
def test_nobody_elses_sign_is_anything(asked, key):
    taps(asked, PRIYA, key)
    assert asked.letters("off:") == asked.letters("how:") == []
    taps(asked, CHAIR, "✅", "$yes")
    assert is_extended(asked)


def test_who_removes_the_command_calls_its_preview_off(asked):
    for _ in range(2):
        redaction_seen(asked.removed(CHAIR, "$ask", "$gone"), asked.tx, asked.context)
    assert asked.letters("off:") == ["off:$gone"]
    taps(asked, CHAIR, "✅")
    assert not is_extended(asked)


def test_the_removal_of_what_was_done_or_is_long_over_says_nothing(asked):
    asked.now += CONFIRM_WITHIN_MS + 1
    redaction_seen(asked.removed(CHAIR, "$ask", "$gone"), asked.tx, asked.context)
    assert asked.letters("off:") == []
    assert redaction_seen(asked.removed(CHAIR, "$ask"), asked.tx, asked.context).reason


@pytest.mark.parametrize("where", [{"reply_to": "$preview"}, {"thread_root": "$asked"}])
def test_a_no_to_a_call_discards_the_draft(drafted, where):
    said = drafted.says(CHAIR, "no", "$no", **where)
    assert said.startswith("No call was sent: b/1 is discarded.")
    taps(drafted, CHAIR, "✅")
    assert drafted.row().ballot.state is State.WITHDRAWN
    assert drafted.letters("mail:") == []


@pytest.mark.parametrize("key", ["❌", "👎"])
def test_a_crossing_out_of_a_call_discards_the_draft(drafted, key):
    taps(drafted, PRIYA, key, "$other")
    assert drafted.row().ballot.state is State.DRAFT
    taps(drafted, CHAIR, key)
    assert drafted.row().ballot.state is State.WITHDRAWN


def test_who_removes_the_command_of_a_call_discards_the_draft(drafted):
    redaction_seen(drafted.removed(CHAIR, "$asked", "$gone"), drafted.tx, drafted.context)
    assert drafted.row().ballot.state is State.WITHDRAWN
    assert "b/1 is discarded" in drafted.letter("off:$gone")["content"]["body"]


def test_a_yes_to_a_call_is_told_what_to_write(drafted):
    assert drafted.says(CHAIR, "yes", "$yes", reply_to="$preview") == HOW
    assert drafted.row().ballot.state is State.DRAFT
