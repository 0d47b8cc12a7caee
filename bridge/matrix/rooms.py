"""The room a list gets: what is asked of the homeserver at creation, and whether it stays so.

Pure. A private list has a private room from its first instant on; ``privacy_breach`` says
whether it still is one, so that a post can be held (fail closed) when somebody changed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.ids import UserId
from bridge.matrix.power import creators_are_privileged
from bridge.ports import Content, RoomSpec

MODERATOR_POWER: Final = 50
BOT_POWER: Final = 100

_CLOSED_STATE: Final = (
    ("m.room.join_rules", {"join_rule": "invite"}),
    ("m.room.history_visibility", {"history_visibility": "joined"}),
    ("m.room.guest_access", {"guest_access": "forbidden"}),
)
_OPEN_STATE: Final = (
    ("m.room.history_visibility", {"history_visibility": "shared"}),
    ("m.room.guest_access", {"guest_access": "forbidden"}),
)

_BOT_ONLY: Final = (
    "m.room.power_levels",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.server_acl",
    "m.room.tombstone",
    "m.room.encryption",
)
"""What would open a private room, lock us out or blind us (this version reads no encrypted
room): no moderator can do it by a slip."""

PRIVATE_VALUES: Final[Mapping[str, tuple[str, frozenset[str], str]]] = {
    "m.room.join_rules": (
        "join_rule",
        frozenset({"invite", "restricted", "knock", "knock_restricted"}),
        "public",
    ),
    "m.room.history_visibility": (
        "history_visibility",
        frozenset({"joined", "invited"}),
        "shared",
    ),
    "m.room.guest_access": ("guest_access", frozenset({"forbidden"}), "forbidden"),
}
"""Per state event: the field, the values a private room may have, the value when absent."""


def creation_body(spec: RoomSpec, *, bot: UserId, room_version: str) -> dict[str, Any]:
    """Return the body of ``POST /createRoom``; ``room_version`` is the homeserver's default.

    Never in the public directory: an operator may list a public room, we do not.
    """
    state = _CLOSED_STATE if spec.private else _OPEN_STATE
    return {
        "room_alias_name": spec.alias_localpart,
        "name": spec.name,
        "topic": spec.topic,
        "preset": "private_chat" if spec.private else "public_chat",
        "visibility": "private",
        "room_version": room_version,
        "initial_state": [
            {"type": kind, "state_key": "", "content": dict(content)} for kind, content in state
        ],
        "power_level_content_override": _power_levels(spec, bot, room_version),
    }


def invited(spec: RoomSpec, *, bot: UserId) -> tuple[UserId, ...]:
    """Return whom to invite once the room stands.

    Not in the body: one person who cannot be invited (who has joined by the alias meanwhile, or
    whose server is away) makes the homeserver give up the whole room (seen on Synapse).
    """
    return tuple(user for user in dict.fromkeys((*spec.invite, *spec.moderators)) if user != bot)


def _power_levels(spec: RoomSpec, bot: UserId, room_version: str) -> dict[str, Any]:
    """Everybody may speak and react; only moderators change the room or wake everybody.

    ``users`` replaces the homeserver's own: the bot has to be in it up to version 11, and
    must not be in it from version 12 on.
    """
    listed = {} if creators_are_privileged(room_version) else {bot: BOT_POWER}
    moderators = {user: MODERATOR_POWER for user in spec.moderators if user != bot}
    return {
        "users": {**moderators, **listed},
        "users_default": 0,
        "events_default": 0,
        "state_default": MODERATOR_POWER,
        "invite": MODERATOR_POWER,
        "kick": MODERATOR_POWER,
        "ban": MODERATOR_POWER,
        "redact": MODERATOR_POWER,
        "events": {
            "m.reaction": 0,
            "m.room.redaction": 0,
            "m.room.pinned_events": MODERATOR_POWER,
            **dict.fromkeys(_BOT_ONLY, BOT_POWER),
        },
        "notifications": {"room": MODERATOR_POWER},
    }


def privacy_breach(state: Iterable[Content]) -> str | None:
    """Return why the room is not private any more, or None when it is; total on any state."""
    contents = {str(e.get("type")): e.get("content") for e in state if e.get("state_key") == ""}
    for kind, (field, allowed, absent) in PRIVATE_VALUES.items():
        content = contents.get(kind)
        value = content.get(field, absent) if isinstance(content, Mapping) else absent
        if not isinstance(value, str) or value not in allowed:
            return f"{kind} is {value!r}; a private list needs one of {sorted(allowed)}"
    return None
