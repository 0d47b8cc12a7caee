"""The whole ballot, from a request on the list to its result on the list."""

import pytest
from playbook import Playbook, end_of, every, once
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, QUENTIN, REQUEST, STRANGER

from bridge.domain.ballots import Outcome, State

MINUTE = 60_000
MOMENTS = 800
"""At how many moments a kill could make a difference in the whole ballot, rounded up."""


async def the_whole_ballot(book: Playbook) -> None:
    card = await book.opens()
    await book.taps(OSKAR, "👍🏿")
    hand = await book.taps(PRIYA, "✋")
    await book.removes(PRIYA, hand)
    await book.taps(PRIYA, "🆗")
    await book.says(QUENTIN, "!reserve I would have liked more time.", thread=card)
    await book.taps(STRANGER, "✅")
    await book.later(days=3)
    await book.at(CLOSES_AT + 20 * MINUTE)
    await book.says(CHAIR, "confirm", thread=card)
    await book.listed()


async def test_a_ballot_goes_from_a_request_to_a_result_on_the_list(book):
    await the_whole_ballot(book)
    ballot, counted = await book.ballot(), await book.tally()
    assert (ballot.state, ballot.outcome) == (State.ANNOUNCED, Outcome.ADOPTED)
    assert (counted.endorse, counted.reserve, counted.no_objection) == (1, 1, 1)
    assert (counted.object, counted.silent, counted.base) == (0, 4, 7)
    call, raised, *others, result = book.mails
    # Three days pass at once here, so that the two are due together.
    assert "[CALL] Joint statement" in call
    assert "[OBJECTION] Joint statement" in raised
    assert sum("[OBJECTION LIFTED] Joint" in one for one in others) == 1
    assert sum("[FINAL CALL] Joint" in one for one in others) == 1
    assert "[RESULT] Joint statement" in result
    assert 'Quentin Example: "I would have liked more time."' in result
    assert "the result is on the list" in book.card_text
    assert "adopted" in book.status


async def test_the_chair_sees_the_very_mail_that_the_list_gets(book):
    await book.asks()
    shown = book.answer
    await book.taps(CHAIR, "✅", on=book.preview)
    sent = book.mails[0].partition("\r\n\r\n")[2].replace("\r\n", "\n")
    assert sent.strip() in shown


async def test_the_card_is_pinned_and_offers_every_sign(book):
    card = await book.opens()
    bot = book.homeserver.namespace.bot_id
    reactions = [one for one in book.room.timeline if one["type"] == "m.reaction"]
    keys = [one["content"]["m.relates_to"]["key"] for one in reactions if one["sender"] == bot]
    assert book.pinned == [card]
    assert keys == ["✅", "📝", "🆗", "⚪", "⏳", "✋"]


async def test_nothing_opens_before_the_list_has_the_call(book):
    book.list_holds = True
    await book.asks()
    await book.says(CHAIR, "confirm", reply_to=book.preview)
    assert (await book.ballot()).state is State.LOCKED
    assert not book.has_card
    book.list_holds = False
    await book.quiet()
    assert (await book.ballot()).state is State.OPEN
    assert book.has_card


async def test_an_answer_on_the_list_proves_the_call_as_its_copy_does(book):
    book.list_holds = True
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    call = book.mails[0].partition("Message-ID: <")[2].partition(">")[0]
    answer = f"Message-ID: <answer@people.example>\r\nReferences: <{call}>\r\n\r\nThanks.\r\n"
    await book.receive(b"List-Id: <pc.lists.example.org>\r\n" + answer.encode())
    assert (await book.ballot()).state is State.OPEN


async def test_a_call_that_is_seen_too_late_opens_nothing(book):
    book.list_holds = True
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.later(hours=25)
    book.list_holds = False
    await book.quiet()
    assert (await book.ballot()).state is State.LOCKED
    assert not book.has_card
    assert "too little time left" in book.answer


async def test_a_second_yes_to_the_preview_mails_no_second_call(book):
    await book.opens()
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.says(CHAIR, "confirm", reply_to=book.preview)
    assert len(book.mails) == 1
    assert "only once" in book.answer


async def test_two_ballots_of_one_room_are_told_apart(book):
    await book.opens()
    command = book.messages[1]["content"]["body"]
    await book.says(CHAIR, command, reply_to=await book.event_of(REQUEST))
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.listed()
    await book.says(OSKAR, "!endorse")
    assert "Several ballots are open (b/1, b/2)" in book.answer
    await book.says(OSKAR, "!endorse", thread=book.card)
    assert await book.acts() == []


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    return {}


@pytest.fixture
async def undisturbed(begin, kept) -> object:
    """Return how the ballot ends when nothing happens to the bridge; it is played once."""
    if not kept:
        book = await begin()
        await the_whole_ballot(book)
        assert book.knife.moments < MOMENTS
        kept["end"] = await end_of(book)
    return kept["end"]


async def test_everything_may_be_delivered_and_handled_twice(begin, undisturbed):
    book = await begin(times=2)
    await the_whole_ballot(book)
    assert await end_of(book) == undisturbed


@pytest.mark.parametrize("moments", [67, 113])
async def test_a_bridge_killed_again_and_again_ends_as_if_it_never_was(begin, undisturbed, moments):
    book = await begin(times=2, kill=every(moments))
    await the_whole_ballot(book)
    assert book.restarts > 3
    assert await end_of(book) == undisturbed


@pytest.mark.long
@pytest.mark.parametrize("moment", range(1, MOMENTS))
async def test_no_moment_of_a_kill_makes_a_difference(begin, undisturbed, moment):
    book = await begin(kill=once(moment))
    await the_whole_ballot(book)
    assert await end_of(book) == undisturbed
