"""What happens at a deadline, and what a bridge that was behind makes good."""

import pytest
from playbook import Playbook
from playbook_cast import (
    CHAIR,
    CLOSES,
    CLOSES_AT,
    MEMBERS,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    ROSA,
    SAMI,
)

from bridge.domain.ballots import Outcome, State
from bridge.errors import Transient

MINUTE = 60_000
HOUR = 60 * MINUTE
GRACE = 10 * MINUTE
THRESHOLD = f'!ballot open rule=threshold roster=pc closes="{CLOSES}" threshold=2/3'


async def test_a_ballot_closes_after_its_grace_and_not_before(opened):
    await opened.at(CLOSES_AT)
    await opened.at(CLOSES_AT + GRACE - 1)
    assert (await opened.ballot()).state is State.FINAL_CALL
    await opened.at(CLOSES_AT + GRACE)
    ballot = await opened.ballot()
    assert (ballot.state, ballot.closed_at) == (State.CLOSED, CLOSES_AT)


async def test_a_homeserver_that_is_down_at_the_deadline_keeps_the_ballot_open(opened):
    await opened.at(CLOSES_AT - HOUR)
    opened.homeserver.is_down = True
    opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    opened.homeserver.take_transaction()
    await opened.at(CLOSES_AT + 5 * HOUR)
    assert (await opened.ballot()).state is State.FINAL_CALL
    opened.homeserver.is_down = False
    await opened.later(minutes=6)
    assert (await opened.ballot()).outcome is Outcome.ADOPTED
    assert await opened.acts() == [("oskar", "endorse", "accepted", None, ("grace",))]


async def test_a_sweep_finds_what_the_push_lost(opened):
    opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    opened.homeserver.say(opened.room_id, PRIYA, "!abstain", thread=opened.card)
    opened.homeserver.take_transaction()
    await opened.later(minutes=3)
    assert {act[:3] for act in await opened.acts()} == {
        ("oskar", "endorse", "accepted"),
        ("priya", "abstain", "accepted"),
    }


async def test_a_sweep_finds_a_withdrawal_that_the_push_lost(opened):
    tap = await opened.taps(OSKAR)
    opened.homeserver.remove(opened.room_id, OSKAR, tap)
    opened.homeserver.take_transaction()
    assert (await opened.tally()).endorse == 1
    await opened.later(minutes=3)
    assert (await opened.tally()).endorse == 0


async def test_a_vanished_reaction_keeps_its_position(opened):
    tap = await opened.taps(OSKAR)
    opened.room.timeline[:] = [one for one in opened.room.timeline if one["event_id"] != tap]
    await opened.later(minutes=3)
    assert (await opened.tally()).endorse == 1


async def test_a_withdrawal_that_is_pushed_before_its_reaction_withdraws_it(opened):
    tap = opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    opened.homeserver.remove(opened.room_id, OSKAR, tap)
    opened.homeserver._pushed.reverse()
    await opened.quiet()
    await opened.later(minutes=3)
    assert (await opened.tally()).endorse == 0


async def test_a_tap_on_a_card_whose_answer_was_lost_counts(book):
    """The bridge died between the homeserver's taking the card and its own learning of it."""
    await book.asks()
    book.list_holds = True
    await book.taps(CHAIR, "✅", on=book.preview)
    card_goes_out_unheard(book)
    book.list_holds = False
    await book.quiet()
    await book.taps(OSKAR)
    await book.later(minutes=10)
    assert (await book.tally()).endorse == 1


def card_goes_out_unheard(book: Playbook) -> None:
    """Lose the answer to the card, and only to it."""
    send = book.homeserver.send

    async def sending(request):
        event_id = await send(request)
        if request.content.get("org.seconded.ballot", {}).get("kind") == "card":
            book.homeserver.send = send
            raise Transient("the answer was lost", outcome_unknown=True)
        return event_id

    book.homeserver.send = sending


async def test_a_late_answer_is_told_and_registered_and_changes_nothing(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + 1)
    await opened.taps(PRIYA, "✋")
    assert "after the deadline" in opened.answer
    await opened.at(CLOSES_AT + HOUR)
    await opened.says(QUENTIN, "!endorse", thread=opened.card)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    counted = await opened.tally()
    assert (counted.outcome, counted.yes, len(counted.late)) == (Outcome.ADOPTED, 1, 2)
    assert "LATE (does not change the result)" in opened.mails[-1]


async def test_an_answer_given_in_time_and_heard_in_the_grace_is_flagged(opened):
    await opened.at(CLOSES_AT - 1)
    opened.homeserver.react(opened.room_id, OSKAR, opened.card, "✅")
    await opened.at(CLOSES_AT + GRACE - 1)
    assert (await opened.acts())[0][2:] == ("accepted", None, ("grace",))


async def test_the_final_call_is_announced_once(opened):
    await opened.at(CLOSES_AT - 24 * HOUR)
    await opened.later(hours=1)
    (call,) = [one for one in opened.said if one.startswith("Final call for b/1")]
    assert "closes Mon 3 Nov 2025 08:00 UTC" in call
    assert "have 0, need 1" in call


async def test_an_objection_lifted_in_the_final_call_gives_others_time_to_read_it(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT - 20 * HOUR)
    hand = await opened.taps(PRIYA, "✋")
    await opened.at(CLOSES_AT - 2 * HOUR)
    await opened.removes(PRIYA, hand)
    await opened.at(CLOSES_AT + HOUR)
    assert (await opened.ballot()).deadline.instant == CLOSES_AT + 22 * HOUR
    assert "An objection was lifted; b/1 now closes Tue 4 Nov 2025 06:00 UTC." in opened.said
    await opened.at(CLOSES_AT + 22 * HOUR + GRACE)
    assert (await opened.ballot()).outcome is Outcome.ADOPTED
    await opened.says(CHAIR, "confirm", thread=opened.card)
    told = " ".join(opened.mails[-1].split())
    assert "Closed Tue 4 Nov 2025 06:00 UTC." in told
    assert (
        "That is later than announced at first: the last objection was lifted Mon 3 Nov 2025 "
        "06:00 UTC, and others had 24 hours to answer that."
    ) in told
    assert opened.said.count("The result of b/1 is on the list: adopted.") == 1


async def test_a_lifting_moves_nothing_while_another_objection_is_open(opened):
    await opened.taps(OSKAR)
    await opened.taps(ROSA, "✋")
    hand = await opened.taps(PRIYA, "✋")
    await opened.at(CLOSES_AT - HOUR // 6)
    await opened.removes(PRIYA, hand)
    assert not [one for one in opened.said if "now closes" in one]
    await opened.at(CLOSES_AT + GRACE)
    closed = await opened.ballot()
    assert (closed.closed_at, closed.outcome) == (CLOSES_AT, Outcome.OBJECTED)


async def test_whoever_was_late_before_the_close_moved_is_asked_to_answer_again(opened):
    await opened.taps(OSKAR)
    hand = await opened.taps(PRIYA, "✋")
    await opened.at(CLOSES_AT + 4 * MINUTE)
    tap = await opened.taps(ROSA)
    # It was done a minute before the deadline, and reaches us only now.
    opened.homeserver.ahead_ms = -5 * MINUTE
    await opened.removes(PRIYA, hand)
    opened.homeserver.ahead_ms = 0
    await opened.at(CLOSES_AT + GRACE + MINUTE)
    assert (await opened.ballot()).deadline.instant > CLOSES_AT + 24 * HOUR
    said = [one["content"] for one in opened.messages]
    (asked,) = [one for one in said if "please answer again" in one["body"]]
    assert asked["m.mentions"] == {"user_ids": [ROSA]}
    await opened.removes(ROSA, tap)
    await opened.taps(ROSA)
    await opened.at(CLOSES_AT + 25 * HOUR)
    counted = await opened.tally()
    assert (counted.outcome, counted.endorse) == (Outcome.ADOPTED, 2)


async def test_an_open_objection_breaks_the_silence(opened):
    await opened.taps(OSKAR)
    await opened.says(PRIYA, "!object It names one group only.", thread=opened.card)
    await opened.at(CLOSES_AT + GRACE)
    await opened.later(hours=14)
    assert (await opened.ballot()).outcome is Outcome.OBJECTED
    assert 'Priya Example: "It names one group only."' in opened.mails[-1]


async def test_silence_alone_adopts_nothing(opened):
    await opened.taps(CHAIR)
    await opened.at(CLOSES_AT + GRACE)
    assert (await opened.ballot()).outcome is Outcome.TOO_FEW


@pytest.mark.parametrize(
    ("comparison", "outcome"),
    [("at least", Outcome.ADOPTED), ("more than", Outcome.NOT_ADOPTED)],
)
async def test_exactly_two_thirds_is_at_least_and_not_more_than(book, comparison, outcome):
    await book.opens(f'{THRESHOLD} comparison="{comparison}"')
    for who, key in zip(MEMBERS, "✅✅✅✅✋✋⚪", strict=True):
        await book.taps(who, key)
    await book.at(CLOSES_AT + GRACE)
    assert (await book.ballot()).outcome is outcome


@pytest.mark.parametrize(("answers", "outcome"), [(3, Outcome.NOT_QUORATE), (4, Outcome.ADOPTED)])
async def test_a_quorum_is_rounded_up(book, answers, outcome):
    await book.opens(f"{THRESHOLD} quorum=1/2")
    for who in MEMBERS[:answers]:
        await book.taps(who)
    await book.at(CLOSES_AT + GRACE)
    assert (await book.ballot()).outcome is outcome


async def test_the_result_goes_out_by_itself_when_the_chair_is_silent(opened):
    await opened.at(CLOSES_AT + GRACE)
    assert "otherwise it is posted Mon 3 Nov 2025 20:00 UTC" in opened.answer
    await opened.at(CLOSES_AT + 12 * HOUR - 1)
    assert len(opened.mails) == 1
    await opened.at(CLOSES_AT + 12 * HOUR)
    assert len(opened.mails) == 2
    assert (await opened.ballot()).state is State.ANNOUNCED


async def test_a_result_is_announced_only_when_the_list_has_it(opened):
    await opened.at(CLOSES_AT + GRACE)
    opened.list_holds = True
    await opened.says(CHAIR, "confirm", thread=opened.card)
    assert (await opened.ballot()).state is State.CLOSED
    opened.list_holds = False
    await opened.quiet()
    assert (await opened.ballot()).state is State.ANNOUNCED


async def test_a_second_confirmation_mails_no_second_result(opened):
    await opened.at(CLOSES_AT + GRACE)
    opened.list_holds = True
    await opened.says(CHAIR, "confirm", thread=opened.card)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    await opened.at(CLOSES_AT + 13 * HOUR)
    assert len(opened.mails) == 2


async def test_a_withdrawn_ballot_says_so_and_counts_no_more(opened):
    await opened.taps(OSKAR)
    await opened.chairs('withdraw b/1 reason="The text was wrong."')
    await opened.taps(SAMI)
    await opened.at(CLOSES_AT + HOUR)
    withdrawn = await opened.ballot()
    assert withdrawn.state is State.WITHDRAWN
    assert (withdrawn.ending.by, withdrawn.ending.reason) == ("nadia", "The text was wrong.")
    assert "withdrawn" in opened.card_text.casefold()
    assert any("Reason: The text was wrong." in one for one in opened.said)
    assert (await opened.acts())[-1][2:4] == ("rejected", "not_open")
    assert len(opened.mails) == 2
    assert "[CALL] WITHDRAWN Joint statement" in opened.mails[-1]
    assert "1 of 7 had answered." in opened.mails[-1]


async def test_nothing_changes_a_result_that_is_on_the_list(opened):
    tap = await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    before, mails = await opened.tally(), opened.mails
    await opened.removes(OSKAR, tap)
    await opened.says(PRIYA, "!object Too late.", thread=opened.card)
    await opened.later(days=2)
    after = await opened.tally()
    assert (after.positions.keys(), after.outcome) == (before.positions.keys(), before.outcome)
    assert opened.mails == mails


async def test_the_ballots_text_stays_what_it_was_when_the_mail_changes(opened):
    code = (await opened.ballot()).text.code
    await opened.removes(CHAIR, await opened.event_of(REQUEST))
    await opened.at(CLOSES_AT + 13 * HOUR)
    assert f"code {code}" in opened.mails[-1].replace("\r\n", " ")


async def test_working_hours_pass_over_the_weekend_and_are_frozen(book):
    # The playbook begins on Thursday at 08:00 UTC.
    await book.opens('!ballot open rule=silence roster=pc closes="48 working hours"')
    ballot = await book.ballot()
    assert ballot.deadline.instant == CLOSES_AT + MINUTE  # counted from the next whole minute
    assert ballot.deadline.written == "48 working hours (Mon-Fri, UTC) = 96 hours"
    assert ballot.deadline.calendar["holidays"] == []
    assert "48 working hours (Mon-Fri, UTC) = 96 hours" in " ".join(book.mails[0].split())
