"""How people answer a ballot, and what each answer amounts to."""

import pytest
from playbook_cast import (
    CHAIR,
    MODERATOR,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    ROSA,
    SAMI,
    STRANGER,
    TOMOKO,
)

from bridge.domain.positions import Position
from bridge.ids import UserId


def held(counted) -> dict[str, str]:
    """Return who holds which position."""
    return {person: str(each.position) for person, each in counted.positions.items()}


async def test_every_sign_and_its_aliases_count(opened):
    taps = {
        CHAIR: "✔️",
        OSKAR: "👍🏿",
        PRIYA: "👌🏽",
        QUENTIN: "⚪️",
        ROSA: "⏳",
        SAMI: "👎",
        TOMOKO: "☑",
    }
    for who, key in taps.items():
        await opened.taps(who, key)
    counted = await opened.tally()
    assert (counted.endorse, counted.no_objection, counted.abstain) == (3, 1, 1)
    assert (counted.hold, counted.object, counted.silent) == (1, 1, 0)
    assert counted.support == 2


async def test_every_word_counts(opened):
    words = {
        CHAIR: "!endorse",
        OSKAR: "!Reserve Point 2 is weak.",
        PRIYA: "!noobjection",
        QUENTIN: "!abstain",
        ROSA: "!recuse",
        SAMI: "!hold I am travelling.",
        TOMOKO: "!object It names one group only.",
    }
    for who, word in words.items():
        await opened.says(who, word, thread=opened.card)
    assert held(await opened.tally()) == {
        "nadia": "endorse",
        "oskar": "reserve",
        "priya": "no_objection",
        "quentin": "abstain",
        "rosa": "recuse",
        "sami": "hold",
        "tomoko": "object",
    }


async def test_a_word_in_the_timeline_answers_the_only_open_ballot(opened):
    await opened.says(OSKAR, "!endorse")
    assert held(await opened.tally()) == {"oskar": "endorse"}


async def test_a_tap_that_is_taken_back_leaves_silence(opened):
    await opened.removes(OSKAR, await opened.taps(OSKAR))
    assert held(await opened.tally()) == {}
    assert "hold no position now" in opened.answer


async def test_an_objection_taken_back_leaves_the_sign_below_it(opened):
    await opened.taps(OSKAR, "✅")
    hand = await opened.taps(OSKAR, "✋")
    assert held(await opened.tally()) == {"oskar": "object"}
    await opened.removes(OSKAR, hand)
    assert held(await opened.tally()) == {"oskar": "endorse"}


async def test_an_objection_masks_a_later_tap_and_the_person_is_told(opened):
    await opened.taps(OSKAR, "✋")
    await opened.taps(OSKAR, "✅")
    assert held(await opened.tally()) == {"oskar": "object"}
    assert any("Your objection still stands" in one for one in opened.said)


async def test_an_objection_is_lifted_in_writing(opened):
    await opened.taps(OSKAR, "✋")
    await opened.says(OSKAR, "!endorse", thread=opened.card)
    assert held(await opened.tally()) == {"oskar": "endorse"}
    await opened.says(OSKAR, "!withdraw", thread=opened.card)
    assert held(await opened.tally()) == {}


async def test_an_objector_is_asked_for_a_reason_and_for_nothing_else(opened):
    before = len(opened.said)
    await opened.taps(OSKAR, "✋")
    (asked,) = opened.said[before:]
    assert "Please say why" in asked


async def test_a_reservation_without_words_asks_for_them_and_then_counts(opened):
    await opened.taps(OSKAR, "📝")
    assert (await opened.tally()).reserve_without_words == 1
    assert "Please write what you want noted" in opened.answer
    await opened.says(OSKAR, "!reserve", thread=opened.card)
    assert (await opened.tally()).reserve == 0
    await opened.says(OSKAR, "!reserve Point 2 is weak.", thread=opened.card)
    assert (await opened.tally()).reserve == 1


async def test_a_moderator_takes_no_position_away(opened):
    await opened.removes(MODERATOR, await opened.taps(OSKAR))
    assert held(await opened.tally()) == {"oskar": "endorse"}
    removal = ("oskar", "removed", "rejected", "removed_by_moderator", ("removed_by_moderator",))
    assert (await opened.acts())[-1] == removal


@pytest.mark.parametrize("key", ["❤", "🎉", ":+1:", "mxc://hs.test/abc", "❤️‍🔥"])
async def test_a_sign_that_is_no_option_is_told_once_and_not_counted(opened, key):
    before = len(opened.said)
    await opened.taps(OSKAR, key)
    await opened.taps(OSKAR, f"{key}2")
    (told,) = opened.said[before:]
    assert "no position on this ballot" in told
    assert held(await opened.tally()) == {}


async def test_a_stranger_is_told_once_and_not_counted(opened):
    before = len(opened.said)
    await opened.taps(STRANGER, "✅")
    await opened.taps(STRANGER, "✋")
    assert ["not on the roll" in one for one in opened.said[before:]] == [True]
    assert held(await opened.tally()) == {}


async def test_our_ghosts_and_seeds_count_for_nothing(opened):
    ghost = UserId(next(iter(opened.homeserver.names)))
    await opened.taps(ghost)
    assert await opened.acts() == []
    assert (await opened.tally()).silent == 7


async def test_reactions_elsewhere_are_sentiment(opened):
    chat = await opened.says(OSKAR, "I like it.")
    for target in (await opened.event_of(REQUEST), opened.status_line, opened.preview, chat):
        await opened.taps(PRIYA, "✅", on=target)
    await opened.taps(PRIYA, "✅", on="$nothing")
    assert await opened.acts() == []
    assert "only signs on the card itself are" in opened.answer


async def test_an_edit_of_a_message_says_nothing_new(opened):
    said = await opened.says(OSKAR, "I will answer soon.", thread=opened.card)
    content = {
        "msgtype": "m.text",
        "body": "!endorse",
        "m.relates_to": {"rel_type": "m.replace", "event_id": said},
    }
    opened.homeserver._append(opened.room_id, OSKAR, "m.room.message", content)
    await opened.quiet()
    assert await opened.acts() == []
    assert "An edit is not read" in opened.answer


async def test_chat_about_a_ballot_is_no_answer_to_it(opened):
    before = len(opened.said)
    for words in ("I endorse this", "can't +1", "+1", "endorse", "ENDORSE"):
        await opened.says(OSKAR, words, thread=opened.card)
    assert await opened.acts() == []
    (told,) = opened.said[before:]
    assert "Did you mean that as your answer?" in told
    assert "!endorse" in told


async def test_the_latest_answer_counts_through_whatever_door(opened):
    tap = await opened.taps(OSKAR)
    await opened.says(OSKAR, "!abstain", thread=opened.card)
    assert held(await opened.tally()) == {"oskar": Position.ABSTAIN}
    await opened.removes(OSKAR, tap)
    assert held(await opened.tally()) == {"oskar": Position.ABSTAIN}


async def test_the_status_line_counts_along(opened):
    await opened.taps(OSKAR)
    await opened.later(minutes=1)
    assert "endorse 1, object 0, not heard from 6" in opened.status
