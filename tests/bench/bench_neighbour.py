"""A process that does nothing but use the CPU, as much of it as a bridge does.

On a machine with few cores whoever works beside a homeserver slows it, whatever he does. Plain
PUTs beside such a neighbour tell what that costs, and so what of a difference is our design's.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_SLICE_SECONDS = 0.01
_BURN = """
import time
busy, idle = {busy}, {idle}
while True:
    until = time.perf_counter() + busy
    while time.perf_counter() < until:
        sum(range(50))
    time.sleep(idle)
"""


@contextlib.contextmanager
def neighbour(share: float) -> Iterator[None]:
    """Have a process use this share of one core, in slices of 10 ms, until the block ends."""
    busy = _SLICE_SECONDS * min(max(share, 0.0), 0.95)
    program = _BURN.format(busy=busy, idle=_SLICE_SECONDS - busy)
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        yield
    finally:
        process.kill()
        process.wait()
