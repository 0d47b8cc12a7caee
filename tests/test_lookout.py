"""A homeserver is asked once a minute, so that its silence is noticed when nothing is sent."""

import asyncio
from types import SimpleNamespace

import pytest
from hand_clock import HandClock

from bridge import lookout
from bridge.delivering import Deliverer
from bridge.errors import Permanent, Transient
from bridge.ids import Instant
from bridge.lookout import look_outside
from bridge.outside import Outside
from bridge.retry import OPENS_AFTER, Breaker


class Asked:
    """A homeserver that tells the time, or fails as told."""

    def __init__(self, clock, error=None):
        self.clock, self.error, self.times = clock, error, 0

    async def server_time(self):
        self.times += 1
        if self.error is not None:
            raise self.error
        return self.clock()


class Hanging:
    async def server_time(self):
        await asyncio.Event().wait()


def deliverers(clock, breaker=None):
    made = [
        Deliverer(
            destination=name, port=None, prepare=None, store=SimpleNamespace(), clock=clock, lanes=4
        )
        for name in ("matrix", "mail", "names")
    ]
    made[0].breaker = breaker or Breaker()
    return made


async def test_a_homeserver_that_answers_has_a_clock_and_forgives_its_failures():
    clock = HandClock()
    ours = deliverers(clock, Breaker(2, failing_since=clock()))
    assert await look_outside(ours, Asked(clock)) == Outside({"matrix": 0, "mail": 0}, 0)
    assert ours[0].breaker == Breaker()


async def test_silence_is_counted_by_the_breaker_and_is_an_outage_after_two_minutes():
    clock = HandClock()
    ours, silent = deliverers(clock), Asked(clock, Transient("connection refused"))
    began = clock()
    found = []
    for _ in range(3):
        found.append((await look_outside(ours, silent)).down["matrix"])
        clock.forward(60_000)
    assert found == [0, 0, began]
    assert (await look_outside(ours, silent)).ahead_ms is None


async def test_a_homeserver_that_hangs_holds_the_watch_up_for_seconds(monkeypatch):
    monkeypatch.setattr(lookout, "ANSWERS_WITHIN_SECONDS", 0)
    ours = deliverers(HandClock())
    assert (await look_outside(ours, Hanging())).ahead_ms is None
    assert ours[0].breaker.failures == 1


async def test_answers_without_a_date_are_no_outage():
    clock = HandClock()
    ours = deliverers(clock)
    found = await look_outside(ours, Asked(clock, Permanent("no Date header")))
    assert (found.ahead_ms, ours[0].breaker.failures) == (None, 0)


@pytest.mark.parametrize("pause", [1, -1])
async def test_an_open_breaker_is_asked_when_its_pause_is_over_and_stays_open(pause):
    clock = HandClock()
    shut = Breaker(OPENS_AFTER, Instant(clock() + pause), failing_since=Instant(clock() - 200_000))
    ours, homeserver = deliverers(clock, shut), Asked(clock)
    found = await look_outside(ours, homeserver)
    assert (homeserver.times, ours[0].breaker.is_open) == (int(pause < 0), True)
    assert found.down["matrix"] == shut.failing_since
