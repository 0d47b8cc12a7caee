from dataclasses import replace

import pytest
from playbook_cast import CHAIR, CLOSES_AT, LIST_ID, OSKAR, PRIYA, SILENCE

from bridge.domain.ballots import State
from bridge.ids import RoomId, UserId
from bridge.store import ballots
from handlers.reactions import reaction_seen, redaction_seen


@pytest.mark.parametrize("who", ["@seconded:hs.test", "@list_abc:hs.test"])
def test_our_own_reactions_are_nothing(desk, who):
    desk.opened(SILENCE)
    outcome = reaction_seen(desk.tapped(UserId(who), "$card"), desk.tx, desk.context)
    assert outcome.reason == "our own"
    assert ballots.acts_of(desk.conn, 1) == []


def test_a_tap_counts_once_however_often_it_is_seen(desk):
    desk.opened(SILENCE)
    seen = [reaction_seen(desk.tapped(OSKAR, "$card"), desk.tx, desk.context) for _ in range(2)]
    assert [one.reason for one in seen] == [None, "known"]
    assert len(ballots.acts_of(desk.conn, 1)) == 1


def test_a_reaction_to_nothing_or_from_another_room_is_nothing(desk):
    desk.opened(SILENCE)
    elsewhere = replace(desk.tapped(OSKAR, "$card"), room=RoomId("!elsewhere"))
    for event in (desk.tapped(OSKAR, "$unknown"), elsewhere):
        outcome = reaction_seen(event, desk.tx, desk.context)
        assert outcome.reason == "a reaction to nothing of ours"


@pytest.mark.parametrize("kind", ["post", "status"])
def test_a_reaction_to_anything_but_a_card_is_sentiment(desk, kind):
    desk.opened(SILENCE)
    desk.event("$other", kind)
    outcome = reaction_seen(desk.tapped(OSKAR, "$other"), desk.tx, desk.context)
    assert outcome.reason == "sentiment"
    removed = redaction_seen(desk.removed(OSKAR, "$tap"), desk.tx, desk.context)
    assert removed.reason == "sentiment"
    assert ballots.acts_of(desk.conn, 1) == []


@pytest.mark.parametrize("kind", ["statement", "status", "comments"])
@pytest.mark.parametrize(("key", "is_told"), [("✅", True), ("👎", True), ("❤", False)])
def test_a_position_beside_the_card_is_told_once_where_it_counts(desk, kind, key, is_told):
    desk.opened(SILENCE)
    desk.event("$beside", kind, 1)
    for number in range(3):
        assert desk.taps(OSKAR, key, f"${number}", on="$beside").reason == "sentiment"
    assert desk.letters("told:") == (["told:1:beside/1:@oskar:hs.test"] if is_told else [])
    assert ballots.acts_of(desk.conn, 1) == []


def test_a_position_beside_the_card_of_what_is_over_says_nothing(desk):
    desk.opened(SILENCE)
    desk.event("$text", "statement", 1)
    desk.swept(CLOSES_AT + 3_600_000)
    desk.taps(OSKAR, "✋", "$late", on="$text")
    assert desk.letters("told:") == []


@pytest.mark.parametrize(
    ("who", "key", "state"),
    [
        (CHAIR, "✅", State.LOCKED),
        (CHAIR, "✅\N{VARIATION SELECTOR-16}", State.LOCKED),
        (CHAIR, "👍", State.DRAFT),
        (CHAIR, "✔", State.DRAFT),
        (OSKAR, "✅", State.DRAFT),
    ],
)
def test_a_yes_of_the_chair_to_the_preview_locks_the_text(desk, who, key, state):
    row = desk.drafted(SILENCE)
    desk.event("$preview", "preview", row.ballot.id)
    reaction_seen(desk.tapped(who, "$preview", key), desk.tx, desk.context)
    assert desk.row().ballot.state is state


def test_a_removal_is_entered_once_for_whose_reaction_it_was(desk):
    desk.opened(SILENCE)
    reaction_seen(desk.tapped(OSKAR, "$card"), desk.tx, desk.context)
    for name in ("$gone", "$gone", "$again"):
        redaction_seen(desk.removed(PRIYA, "$tap", name), desk.tx, desk.context)
    tapped, removed = ballots.acts_of(desk.conn, 1)
    assert (removed.person_ref, removed.target) == (tapped.person_ref, "$tap")
    assert removed.flags == ("removed_by_moderator",)


def test_the_removal_of_something_unknown_is_nothing(desk):
    outcome = redaction_seen(desk.removed(OSKAR, "$unknown"), desk.tx, desk.context)
    assert outcome.reason == "removes nothing we know"
    assert desk.letters() == []
    assert LIST_ID in desk.context.lists


def test_a_text_that_was_redacted_is_posted_again_once(desk):
    desk.opened(SILENCE)
    desk.event("$text", "statement", 1)
    for _ in range(2):
        redaction_seen(desk.removed(OSKAR, "$text"), desk.tx, desk.context)
    first, again = desk.letters("statement:1")
    assert desk.letter(again)["content"]["body"] == desk.letter(first)["content"]["body"]
    assert desk.letter(first)["kind"] == "statement"
    assert len(desk.letters("room:1:text-again")) == 1
    assert desk.letters("card:1") == ["card:1"]
