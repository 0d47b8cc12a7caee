"""``seconded status``: how the bridge is doing, as lines for a terminal; pure."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.domain.deadlines import show_instant
from bridge.ids import Instant
from bridge.store.readings import Readings


def status_lines(readings: Readings, bridges: int, now: Instant) -> list[str]:
    """Return what an operator asks first, one line each.

    Args:
        readings: the bridge in numbers.
        bridges: how many run on this database now.
        now: for the ages of the sweeps.
    """
    return [
        f"running    {_running(bridges)}",
        f"came in    {_counts(readings.inbox)}",
        f"lag        {_age(readings.lag_ms)}",
        *_destinations(readings),
        f"unsent     {_age(readings.oldest_unsent_ms)}",
        f"mirrored   {readings.posts_mirrored} posts, {readings.acts_recorded} acts recorded",
        f"shunted    {_wanting(readings.shunted, 'see: seconded shunted')}",
        f"overdue    {_wanting(readings.posts_overdue, 'accepted, and not seen on the list')}",
        *_sweeps(readings, now),
    ]


def _running(bridges: int) -> str:
    if bridges == 0:
        return "no bridge; start one: seconded run"
    return "one bridge" if bridges == 1 else f"{bridges} bridges on one database"


def _counts(counted: dict[str, int]) -> str:
    shown = [f"{count} {state}" for state, count in sorted(counted.items()) if count]
    return ", ".join(shown) or "nothing yet"


def _destinations(readings: Readings) -> Iterator[str]:
    for name in sorted({destination for destination, _ in readings.outbox}):
        states = {
            state: count
            for (destination, state), count in readings.outbox.items()
            if destination == name
        }
        yield f"to {name:<7} {_counts(states)}"


def _age(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return "nothing waits" if milliseconds == 0 else f"the oldest has waited {seconds} s"


def _wanting(count: int, advice: str) -> str:
    return f"{count} ({advice})" if count else "none"


def _sweeps(readings: Readings, now: Instant) -> Iterator[str]:
    for ballot, swept_at in sorted(readings.last_sweeps.items()):
        ago = f"{(now - swept_at) // 1000} s ago" if swept_at else "not yet"
        when = f", {show_instant(swept_at)}" if swept_at else ""
        yield f"swept      b/{ballot} {ago}{when}"
