"""(f) What a post costs of our CPU, and (g) what it leaves in our memory, beside a stub."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

from bench_figures import Aim, Figure, Spread
from bench_mails import conversations
from bench_processes import server_pid, usage
from bench_stage import ONE_ROOM, TWENTY_ROOMS, Place, Running, stub_and_bridge

_LISTS = (*ONE_ROOM, *TWENTY_ROOMS)
_MEBIBYTE = 1024 * 1024
_ECHO_SECONDS = 0.3
_CPU_NOTE = (
    "CPU of the bridge's process, user and system, from LMTP to the echo pushed back, beside a"
    " homeserver that answers at once; every author known already."
)
_MEMORY_NOTE = "resident bytes of the bridge's process when a run has settled; lists: 21."


async def cpu(place: Place, *, rounds: int, posts: int) -> AsyncIterator[Figure]:
    """Measure CPU milliseconds a post."""
    with stub_and_bridge(place, _LISTS) as running:
        await running.open_rooms(_LISTS)
        await _mirror(running, posts)
        costs = []
        for number in range(rounds):
            costs.append(await _cost_ms(running, posts))
            place.say(f"f: round {number + 1}: {costs[-1]:.2f} ms a post")
    yield Figure(
        "f",
        "our CPU for a post",
        "ms",
        Spread(tuple(costs)),
        aim=Aim(most=2.0),
        note=_CPU_NOTE,
    )


async def memory(place: Place, *, posts: int, steps: int = 5) -> AsyncIterator[Figure]:
    """Measure resident memory as posts go by."""
    with stub_and_bridge(place, _LISTS) as running:
        await running.open_rooms(_LISTS)
        pid = server_pid(running.bridge.process)
        resident = []
        for step in range(steps):
            await _mirror(running, posts // steps)
            resident.append(usage(pid).resident_bytes / _MEBIBYTE)
            place.say(f"g: {(step + 1) * posts // steps:,} posts: {resident[-1]:.0f} MiB")
    first, last = Spread((resident[0],)), Spread((resident[-1],))
    what = f"memory after {posts:,} posts, beside after {posts // steps:,}"
    ratio = Spread((resident[-1] / resident[0],))
    yield Figure("g", what, "MiB", last, first, ratio, note=_MEMORY_NOTE)


async def _cost_ms(running: Running, posts: int) -> float:
    pid = server_pid(running.bridge.process)
    before = usage(pid).cpu_seconds
    await _mirror(running, posts)
    # The last echoes are pushed back after their posts have settled; they belong to the cost.
    await asyncio.sleep(_ECHO_SECONDS)
    return (usage(pid).cpu_seconds - before) * 1000 / posts


async def _mirror(running: Running, posts: int) -> None:
    await running.mirror(conversations(_LISTS, f"run{secrets.token_hex(4)}", posts))
