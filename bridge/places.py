"""So many requests at once, spread over the rooms that they are for.

A homeserver chains the events of a room, each after those that it knows. Two that arrive at once
both follow the same one, and the next has to join them, which costs it work; events of different
rooms do not meet. So a place that becomes free goes to a letter for the room with the fewest
requests under way, whatever came before it from the crowd of a busy room.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """A number of places; who waits longest for the least busy room gets the next."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._under_way: Counter[str] = Counter()
        self._waiting: dict[asyncio.Future[None], str] = {}

    @asynccontextmanager
    async def place(self, room: str) -> AsyncIterator[None]:
        """Hold a place while the block runs; waits for one."""
        await self._enter(room)
        try:
            yield
        finally:
            self._leave(room)

    async def _enter(self, room: str) -> None:
        if self._free:
            return self._take(room)
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = room
        try:
            await turn
        except asyncio.CancelledError:
            # Called and cancelled in one turn of the loop: the place is somebody else's.
            if self._waiting.pop(turn, None) is None:
                self._leave(room)
            raise

    def _take(self, room: str) -> None:
        self._free -= 1
        self._under_way[room] += 1

    def _leave(self, room: str) -> None:
        self._free += 1
        self._under_way[room] -= 1
        if not self._under_way[room]:
            del self._under_way[room]
        if self._waiting:
            # Among equals ``min`` returns the first, who has waited longest.
            turn = min(self._waiting, key=lambda one: self._under_way[self._waiting[one]])
            self._take(self._waiting.pop(turn))
            turn.set_result(None)
