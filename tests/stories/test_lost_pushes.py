"""What a homeserver failed to push is found by reading: by routine, and at every start."""

from playbook_cast import OSKAR, PRIYA

MINUTE = 60_000


def tap_unseen(book, who):
    """Let somebody react, and the homeserver lose it before it is pushed."""
    book.homeserver.react(book.room_id, who, book.card, "✅")
    book.homeserver.take_transaction()


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
