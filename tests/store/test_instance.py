import pytest

from bridge.ids import Instant
from bridge.store.instance import STALE_AFTER_MS, ensure_instance, read_instance, record_alive


async def test_who_we_are_is_decided_once(store):
    first = await store.write(ensure_instance)
    assert await store.write(ensure_instance) == first
    assert await store.read(read_instance) == first
    assert len(first.key) == 32


async def test_before_the_first_start_we_are_nobody(store):
    assert await store.read(read_instance) is None


async def test_a_new_instance_does_not_run_yet(store, clock):
    assert not (await store.write(ensure_instance)).is_running(clock())


@pytest.mark.parametrize(
    ("ago", "running"), [(0, True), (STALE_AFTER_MS - 1, True), (STALE_AFTER_MS, False)]
)
async def test_a_sign_of_life_holds_for_fifteen_seconds(store, clock, ago, running):
    await store.write(ensure_instance)
    await store.write(record_alive)
    found = await store.read(read_instance)
    assert found.is_running(Instant(clock() + ago)) is running
