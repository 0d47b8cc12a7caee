from bridge.ids import Instant
from bridge.store.database import Tx
from bridge.store.instance import ensure_instance, record_alive
from bridge.store.outages import NOTICED_AFTER_MS, every_outage, record_outage


async def test_a_long_silence_is_kept_and_a_restart_is_not(store):
    def live(tx):
        ensure_instance(tx)
        for at in (1_000, 1_000 + NOTICED_AFTER_MS - 1, 1_000 + 3 * NOTICED_AFTER_MS):
            now = Tx(tx.conn, Instant(at))
            record_outage(now)
            record_alive(now)

    await store.write(live)
    found = await store.read(every_outage)
    assert found == ((1_000 + NOTICED_AFTER_MS - 1, 1_000 + 3 * NOTICED_AFTER_MS),)


async def test_before_the_first_sign_of_life_nothing_is_an_outage(store):
    await store.write(lambda tx: (record_outage(tx), ensure_instance(tx), record_outage(tx)))
    assert await store.read(every_outage) == ()
