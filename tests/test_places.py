"""Places: never more than there are, the least busy room first, together, nobody left out."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.places import Places


class Crowd:
    """Requests that end when they are told to; who got in is written down in order.

    Attributes:
        entered: the requests' names, in the order in which they got a place.
    """

    def __init__(self, count: int, *, gather_seconds: float = 0) -> None:
        self.places = Places(count, gather_seconds=gather_seconds)
        self.entered: list[str] = []
        self.inside: dict[str, str] = {}
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str) -> None:
        """Ask for places; the room is a name's first letter."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._stay(name))
            await asyncio.sleep(0)

    async def _stay(self, name: str) -> None:
        async with self.places.place(name[0]):
            self.entered.append(name)
            self.inside[name] = name[0]
            try:
                await self._ends[name].wait()
            finally:
                del self.inside[name]

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self._tasks[name]
        await a_moment()

    async def cancel(self, name: str) -> None:
        self._tasks[name].cancel()
        await asyncio.gather(self._tasks[name], return_exceptions=True)


async def a_moment() -> None:
    """Let what is due now happen, and what comes of it."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_least_busy_room_gets_the_next_place():
    crowd = Crowd(3)
    await crowd.come("a1", "a2", "b1", "a3", "b2", "c1")
    await crowd.end("a1")
    await crowd.end("b1")
    assert crowd.entered == ["a1", "a2", "b1", "c1", "b2"]


async def test_one_room_is_served_in_the_order_in_which_it_asked():
    crowd = Crowd(1)
    await crowd.come("a1", "a2", "a3")
    await crowd.end("a1")
    await crowd.end("a2")
    assert crowd.entered == ["a1", "a2", "a3"]


async def test_whoever_gives_up_leaves_the_place_to_others():
    crowd = Crowd(1)
    await crowd.come("a1", "b1", "c1")
    await crowd.cancel("b1")
    await crowd.cancel("a1")
    await a_moment()
    assert crowd.entered == ["a1", "c1"]


async def test_a_place_given_to_one_who_gave_up_meanwhile_is_passed_on():
    crowd = Crowd(1)
    await crowd.come("a1", "b1", "c1")
    crowd._ends["a1"].set()
    # One turn: a1 leaves and calls b1, which has not run yet.
    await asyncio.sleep(0)
    await crowd.cancel("b1")
    await a_moment()
    assert crowd.entered == ["a1", "c1"]


async def test_a_place_that_frees_as_somebody_gives_up_is_not_lost():
    places, entered = Places(1, gather_seconds=0), []

    async def stay(name: str) -> None:
        async with places.place("a"):
            entered.append(name)

    async with places.place("a"):
        first, second = (asyncio.create_task(stay(name)) for name in ("first", "second"))
        await a_moment()
        # The place is left in this turn, before the one who gives up has noticed.
        first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert first.cancelled()
    assert entered == ["second"]
    assert (await asyncio.gather(stay("third"))) == [None]


ONE_EACH = [f"{room}1" for room in "abcdefghijklmnop"]
TOGETHER = 14
FOR_EVER = 10_000.0


async def test_a_free_place_is_kept_for_the_others():
    crowd = Crowd(len(ONE_EACH), gather_seconds=FOR_EVER)
    await crowd.come(*ONE_EACH, "x1", "y1")
    for name in ONE_EACH[: TOGETHER - 1]:
        await crowd.end(name)
    await crowd.come("z1")
    before = crowd.entered[len(ONE_EACH) :]
    await crowd.end(ONE_EACH[TOGETHER - 1])
    assert (before, crowd.entered[len(ONE_EACH) :]) == ([], ["x1", "y1", "z1"])


async def test_it_is_not_kept_for_requests_of_one_room():
    crowd = Crowd(3, gather_seconds=FOR_EVER)
    await crowd.come("a1", "a2", "a3", "a4")
    await crowd.end("a1")
    assert crowd.entered[-1] == "a4"


async def test_it_is_not_kept_for_those_that_hang():
    crowd = Crowd(3, gather_seconds=0)
    await crowd.come("a1", "b1", "c1", "d1")
    await crowd.end("a1")
    assert crowd.entered[-1] == "d1"


@given(
    count=st.integers(1, 4),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40),
)
def test_there_are_never_more_inside_and_nobody_waits_beside_a_free_place(count, steps):
    asyncio.run(_comes_and_goes(count, steps))


async def _comes_and_goes(count: int, steps: list[tuple[str, bool]]) -> None:
    crowd, asked, ended = Crowd(count), 0, 0
    for room, comes in steps:
        if comes or not crowd.inside:
            asked += 1
            await crowd.come(f"{room}{asked}")
        else:
            ended += 1
            await crowd.end(next(iter(crowd.inside)))
        assert len(crowd.inside) == min(count, asked - ended)
    while crowd.inside:
        await crowd.end(next(iter(crowd.inside)))
    assert len(set(crowd.entered)) == len(crowd.entered) == asked


@pytest.mark.parametrize("rooms", [1, 5])
async def test_all_places_are_free_again_after_an_error(rooms):
    places = Places(1)
    for number in range(3):
        with pytest.raises(ValueError, match="broken"):
            async with places.place(str(number % rooms)):
                raise ValueError("broken")
    async with asyncio.timeout(5), places.place("a"):
        pass
