"""Looking an unknown outcome up in a room's history: which event is it, when to stop; pure.

``origin_server_ts`` cannot say when to stop: posts claim the date of their mail (``?ts=``),
which may be years back. Synapse's ``unsigned.age`` counts from when the event really came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.ids import Instant
from bridge.matrix.canonical import TXN_KEY

SKEW: Final = 300_000
"""Milliseconds by which the two clocks may differ before the lookup stops too early."""


def is_sent_as(event: Mapping[str, Any], txn_id: str) -> bool:
    """Tell whether the event is the one we sent with this transaction id."""
    content = event.get("content")
    has_id = isinstance(event.get("event_id"), str)
    return has_id and isinstance(content, Mapping) and content.get(TXN_KEY) == txn_id


def is_older(event: Mapping[str, Any], since: Instant, now: Instant | None) -> bool:
    """Tell whether the event certainly came before ``since``, so that paging may stop.

    Without a usable age only other people's events tell the time: ours may claim any.
    """
    unsigned, content = event.get("unsigned"), event.get("content")
    age = unsigned.get("age") if isinstance(unsigned, Mapping) else None
    if now is not None and isinstance(age, int):
        return now - age < since - SKEW
    is_ours = isinstance(content, Mapping) and TXN_KEY in content
    ts = event.get("origin_server_ts")
    return not is_ours and isinstance(ts, int) and ts < since - SKEW
