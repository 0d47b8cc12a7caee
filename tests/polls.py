"""Look again and again, a bounded number of times: the only way real servers are waited for.

The bound is generous, since nothing is asserted about speed: a machine that is busy needs more
looks, a promise that is broken needs them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.2


async def polled(look: Callable[[], T], is_wanted: Callable[[T], bool], *, looks: int = 300) -> T:
    """Return the first wanted thing seen; ``look`` may block.

    Raises:
        AssertionError: none of the looks saw it; shows what the last one saw.
    """
    seen = None
    for _ in range(looks):
        seen = await asyncio.to_thread(look)
        if is_wanted(seen):
            return seen
        await asyncio.sleep(PAUSE)
    raise AssertionError(f"not seen in {looks} looks; the last one saw: {seen}")
