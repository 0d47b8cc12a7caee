"""What a second reading of a ballot's way found: the clock, the chair and the mail crossing."""

from playbook_cast import (
    CHAIR,
    CLOSES_AT,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    SILENCE,
    Mail,
)

from bridge.domain.ballots import Outcome, State

MINUTE = 60_000
HOUR = 60 * MINUTE
GRACE = 10 * MINUTE


async def test_a_preview_confirmed_too_late_mails_nothing_and_says_so(book):
    await book.asks()
    await book.at(CLOSES_AT - 71 * HOUR)
    await book.taps(CHAIR, "✅", on=book.preview)
    assert "Too little time is left" in book.answer
    await book.says(CHAIR, "confirm", reply_to=book.preview)
    assert "Too little time is left" in book.answer
    assert (book.mails, (await book.ballot()).state) == ([], State.DRAFT)


async def test_a_call_that_has_not_left_is_withdrawn_with_its_ballot(book):
    book.smtp.reply_at("MAIL", 451)
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.chairs('withdraw b/1 reason="The text was wrong."')
    await book.listed()
    assert (book.mails, (await book.ballot()).state) == ([], State.WITHDRAWN)


async def test_a_parent_whose_id_no_header_can_hold_stops_no_call(book):
    odd = Mail("Request=?x?=%'\"")
    await book.post(odd)
    await book.says(CHAIR, SILENCE, reply_to=await book.event_of(odd))
    await book.taps(CHAIR, "✅", on=book.preview)
    (call,) = book.mails
    assert "In-Reply-To" not in call
    assert (await book.ballot()).state is State.OPEN


async def test_a_refused_call_is_told_where_it_was_asked_for(book):
    book.smtp.reply_at("MAIL", 550)
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    assert "could not be handed over" in book.answer


async def test_a_call_the_list_does_not_show_is_told_once(book):
    book.list_holds = True
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.later(hours=1)
    await book.later(hours=1)
    assert len([one for one in book.said if "held by the list's moderator" in one]) == 1


async def test_a_list_gets_no_more_mails_an_hour_than_its_fuse_allows(begin):
    book = await begin(changes={("mail", "fuse_per_hour"): 1})
    await book.opens()
    await book.says(CHAIR, SILENCE, reply_to=await book.event_of(REQUEST))
    await book.taps(CHAIR, "✅", on=book.preview)
    assert len(book.mails) == 2, "an hour had passed"
    await book.says(CHAIR, SILENCE, reply_to=await book.event_of(REQUEST))
    await book.taps(CHAIR, "✅", on=book.preview)
    assert len(book.mails) == 2
    await book.later(hours=1, minutes=1)
    assert len(book.mails) == 3


async def test_who_answers_after_the_deadline_of_a_ballot_that_goes_on_is_in_time(opened):
    await opened.at(CLOSES_AT - HOUR)
    hand = await opened.taps(PRIYA, "✋")
    await opened.at(CLOSES_AT - 1)
    opened.homeserver.remove(opened.room_id, PRIYA, hand)
    opened.clock.value = CLOSES_AT + MINUTE
    opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    await opened.quiet()
    assert [act[2] for act in await opened.acts()] == ["accepted"] * 3
    await opened.at(CLOSES_AT + GRACE)
    assert "Tue 4 Nov 2025" in opened.card_text


async def test_a_clock_that_was_set_back_lets_nobody_into_a_closed_ballot(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE)
    before = await opened.tally()
    opened.clock.value = CLOSES_AT - HOUR
    await opened.taps(PRIYA, "✋")
    await opened.says(QUENTIN, "!object", thread=opened.card)
    after = await opened.tally()
    assert [act[2] for act in await opened.acts()] == ["accepted", "late", "late"]
    assert (after.outcome, after.yes) == (before.outcome, before.yes)


async def test_after_an_outage_the_chair_has_the_time_to_confirm(opened):
    await opened.taps(OSKAR)
    opened.homeserver.is_down = True
    await opened.at(CLOSES_AT + 48 * HOUR)
    opened.homeserver.is_down = False
    await opened.later(minutes=10)
    assert (await opened.ballot()).outcome is Outcome.ADOPTED
    assert "otherwise it is posted Wed 5 Nov 2025 20:" in opened.answer
    assert len(opened.mails) == 1
    await opened.later(hours=12)
    assert len(opened.mails) == 2


async def test_a_second_confirmation_is_told_that_the_result_is_on_its_way(opened):
    await opened.at(CLOSES_AT + GRACE)
    opened.list_holds = True
    await opened.says(CHAIR, "confirm", thread=opened.card)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    assert "on its way to the list already" in opened.answer


async def test_a_result_can_be_written_when_the_chair_has_left_the_roster(begin):
    book = await begin(changes={("mail", "fuse_per_hour"): 99})
    await book.opens()
    await book.at(CLOSES_AT + GRACE)
    del book.config.people.people["nadia"]
    await book.later(hours=13)
    assert "Write to\r\n  pc-bridge@bridge.example.org" in book.mails[-1]


async def test_a_withdrawal_that_comes_first_withdraws_as_soon_as_its_reaction_comes(opened):
    tap = opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    opened.homeserver.remove(opened.room_id, OSKAR, tap)
    opened.homeserver._pushed.reverse()
    await opened.quiet()
    assert (await opened.tally()).endorse == 0
    assert [act[1] for act in await opened.acts()] == ["endorse", "removed"]
