"""May a post be sent to this room now? Fail closed: a private list needs a private room. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.matrix.rooms import privacy_breach
from bridge.ports import Content


def why_closed(state: Sequence[Content], *, is_private: bool) -> str | None:
    """Return why nothing may be sent to a room of this state, None when it may."""
    if any(event.get("type") == "m.room.tombstone" for event in state):
        return "the room was upgraded; link the new one"
    if not state:
        return "its state has not been read yet"
    return privacy_breach(state) if is_private else None
