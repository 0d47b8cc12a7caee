"""A user's power level, computed from the room's raw state; pure.

nio's own cache keeps demoted admins and knows nothing of room version 12, whose creators
stand above every level and may not be listed in the power levels (measured).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.ids import UserId
from bridge.ports import Content

CREATOR_POWER: Final = 2**53
"""Stands for "above every level": larger than any integer canonical JSON allows."""

DEFAULT_CREATOR_POWER: Final = 100
"""A creator's level where a room has no ``m.room.power_levels`` (Matrix 1.16, 10.5)."""

_LISTED = frozenset(str(number) for number in range(1, 12))
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,15}\s*", re.ASCII)


def creators_are_privileged(room_version: str) -> bool:
    """Tell whether creators have endless power in this version (12 and later).

    An unknown version counts as a later one: there the homeserver would refuse to create a
    room whose power levels list the creator.
    """
    return room_version not in _LISTED


def power_of(state: Iterable[Content], user: UserId) -> int:
    """Return the user's power level; total on any state, the safe side (0) when unreadable.

    Numbers written as strings count, as room versions before 10 allow them.
    """
    contents = {_state_key(event): event for event in state}
    create = contents.get(("m.room.create", ""), {})
    if user in _privileged_creators(create):
        return CREATOR_POWER
    levels = contents.get(("m.room.power_levels", ""))
    if levels is None:
        return DEFAULT_CREATOR_POWER if user == _creator(create) else 0
    content = _mapping(levels.get("content"))
    users = _mapping(content.get("users"))
    return _level(users[user] if user in users else content.get("users_default", 0))


def _privileged_creators(create: Content) -> frozenset[str]:
    content = _mapping(create.get("content"))
    version = content.get("room_version", "1")
    if not create or not isinstance(version, str) or not creators_are_privileged(version):
        return frozenset()
    named = content.get("additional_creators")
    more = named if isinstance(named, list) else []
    return frozenset(u for u in [create.get("sender"), *more] if isinstance(u, str))


def _creator(create: Content) -> object:
    """Return the creator: a content field up to version 10, the sender from 11 on."""
    return _mapping(create.get("content")).get("creator", create.get("sender"))


def _state_key(event: Content) -> tuple[object, object]:
    kind, key = event.get("type"), event.get("state_key")
    return (kind, key) if isinstance(kind, str) and isinstance(key, str) else (None, None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _level(value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
