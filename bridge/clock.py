"""The one place that asks the machine for the time."""

from __future__ import annotations

import time

from bridge.ids import Instant


def now() -> Instant:
    """Return the current instant, Unix milliseconds UTC."""
    return Instant(time.time_ns() // 1_000_000)
