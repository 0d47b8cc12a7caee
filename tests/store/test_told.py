"""What was told is marked, so that nothing is told twice."""

from ballot_samples import LIST, OPENED, act, ballot

from bridge.domain.ballots import COUNTING, State
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.told import LATE, OBJECTIONS, Told, Waiting, record_told, told_of, waiting

HOUR = 3_600_000
OPEN = tuple(COUNTING)


async def test_a_mark_is_moved_and_never_doubled(store):
    for upto in (1, 1, 7):
        await store.write(
            lambda tx, upto=upto: record_told(tx, "b/1", LATE, Told(upto, Instant(upto)))
        )
    assert await store.read(lambda conn: told_of(conn, "b/1", LATE)) == Told(7, Instant(7))
    assert await store.read(lambda conn: told_of(conn, "b/1", OBJECTIONS)) is None


def with_one_act(tx):
    ballots.record_ballot(tx, ballot(12), None)
    ballots.append_act(tx, act("ada", "object", OPENED, ballot=12), {})
    record_told(tx, "b/12", OBJECTIONS, Told(0, OPENED))
    record_told(tx, "b/1", OBJECTIONS, Told(0, OPENED))


async def test_a_ballot_waits_once_its_ledger_has_grown_and_time_has_passed(store):
    await store.write(with_one_act)
    found = await store.read(lambda conn: waiting(conn, OBJECTIONS, OPEN, OPENED))
    assert found == [Waiting(12, LIST, Told(0, OPENED))]


async def test_a_ballot_that_is_told_of_or_too_fresh_or_elsewhere_waits_for_nothing(store):
    await store.write(with_one_act)
    early = Instant(OPENED - 1)
    assert await store.read(lambda conn: waiting(conn, OBJECTIONS, OPEN, early)) == []
    assert await store.read(lambda conn: waiting(conn, LATE, OPEN, OPENED)) == []
    assert await store.read(lambda conn: waiting(conn, OBJECTIONS, [State.CLOSED], OPENED)) == []
    await store.write(lambda tx: record_told(tx, "b/12", OBJECTIONS, Told(1, OPENED)))
    later = Instant(OPENED + HOUR)
    assert await store.read(lambda conn: waiting(conn, OBJECTIONS, OPEN, later)) == []
