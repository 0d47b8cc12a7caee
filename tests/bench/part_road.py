"""(a) Posts a second through the whole road, beside plain PUTs of the same contents."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field

from bench_figures import Aim, Figure, Spread, compared
from bench_mails import conversations
from bench_neighbour import neighbour
from bench_processes import server_pid, usage
from bench_raw import Sent, put_all, sent_letters
from bench_stage import (
    ONE_ROOM,
    TWENTY_ROOMS,
    Place,
    Running,
    bridge_with_lanes,
    people,
    synapse_and_bridge,
    watchers,
)

from bridge.demo.bridge_config import Mirrored

_EVERYWHERE = (*ONE_ROOM, *TWENTY_ROOMS)
_AIM = Aim(least=0.95)
_NOTE = (
    "mails come by LMTP as fast as they are taken; time from the first command to the last event."
    " Beside: aiohttp PUTs of the same contents and relations, as the same ghosts, into the same"
    " rooms, without any store. Ratio: of each round, medians and ranges of all rounds."
)


_NEIGHBOUR_NOTE = (
    "the same PUTs, beside a process that uses as much CPU as the bridge did, and does nothing with"
    " it: what is left of the difference is the design's, the rest is the machine's two cores."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of (a) is measured."""

    lanes: tuple[int, ...] = (1, 4, 16)
    rooms: tuple[int, ...] = (1, 20)
    syncing: tuple[int, ...] = (0, 5)
    rounds: int = 5
    posts: int = 200


async def road(place: Place, plan: Plan, *, is_slow: bool = False) -> AsyncIterator[Figure]:
    """Measure every combination of the plan, each in interleaved rounds."""
    with synapse_and_bridge(place, _EVERYWHERE, is_slow=is_slow) as running:
        accounts = people(running, max(plan.syncing)) if max(plan.syncing) else {}
        for lanes in plan.lanes:
            async with bridge_with_lanes(place, running, _EVERYWHERE, lanes, is_slow=is_slow):
                for syncing in plan.syncing:
                    with contextlib.ExitStack() as stack:
                        if syncing:
                            stack.enter_context(watchers(place, running, accounts, _EVERYWHERE))
                        for rooms in plan.rooms:
                            case = (lanes, rooms, syncing)
                            for figure in await _figures(
                                place, running, plan, case, is_slow=is_slow
                            ):
                                yield figure


@dataclass(slots=True)
class _Rounds:
    """What the rounds of one case found, in posts a second."""

    ours: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)


async def _figures(
    place: Place, running: Running, plan: Plan, case: tuple[int, int, int], *, is_slow: bool
) -> tuple[Figure, Figure]:
    lanes, rooms, syncing = case
    lists = ONE_ROOM if rooms == 1 else TWENTY_ROOMS
    what = (
        f"{lanes} at a time, {'one room' if rooms == 1 else f'{rooms} rooms'}"
        f", {syncing or 'nobody'} syncing{', slow disk' if is_slow else ''}"
    )
    found = _Rounds()
    letters, share = (await _ours(running, lists, plan.posts))[1:]
    for number in range(plan.rounds):
        # Which of the two goes first changes from round to round.
        if number % 2:
            found.raw.append(await _raw(running, letters, lanes))
        speed, letters, share = await _ours(running, lists, plan.posts)
        found.ours.append(speed)
        with neighbour(share):
            found.beside.append(await _raw(running, letters, lanes))
        if not number % 2:
            found.raw.append(await _raw(running, letters, lanes))
        place.say(
            f"a: {what}: round {number + 1}: {found.ours[-1]:.1f}/s beside {found.raw[-1]:.1f}/s"
            f", and {found.beside[-1]:.1f}/s with a neighbour that uses {share:.0%} of a core"
        )
    ours = Spread(tuple(found.ours))
    return (
        _compared(what, ours, found.raw, _AIM, _NOTE),
        _compared(f"{what}: with a neighbour", ours, found.beside, None, _NEIGHBOUR_NOTE),
    )


def _compared(what: str, ours: Spread, others: list[float], aim: Aim | None, note: str) -> Figure:
    ratio = compared(list(ours.values), others)
    return Figure("a", what, "posts/s", ours, Spread(tuple(others)), ratio, aim, note)


async def _ours(
    running: Running, lists: Sequence[Mirrored], posts: int
) -> tuple[float, tuple[Sent, ...], float]:
    """Return our speed, what was sent, and how much of a core the bridge used meanwhile."""
    run = f"run{secrets.token_hex(4)}"
    mails = conversations(lists, run, posts)
    pid = server_pid(running.bridge.process)
    before = usage(pid).cpu_seconds
    speed = await _speed(posts, running.mirror(mails))
    share = (usage(pid).cpu_seconds - before) * speed / posts
    return speed, sent_letters(running.bridge.database, run), share


async def _raw(running: Running, letters: Sequence[Sent], concurrency: int) -> float:
    return await _speed(len(letters), put_all(running, letters, concurrency))


async def _speed(posts: int, work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return posts / (time.perf_counter() - began)
