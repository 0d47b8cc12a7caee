"""P14: only the frozen roll counts, whoever reacts, under whatever name."""

import itertools

from playbook_cast import CHAIR, CLOSES_AT, MODERATOR, OSKAR, PRIYA, ROLL, SILENCE, STRANGER

from bridge.domain.ballots import Outcome, State
from bridge.ids import UserId

SIGNS = "✅ ✋ 👍 🆗 ⚪ 📝 👎 👍🏽 ⏳ ☑ ✔ 👌 🛑 ⛔ 👍🏿 ✅️"


def look_alikes() -> list[UserId]:
    """Return people who are not who they seem to be."""
    federated = [f"@{name}:{server}" for name in ROLL for server in ("evil.test", "hs.test.evil")]
    homoglyphs = ["@оskar:hs.test", "@priуa:hs.test", "@oskar\u200b:hs.test", "@Oskar:hs.test"]
    bots = [
        "@seconded:evil.test",
        "@otherbot:hs.test",
        "@list_abc:evil.test",
        "@_irc_oskar:hs.test",
    ]
    left = [f"@left{n}:hs.test" for n in range(12)]
    banned = [f"@banned{n}:hs.test" for n in range(12)]
    guests = [f"@{n}:hs.test" for n in range(12)]
    return [UserId(one) for one in (*federated, *homoglyphs, *bots, *left, *banned, *guests)]


async def test_none_of_a_thousand_reactions_from_outside_the_roll_counts(opened):
    ghosts = [*opened.homeserver.names, opened.homeserver.namespace.bot_id, "@list_new:hs.test"]
    outside = [UserId(one) for one in (*look_alikes(), *ghosts, STRANGER, MODERATOR)]
    reacting = itertools.islice(itertools.product(SIGNS.split(" "), outside), 1_000)
    for key, who in reacting:
        opened.homeserver.react(opened.room_id, who, opened.card, key)
    await opened.quiet()
    acts = await opened.acts()
    assert len(acts) > 900
    assert {act[2] for act in acts} == {"rejected"}
    assert (await opened.tally()).silent == 7


async def test_a_members_name_is_not_the_member(opened):
    opened.homeserver.enter(opened.room_id, STRANGER, "Oskar Example")
    await opened.taps(STRANGER)
    await opened.says(STRANGER, "!endorse", thread=opened.card)
    assert (await opened.tally()).silent == 7


async def test_a_members_tap_counts_after_leaving_the_room(opened):
    await opened.taps(OSKAR)
    leave = {"membership": "leave"}
    opened.homeserver._set(opened.room_id, OSKAR, "m.room.member", OSKAR, leave)
    await opened.quiet()
    assert (await opened.tally()).endorse == 1


async def test_a_removal_by_somebody_else_takes_nothing_back(opened):
    tap = await opened.taps(OSKAR)
    await opened.removes(PRIYA, tap)
    await opened.removes(STRANGER, tap)
    assert (await opened.tally()).endorse == 1


async def test_a_reaction_in_another_room_on_the_cards_id_counts_nothing(opened):
    other = UserId("!elsewhere")
    opened.homeserver.rooms[other] = type(opened.room)()
    opened.homeserver.react(other, OSKAR, opened.card, "✅")
    await opened.quiet()
    assert await opened.acts() == []


async def test_a_demoted_admin_commands_nothing(opened):
    bot = opened.homeserver.namespace.bot_id
    for level in (100, 0):
        power = {"users": {PRIYA: level}, "users_default": 0}
        opened.homeserver._set(opened.room_id, bot, "m.room.power_levels", "", power)
        await opened.quiet()
    await opened.says(PRIYA, '!ballot withdraw b/1 reason="I can."')
    await opened.says(PRIYA, SILENCE, reply_to=opened.messages[0]["event_id"])
    await opened.at(CLOSES_AT + 3_600_000)
    await opened.says(PRIYA, "!ballot close b/1")
    assert (await opened.ballot()).state is State.CLOSED
    assert len(opened.mails) == 1


async def test_the_chairs_own_yes_does_not_second_the_chairs_text(opened):
    await opened.taps(CHAIR)
    await opened.at(CLOSES_AT + 3_600_000)
    ballot = await opened.ballot()
    assert (ballot.outcome, (await opened.tally()).endorse) == (Outcome.TOO_FEW, 1)
