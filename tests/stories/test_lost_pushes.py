"""What a homeserver failed to push is found by reading: by routine, and at every start."""

from collections.abc import Callable

import pytest
from fakes_matrix import FakeHomeserver
from playbook import Playbook
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, QUENTIN, ROSA

from bridge.domain.ballots import State
from bridge.ids import UserId

HOUR = 3_600_000
GRACE = 600_000
CLOSES = 'roster=pc closes="2025-11-04 08:00 UTC"'


def unseen(book: Playbook, does: Callable[[FakeHomeserver], object]) -> None:
    """Let people do something, and the homeserver lose it before it is pushed."""
    does(book.homeserver)
    book.homeserver.take_transaction()


def tap_unseen(book: Playbook, who: UserId) -> None:
    unseen(book, lambda server: server.react(book.room_id, who, book.card, "✅"))


async def test_a_lost_reaction_is_counted_by_the_next_routine_sweep(opened):
    await opened.taps(OSKAR)
    tap_unseen(opened, PRIYA)
    await opened.quiet()
    assert [who for who, *_ in await opened.acts()] == ["oskar"]
    await opened.at(opened.clock() + opened.config.ballots.sweep_every * 1000)
    assert [who for who, *_ in await opened.acts()] == ["oskar", "priya"]


async def test_a_start_sweeps_whatever_the_routine_is(opened):
    await opened.taps(OSKAR)
    tap_unseen(opened, PRIYA)
    await opened.restart()
    await opened.quiet()
    assert [who for who, *_ in await opened.acts()] == ["oskar", "priya"]


# -- a ballot that is over


async def routine(book: Playbook) -> None:
    await book.at(book.clock() + book.config.ballots.sweep_every * 1000)


async def test_a_name_that_left_unseen_is_not_on_the_published_list(book):
    await book.opens(f"!ballot open rule=signon {CLOSES}")
    signs = {who: await book.taps(who) for who in (OSKAR, PRIYA, ROSA)}
    await book.at(CLOSES_AT + 24 * HOUR + GRACE)
    assert (await book.ballot()).state is State.CLOSED
    unseen(book, lambda server: server.remove(book.room_id, PRIYA, signs[PRIYA]))
    await routine(book)
    assert (await book.ballot()).state is State.CLOSED
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()
    assert "Oskar" in book.mails[-1]
    assert "Priya" not in book.mails[-1]


@pytest.mark.parametrize("restarts", [False, True])
async def test_an_unseen_appeal_is_heard(book, restarts):
    await book.opens(f"!ballot open rule=rough {CLOSES} cosigners=2")
    await book.taps(OSKAR)
    await book.at(CLOSES_AT + 24 * HOUR + GRACE)
    await book.chairs("declare b/1 level=consensus")
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()
    await book.says(QUENTIN, "!appeal We were away.", thread=book.card)
    unseen(book, lambda server: server.say(book.room_id, ROSA, "!appeal So", thread=book.card))
    if restarts:
        await book.restart()
        await book.quiet()
    else:
        await routine(book)
    await book.listed()
    assert "[APPEAL]" in book.mails[-1]


async def test_an_unseen_late_answer_is_in_the_late_register_within_a_day(opened):
    await opened.taps(OSKAR)
    await opened.at(CLOSES_AT + GRACE)
    await opened.says(CHAIR, "confirm", thread=opened.card)
    await opened.listed()
    assert (await opened.ballot()).state is State.ANNOUNCED
    tap_unseen(opened, PRIYA)
    await opened.later(days=1)
    assert len((await opened.tally()).late) == 1
    assert (await opened.tally()).endorse == 1
