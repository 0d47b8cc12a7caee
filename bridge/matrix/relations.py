"""How one Matrix event points at another: thread, reply, edit, annotation; pure.

The mail tree lives in our database. In the room a thread has one root, which itself stands
in no relation (Matrix refuses nested threads), and inside it ``m.in_reply_to`` names the
parent. Payloads name posts by Message-ID; the deliverer calls these with event ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from bridge.ids import EventId, RoomId, UserId
from bridge.ports import Content

_RELATION: Final = "m.relates_to"


def in_thread(content: Content, root: EventId, reply_to: EventId | None = None) -> dict[str, Any]:
    """Return the content inside the thread of ``root``.

    Without a parent the reply is only a fallback for clients that know no threads.
    """
    relation = {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": reply_to is None,
        "m.in_reply_to": {"event_id": reply_to or root},
    }
    return {**content, _RELATION: relation}


def in_reply(content: Content, event_id: EventId) -> dict[str, Any]:
    """Return the content as a reply in the main timeline."""
    return {**content, _RELATION: {"m.in_reply_to": {"event_id": event_id}}}


def replacing(content: Content, event_id: EventId) -> dict[str, Any]:
    """Return an edit: the event shows this content from now on (``m.replace``).

    Our own keys stand in both places, so that an audit finds them without knowing edits.
    """
    fallback = {**content, "body": f"* {content.get('body', '')}"}
    if "formatted_body" in content:
        fallback["formatted_body"] = f"* {content['formatted_body']}"
    new = {key: value for key, value in content.items() if key != _RELATION}
    relation = {"rel_type": "m.replace", "event_id": event_id}
    return {**fallback, "m.new_content": new, _RELATION: relation}


def annotation_content(target: EventId, key: str) -> dict[str, Any]:
    """Return a reaction's content."""
    return {_RELATION: {"rel_type": "m.annotation", "event_id": target, "key": key}}


def pinned_content(event_ids: Sequence[EventId]) -> dict[str, Any]:
    """Return the content of ``m.room.pinned_events``."""
    return {"pinned": list(event_ids)}


def mentions(*users: UserId) -> dict[str, Any]:
    """Return ``m.mentions``: exactly these people are called, nobody when there are none."""
    return {"user_ids": list(users)} if users else {}


def permalink(room_id: RoomId, event_id: EventId) -> str:
    """Return the address people can open an event at (Matrix specification, matrix.to URIs)."""
    return f"https://matrix.to/#/{quote(room_id, safe='')}/{quote(event_id, safe='')}"
