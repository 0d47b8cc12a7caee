"""Clocks that lie: ours jumps, zones change theirs, other servers date as they like (P23)."""

import pytest
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, QUENTIN, SILENCE

from bridge.domain.ballots import Outcome, State

MINUTE = 60_000
HOUR = 60 * MINUTE
DAYS = 48 * HOUR
GRACE = 10 * MINUTE
TEN_YEARS = 3653 * 24 * HOUR
COMMENTED = (
    '!ballot open rule=silence roster=pc comments="2025-11-01 08:00 UTC" '
    'closes="2025-11-12 08:00 UTC"'
)


async def jump(book, by):
    """Set our own clock; everybody else's goes on."""
    book.clock.value += by
    book.homeserver.ahead_ms -= by
    await book.quiet()


async def test_a_clock_two_days_ahead_closes_no_ballot_and_refuses_nobody(opened, logged):
    await opened.at(CLOSES_AT - 30 * HOUR)
    await jump(opened, DAYS)
    await opened.later(minutes=5)
    assert (await opened.ballot()).state in {State.OPEN, State.FINAL_CALL}
    await opened.taps(OSKAR)
    await opened.says(PRIYA, "!abstain", thread=opened.card)
    assert [act[2] for act in await opened.acts()] == ["accepted", "accepted"]
    assert "clocks_apart" in {one["event"] for one in logged}
    await jump(opened, -DAYS)
    await opened.at(CLOSES_AT + GRACE + 1_000)
    ballot, counted = await opened.ballot(), await opened.tally()
    assert (ballot.closed_at, ballot.outcome) == (CLOSES_AT, Outcome.ADOPTED)
    assert (counted.endorse, counted.abstain, counted.late) == (1, 1, ())


async def test_a_clock_set_back_two_days_changes_no_order_and_refuses_nobody(opened):
    await opened.taps(OSKAR, "⚪")
    await opened.taps(PRIYA)
    await opened.later(minutes=1)
    await jump(opened, -DAYS)
    # What is done now comes after what was done before, whatever our clock says.
    await opened.taps(OSKAR, "✅")
    await opened.says(PRIYA, "!abstain", thread=opened.card)
    await opened.taps(QUENTIN, "🆗")
    await opened.later(minutes=5)
    await jump(opened, DAYS)
    assert [act[2] for act in await opened.acts()] == ["accepted"] * 5
    await opened.at(CLOSES_AT + GRACE)
    counted = await opened.tally()
    assert (counted.endorse, counted.abstain, counted.no_objection) == (1, 1, 1)
    assert (await opened.ballot()).outcome is Outcome.ADOPTED


async def test_a_clock_that_is_put_right_again_lets_every_wait_end_once(opened):
    await opened.taps(OSKAR)
    for by in (DAYS, -DAYS, -DAYS, DAYS):
        await jump(opened, by)
        await opened.later(minutes=1)
    await opened.at(CLOSES_AT - 23 * HOUR)
    await opened.at(CLOSES_AT + GRACE + 1_000)
    await opened.later(hours=12)
    assert (await opened.ballot()).state is State.ANNOUNCED
    subjects = [mail.partition("Subject: ")[2].partition("\r\n")[0] for mail in opened.mails]
    for kind in ("[FINAL CALL]", "[RESULT]"):
        assert len([one for one in subjects if kind in one]) == 1, subjects


async def test_a_clock_two_days_ahead_leaves_the_chair_the_whole_time_to_confirm(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE + 1_000)
    await jump(opened, DAYS)
    await opened.later(hours=2)
    assert (await opened.ballot()).state is State.CLOSED
    await opened.later(hours=10)
    assert (await opened.ballot()).state is State.ANNOUNCED


async def test_a_clock_ahead_when_a_ballot_closes_makes_nobody_wait_longer(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT - HOUR)
    await jump(opened, DAYS)
    await opened.later(hours=2)
    assert (await opened.ballot()).state is State.CLOSED
    await opened.later(hours=12)
    assert (await opened.ballot()).state is State.ANNOUNCED


async def test_a_clock_two_days_ahead_locks_no_text_that_is_commented_on(book):
    await book.asks(CHAIR, COMMENTED)
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.listed()
    await jump(book, DAYS)
    await book.later(minutes=10)
    assert (await book.ballot()).state is State.COMMENT
    await book.later(hours=48)
    assert (await book.ballot()).state is State.OPEN


@pytest.mark.parametrize("off", [-TEN_YEARS, TEN_YEARS], ids=["ten-years-ago", "in-ten-years"])
async def test_a_server_that_dates_by_ten_years_wrongly_is_counted_while_the_ballot_is_open(
    opened, off
):
    for member, key in ((OSKAR, "✅"), (PRIYA, "⚪")):
        await dated(opened, member, key, off)
    assert [act[2] for act in await opened.acts()] == ["accepted", "accepted"]
    await opened.at(CLOSES_AT + GRACE)
    counted = await opened.tally()
    assert (counted.endorse, counted.abstain, counted.late) == (1, 1, ())


@pytest.mark.parametrize("off", [-TEN_YEARS, TEN_YEARS], ids=["ten-years-ago", "in-ten-years"])
async def test_and_is_late_once_the_ballot_is_closed(opened, off):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE)
    before = await opened.tally()
    await dated(opened, PRIYA, "✋", off)
    after = await opened.tally()
    assert (await opened.acts())[-1][:3] == ("priya", "object", "late")
    assert (after.outcome, after.object) == (before.outcome, 0)


async def dated(book, member, key, off):
    """Let somebody's server date a reaction wrongly."""
    book.homeserver.ahead_ms += off
    book.homeserver.react(book.room_id, member, book.card, key)
    book.homeserver.ahead_ms -= off
    await book.quiet()


@pytest.mark.parametrize(
    ("closes", "at"),
    [
        # Clocks go back on Sun 2 Nov 2025 in New York, at 06:00 UTC.
        ("2025-11-03 08:00 America/New_York", CLOSES_AT + 5 * HOUR),
        # They went back on Sun 26 Oct in Berlin, and go forward on Sun 29 Mar 2026.
        ("2026-03-30 10:00 Europe/Berlin", CLOSES_AT + 147 * 24 * HOUR),
    ],
)
async def test_a_change_of_the_clocks_before_the_deadline_moves_no_vote(book, closes, at):
    await book.opens(SILENCE.replace(SILENCE.partition('closes="')[2][:-1], closes))
    await book.at(at - 1)
    await book.taps(OSKAR)
    await book.at(at + 1)
    await book.taps(PRIYA, "✋")
    await book.at(at + GRACE)
    ballot = await book.ballot()
    assert (ballot.closed_at, ballot.outcome) == (at, Outcome.ADOPTED)
    assert [act[:3] for act in await book.acts()] == [
        ("oskar", "endorse", "accepted"),
        ("priya", "object", "late"),
    ]
