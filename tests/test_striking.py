"""What cannot be undone waits for two clocks: ours and the homeserver's."""

from dataclasses import replace

import pytest
from ballot_samples import CLOSES, ballot
from fakes_matrix import FakeHomeserver

from bridge.domain.ballots import Outcome, State
from bridge.errors import Transient
from bridge.ids import Instant
from bridge.matrix.ghosts import Namespace
from bridge.store import ballots, inbox
from bridge.striking import ASK_EVERY_MS, strike

HOUR = 3_600_000
CLOSED = ballot(state=State.CLOSED, closed_at=CLOSES, outcome=Outcome.ADOPTED)
CONFIRM = CLOSES + CLOSED.rule.confirm * 1000
COMMENTED = ballot(state=State.COMMENT, comments_until=Instant(CONFIRM))


@pytest.fixture
def homeserver(clock):
    return FakeHomeserver(clock, Namespace("example.org", "list_", "seconded"))


async def struck(store, homeserver, clock, at):
    clock.forward(at - clock())
    await strike(store, homeserver, clock, {})
    return [dict(item.meta)["what"] for item in await store.write(claimed)]


def claimed(tx):
    return inbox.claim(tx.conn, tx.now, 99)


@pytest.mark.parametrize(("one", "what"), [(CLOSED, "confirm"), (COMMENTED, "red_line")])
async def test_it_strikes_once_when_both_clocks_have_passed(store, homeserver, clock, one, what):
    await store.write(lambda tx: ballots.record_ballot(tx, one, None))
    assert await struck(store, homeserver, clock, CONFIRM - 1) == []
    homeserver.ahead_ms = -48 * HOUR
    assert await struck(store, homeserver, clock, CONFIRM + HOUR) == []
    homeserver.ahead_ms = 0
    assert await struck(store, homeserver, clock, CONFIRM + 2 * HOUR) == [what]
    assert not await strike(store, homeserver, clock, {})


async def test_our_own_clock_must_have_passed_too(store, homeserver, clock):
    await store.write(lambda tx: ballots.record_ballot(tx, CLOSED, None))
    homeserver.ahead_ms = 48 * HOUR
    assert await struck(store, homeserver, clock, CONFIRM - 1) == []


async def test_while_the_homeserver_does_not_answer_all_waits(store, homeserver, clock):
    await store.write(lambda tx: ballots.record_ballot(tx, CLOSED, None))
    clock.forward(CONFIRM - clock())
    homeserver.lose_answer()
    with pytest.raises(Transient):
        await strike(store, homeserver, clock, {})
    assert await struck(store, homeserver, clock, CONFIRM) == ["confirm"]


async def test_where_nothing_is_due_nobody_is_asked(store, homeserver, clock):
    waits = replace(CLOSED, rule=replace(CLOSED.rule, confirm=0))
    await store.write(lambda tx: ballots.record_ballot(tx, waits, None))
    homeserver.lose_answer()
    assert await struck(store, homeserver, clock, CONFIRM) == []


async def test_a_homeserver_whose_clock_is_behind_is_asked_once_in_a_while(
    store, homeserver, clock
):
    await store.write(lambda tx: ballots.record_ballot(tx, CLOSED, None))
    asked = {}
    clock.forward(CONFIRM - clock())
    homeserver.ahead_ms = -HOUR
    assert not await strike(store, homeserver, clock, asked)
    homeserver.ahead_ms = 0
    assert not await strike(store, homeserver, clock, asked)
    clock.forward(ASK_EVERY_MS)
    assert await strike(store, homeserver, clock, asked)
