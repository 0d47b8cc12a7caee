"""When an alert is news, and what the news of it is called; pure."""

from __future__ import annotations

from dataclasses import replace

from bridge.alerts import Alert
from bridge.ids import Instant
from bridge.store.told import Told

HOUR_MS = 3_600_000


def is_news(told: Told | None, alert: Alert, now: Instant) -> bool:
    """Tell a new occurrence an hour after the last alert at the soonest, a lasting one daily."""
    if told is None:
        return True
    return now - told.at >= (HOUR_MS if alert.onset != told.upto else 24 * HOUR_MS)


def of_this_hour(alert: Alert, now: Instant) -> Alert:
    """Return the alert under a key that is the same for whoever tells it in the same hour."""
    return replace(alert, key=f"{alert.key}:{now // HOUR_MS}")
