"""A restored copy is recognised once, and what it takes for unsent is suspected for a day."""

import pytest
from sqlalchemy import update

from bridge.ids import Instant
from bridge.store import ballots, outbox
from bridge.store.instance import ensure_instance
from bridge.store.outbox import Letter
from bridge.store.restored import LOOKS_BACK_MS, NUMBERS_LEFT_OUT, Restored, recognise
from bridge.store.schema import instance

COPIED = Instant(1_761_700_000_000)


@pytest.fixture
async def copied(store):
    """A database that somebody restored from a copy."""
    await store.write(ensure_instance)
    await store.write(lambda tx: tx.conn.execute(update(instance).values(copied_at=COPIED)))
    return store


async def test_a_database_of_its_own_was_not_restored(store):
    await store.write(ensure_instance)
    assert await store.write(recognise) is None


async def test_a_copy_is_recognised_at_the_first_start_and_stays_so(copied, clock):
    first = await copied.write(recognise)
    assert first == Restored(COPIED, clock(), NUMBERS_LEFT_OUT)
    clock.forward(60_000)
    assert await copied.write(recognise) == first


async def test_numbers_of_ballots_the_copy_does_not_know_are_not_given_again(copied):
    await copied.write(recognise)
    assert await copied.write(ballots.next_id) == NUMBERS_LEFT_OUT


async def test_a_mail_on_its_way_when_the_copy_was_made_is_not_taken_for_sent(copied):
    def sending(tx):
        outbox.add(tx, Letter("mail", "l", "mail", "m", {}))
        outbox.mark_sending(tx, outbox.by_key(tx.conn, "m"), 1)

    await copied.write(sending)
    await copied.write(recognise)
    assert (await copied.read(lambda conn: outbox.by_key(conn, "m"))).state == "pending"


@pytest.mark.parametrize(
    ("after_ms", "suspected"), [(-LOOKS_BACK_MS, True), (0, True), (LOOKS_BACK_MS, False)]
)
def test_letters_are_suspected_for_a_day(after_ms, suspected):
    restored = Restored(COPIED, Instant(COPIED + 1_000), 100)
    assert restored.may_have_left(Instant(restored.restored_at + after_ms)) is suspected
