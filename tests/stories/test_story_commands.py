"""Commands: who may give them, and what a mistaken one is told."""

import pytest
from playbook_cast import (
    CHAIR,
    CLOSES,
    CLOSES_AT,
    MODERATOR,
    OSKAR,
    PRIYA,
    REQUEST,
    SILENCE,
    STRANGER,
)

from bridge.domain.ballots import State

HOUR = 3_600_000
RIGHT = f'closes="{CLOSES}"'
AFTER_THE_GRACE = CLOSES_AT + HOUR


@pytest.mark.parametrize(
    ("command", "named", "right"),
    [
        ('rule=silence roster=pc closes="2025-11-03 08:00"', "time zone", "08:00 UTC"),
        ('rule=silence roster=pc closes="2025-11-03 08:00 EST"', "EST", "America/New_York"),
        ('rule=silence roster=pc closes="tomorrow"', "tomorrow", "08:00 UTC"),
        ('rule=silence roster=pc closes="2025-10-01 08:00 UTC"', "past", "08:00 UTC"),
        ('rule=silence roster=pc closes="2025-10-31 08:00 UTC"', "24 hours", "48 hours"),
        ('rule=silence roster=pc closes="2025-11-01 20:00 UTC"', "60 hours", "reason="),
        ("rule=silence roster=pc", "closes", "UTC"),
        (f"rule=silense roster=pc {RIGHT}", "silense", "rule=silence"),
        (f"roster=pc {RIGHT}", "rule", "rule=silence"),
        (f"rule=silence rooster=pc {RIGHT}", "rooster", "roster="),
        (f"rule=silence roster=pc threshold=2/3 {RIGHT}", "threshold", "rule=silence"),
        (f"rule=threshold roster=pc threshold=7/3 {RIGHT}", "7/3", "2/3"),
        (f"rule=silence roster=tc {RIGHT}", "tc", "pc"),
        (f"rule=silence {RIGHT}", "roster=", "pc"),
        (f"rule=silence roster=pc proposer=otto {RIGHT}", "otto", "proposer="),
        (f"rule=silence roster=pc text=attachment {RIGHT}", "text", "post"),
        ('rule=silence roster=pc closes="2025-11-03', "not closed", 'closes="'),
        (f"rule=silence rule=silence roster=pc {RIGHT}", "twice", "!ballot open"),
        (f"silence roster=pc {RIGHT}", "silence", "key=value"),
    ],
)
async def test_a_mistaken_command_names_the_mistake_and_the_right_form(
    requested, command, named, right
):
    request = await requested.event_of(REQUEST)
    await requested.says(CHAIR, f"!ballot open {command}", reply_to=request)
    assert named in requested.answer
    assert right in requested.answer
    assert not requested.has_card


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (SILENCE, "Write this as a reply"),
        ("!ballot", "second word"),
        ("!ballot opne", "open"),
        ("!balot open", "!ballot"),
        ("!ballot close b/7", "no ballot"),
        ("!ballot withdraw b/1", "no ballot"),
        ("!ballot status", "Which ballot"),
        ("!endorse", "No ballot is open"),
        ("confirm", "Confirm what?"),
        ("!help", "!ballot open"),
    ],
)
async def test_a_command_that_fits_nothing_is_told_what_would(requested, command, answer):
    await requested.says(CHAIR, command)
    assert answer in requested.answer


@pytest.mark.parametrize("who", [STRANGER, PRIYA, MODERATOR])
async def test_nobody_but_a_facilitator_opens_a_ballot(requested, who):
    await requested.says(who, SILENCE, reply_to=await requested.event_of(REQUEST))
    assert "Shall I post" not in requested.answer
    assert requested.mails == []


@pytest.mark.parametrize("who", [STRANGER, PRIYA, OSKAR])
async def test_nobody_but_who_asked_confirms_the_preview(requested, who):
    await requested.says(CHAIR, SILENCE, reply_to=await requested.event_of(REQUEST))
    await requested.taps(who, "✅", on=requested.preview)
    await requested.says(who, "confirm", reply_to=requested.preview)
    assert (await requested.ballot()).state is State.DRAFT
    assert requested.mails == []


@pytest.mark.parametrize("key", ["👀", "👍", "❤️"])
async def test_only_a_yes_confirms_the_preview(requested, key):
    await requested.says(CHAIR, SILENCE, reply_to=await requested.event_of(REQUEST))
    await requested.taps(CHAIR, key, on=requested.preview)
    assert (await requested.ballot()).state is State.DRAFT


@pytest.mark.parametrize("who", [STRANGER, PRIYA])
@pytest.mark.parametrize("command", ["confirm", "!ballot close b/1"])
async def test_nobody_but_a_facilitator_publishes_a_result(opened, who, command):
    await opened.at(AFTER_THE_GRACE)
    await opened.says(who, command, thread=opened.card)
    assert (await opened.ballot()).state is State.CLOSED
    assert len(opened.mails) == 1


@pytest.mark.parametrize("who", [STRANGER, PRIYA])
async def test_nobody_but_a_facilitator_withdraws_a_ballot(opened, who):
    await opened.says(who, '!ballot withdraw b/1 reason="I do not like it."')
    assert (await opened.ballot()).state is State.OPEN


async def test_nobody_closes_a_ballot_before_its_deadline(opened):
    await opened.says(CHAIR, "!ballot close b/1")
    assert "Mon 3 Nov 2025 08:00 UTC" in opened.answer
    assert (await opened.ballot()).state is State.OPEN


async def test_a_ballot_is_withdrawn_with_a_reason_only(opened):
    await opened.chairs("withdraw b/1")
    assert "reason=" in opened.answer
    assert (await opened.ballot()).state is State.OPEN


async def test_everybody_may_ask_how_a_ballot_stands(opened):
    await opened.taps(OSKAR)
    await opened.says(STRANGER, "!ballot status b/1")
    assert "endorse 1" in opened.answer
    await opened.says(STRANGER, "!ballot list")
    assert "b/1" in opened.answer


async def test_power_in_the_room_makes_a_facilitator_until_it_is_taken(requested):
    request = await requested.event_of(REQUEST)
    for level, mails in ((50, 1), (0, 1)):
        power = {"users": {PRIYA: level}, "users_default": 0}
        bot = requested.homeserver.namespace.bot_id
        requested.homeserver._set(requested.room_id, bot, "m.room.power_levels", "", power)
        await requested.says(PRIYA, SILENCE, reply_to=request)
        await requested.taps(PRIYA, "✅", on=requested.preview)
        assert len(requested.mails) == mails
    assert "facilitators" in requested.answer


async def test_an_answer_calls_whom_it_answers_and_nobody_else(requested):
    said = await requested.says(CHAIR, "!help")
    answer = requested.messages[-1]["content"]
    assert answer["m.mentions"] == {"user_ids": [CHAIR]}
    assert answer["msgtype"] == "m.notice"
    assert answer["m.relates_to"]["m.in_reply_to"]["event_id"] == said


async def test_what_is_withdrawn_already_is_not_withdrawn_again(opened):
    for _ in range(2):
        await opened.chairs('withdraw b/1 reason="The text was wrong."')
    answer = opened.messages[-1]["content"]["body"]
    assert "b/1 is withdrawn; it cannot be withdrawn any more." in answer
