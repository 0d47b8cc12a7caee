"""What a facilitator sees before it is done, and what members can do about it afterwards."""

import pytest
from playbook import Playbook, end_of, every
from playbook_cast import (
    CHAIR,
    CLOSES_AT,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    ROSA,
    SILENCE,
    TOMOKO,
)

from bridge.domain.ballots import Outcome, State

HOUR = 3_600_000
GRACE = 600_000
EXTEND = '!ballot extend b/1 until="2025-11-05 08:00 UTC" reason="A holiday"'


async def test_nothing_happens_before_the_yes_and_it_happens_once(opened):
    mails = list(opened.mails)
    await opened.says(CHAIR, EXTEND)
    preview = opened.messages[-1]["event_id"]
    assert "It closes Wed 5 Nov 2025 08:00 UTC instead of" in opened.answer
    assert (opened.mails, (await opened.ballot()).deadline.instant) == (mails, CLOSES_AT)
    await opened.taps(OSKAR, "✅", on=preview)
    assert (await opened.ballot()).deadline.instant == CLOSES_AT
    for _ in range(2):
        await opened.taps(CHAIR, "✅", on=preview)
    assert (await opened.ballot()).deadline.instant == CLOSES_AT + 48 * HOUR
    assert len(opened.mails) == len(mails) + 1


async def test_a_preview_that_the_ballot_overtook_is_shown_anew(opened):
    said = await opened.says(CHAIR, EXTEND)
    await opened.taps(PRIYA, "✋")
    await opened.says(CHAIR, "confirm", thread=said)
    assert "Since you were shown that, objections open: 0 then, 1 now." in opened.answer
    assert (await opened.ballot()).deadline.instant == CLOSES_AT
    await opened.taps(CHAIR, "✅", on=opened.messages[-1]["event_id"])
    assert (await opened.ballot()).deadline.instant == CLOSES_AT + 48 * HOUR


async def test_the_chair_reads_the_result_before_it_leaves_and_mends_its_words_after(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE)
    said = await opened.says(CHAIR, "!ballot close b/1")
    assert "Policy Committee ENDORSES the statement" in opened.answer
    assert len(opened.mails) == 1
    await opened.says(CHAIR, "confirm", thread=said)
    assert (await opened.ballot()).state is State.ANNOUNCED
    before = await opened.tally()
    await opened.chairs('correct b/1 reason="It named the wrong committee."')
    result, correction = opened.mails[-2:]
    named = result.partition("Message-ID: <")[2].partition(">")[0]
    assert f"In-Reply-To: <{named}>" in correction
    assert (await opened.tally()).positions == before.positions


async def test_a_strict_silence_ends_with_its_first_objection(book):
    await book.opens(f"{SILENCE} strict=yes")
    await book.taps(OSKAR)
    await book.later(hours=1)
    raised = book.clock.value
    hand = await book.taps(PRIYA, "✋")
    await book.listed()
    await book.removes(PRIYA, hand)
    await book.taps(ROSA, "✋")
    ballot = await book.ballot()
    assert (ballot.state, ballot.outcome) == (State.ANNOUNCED, Outcome.OBJECTED)
    assert ballot.closed_at == raised
    assert "silence broken" in book.mails[-1]
    counted = await book.tally()
    assert (counted.object, len(counted.late)) == (1, 2)


async def the_appealed_ballot(book: Playbook) -> None:
    await book.opens('!ballot open rule=rough roster=pc closes="2025-11-04 08:00 UTC" cosigners=3')
    await book.taps(OSKAR)
    await book.at(CLOSES_AT + 24 * HOUR + GRACE)
    await book.chairs("declare b/1 level=consensus")
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()
    for who in (PRIYA, QUENTIN, ROSA, TOMOKO):
        await book.says(who, "!appeal We were away.", thread=book.card)
        await book.later(minutes=1)
    await book.listed()


async def test_three_members_appeal_and_the_list_hears_of_it_below_the_result(book):
    await the_appealed_ballot(book)
    result, appeal = book.mails[-2:]
    assert "[APPEAL]" in appeal
    named = result.partition("Message-ID: <")[2].partition(">")[0]
    assert f"In-Reply-To: <{named}>" in appeal
    assert "Tomoko" not in appeal
    assert (await book.tally()).outcome is Outcome.ADOPTED
    await book.later(days=4)
    await book.says(OSKAR, "!appeal I as well.", thread=book.card)
    assert "too late to appeal b/1" in book.answer


@pytest.mark.parametrize("how", [{"times": 2}, {"times": 2, "kill": every(61)}])
async def test_appeals_that_are_handled_twice_or_cut_short_end_the_same(begin, how):
    undisturbed, disturbed = await begin(), await begin(**how)
    for book in (undisturbed, disturbed):
        await the_appealed_ballot(book)
    assert await end_of(disturbed) == await end_of(undisturbed)


async def test_a_draft_that_nobody_wants_is_listed_and_discarded(book):
    await book.asks(CHAIR)
    await book.says(CHAIR, "!ballot list")
    assert "b/1" in book.answer
    assert "not confirmed; !ballot withdraw b/1 discards it" in book.answer
    await book.chairs("withdraw b/1")
    assert (await book.ballot()).state is State.WITHDRAWN
    assert book.mails == []
    assert await book.event_of(REQUEST)
