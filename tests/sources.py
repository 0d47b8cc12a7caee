"""Count posts in a room by their source keys, as the contract says "exactly once" is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bridge.demo.member import Event
from bridge.ids import MessageId, message_id_hash


def source_keys(events: Iterable[Event]) -> Counter[tuple[str, int]]:
    """Return how often each (Message-ID as it stands in the event, part) stands in the events."""
    return Counter(
        (one["message_id"], one["part"])
        for event in events
        for one in event.get("content", {}).get("org.seconded.source", [])
    )


def is_public_post(message_id: str, event: Event) -> bool:
    """Tell whether an event in a public room is the post's first part."""
    return (message_id_hash(MessageId(message_id)), 0) in source_keys([event])
