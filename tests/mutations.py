"""Matrix events as a broken or hostile homeserver sends them: real shapes with something wrong."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

Event = dict[str, Any]

RELATION: Mapping[str, Any] = {
    "rel_type": "m.annotation",
    "event_id": "$card",
    "key": "✅",
    "m.in_reply_to": {"event_id": "$card"},
}
SHAPES: tuple[Event, ...] = (
    {"type": "m.reaction", "content": {"m.relates_to": RELATION}},
    {"type": "m.room.redaction", "redacts": "$card", "content": {"redacts": "$card"}},
    {
        "type": "m.room.message",
        "content": {
            "msgtype": "m.text",
            "body": "!endorse",
            "m.mentions": {"user_ids": ["@seconded:hs.test"]},
            "m.relates_to": {**RELATION, "rel_type": "m.thread"},
            "m.new_content": {"msgtype": "m.text", "body": "!object no"},
            "org.seconded.txn": "txn",
        },
    },
    {"type": "m.room.member", "state_key": "@zoe:hs.test", "content": {"membership": "join"}},
    {
        "type": "m.room.power_levels",
        "state_key": "",
        "content": {"users": {"@zoe:hs.test": 100}, "users_default": 0, "events": {}},
    },
    {"type": "m.room.create", "state_key": "", "content": {"room_version": "12"}},
    {"type": "m.room.tombstone", "state_key": "", "content": {"replacement_room": "!new"}},
    {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1"}},
    {"type": "m.room.encrypted", "content": {"algorithm": "m.megolm.v1", "ciphertext": "x"}},
)
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, -(2**70), 1.5, 1e308, "", " ", "\x00", "\ud800", "\u202e"),
    *([], {}, [None], {"": None}, ["$card"], {"event_id": "$card"}, "$card", "!pc:hs.test"),
    *("@oskar:hs.test", "@:", "!" + "x" * 300, "🎉" * 50, "!ballot open", "!object", "NaN"),
    "!5vXwTxH26Bk86SrT9afmczg7ataK3cAZLJeMSLM63qY",
)
"""What stands where something else should; the last one is a room id of version 12."""
DEEP = 200


def mutated(chance: random.Random, room_id: str, number: int) -> Any:
    """Return an event with one to four things wrong, most of them in a room of ours."""
    event = copy.deepcopy(chance.choice(SHAPES))
    event |= {
        "event_id": f"$mutated{number}",
        "room_id": room_id,
        "sender": chance.choice(("@oskar:hs.test", "@zoe:hs.test", "@list_x:hs.test")),
        "origin_server_ts": 1_761_811_200_000 + number,
        "unsigned": {"age": 5},
    }
    for _ in range(chance.randint(1, 4)):
        event = chance.choice(MUTATIONS)(chance, event)
    return event


def body_of(events: list[Any]) -> bytes:
    """Return a transaction as it is pushed; what JSON cannot hold stands as escapes."""
    return json.dumps({"events": events}).encode()


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*place, key))
        if isinstance(inner, dict | list):
            found += _places(inner, (*place, key))
    return found


def _change(chance: random.Random, event: Any, change: Callable[[Any, Any], None]) -> Any:
    places = _places(event) if isinstance(event, dict | list) else []
    if not places:
        return event
    *parents, last = chance.choice(places)
    inner = event
    for key in parents:
        inner = inner[key]
    change(inner, last)
    return event


def _wrong(chance: random.Random, event: Any) -> Any:
    wrong = copy.deepcopy(chance.choice(WRONG))
    return _change(chance, event, lambda inner, key: inner.__setitem__(key, wrong))


def _missing(chance: random.Random, event: Any) -> Any:
    return _change(chance, event, lambda inner, key: inner.__delitem__(key))


def _wrapped(chance: random.Random, event: Any) -> Any:
    def wrap(inner: Any, key: Any) -> None:
        for _ in range(chance.choice((1, 2, DEEP))):
            inner[key] = [inner[key]]

    return _change(chance, event, wrap)


def _long(chance: random.Random, event: Any) -> Any:
    text = chance.choice(("x", "é", "\ud83d", "> ")) * chance.choice((255, 256, 70_000))
    return _change(chance, event, lambda inner, key: inner.__setitem__(key, text))


def _no_event(chance: random.Random, event: Any) -> Any:
    return copy.deepcopy(chance.choice(WRONG)) if chance.random() < 0.05 else event


MUTATIONS: tuple[Callable[[random.Random, Any], Any], ...] = (
    *(_wrong,) * 5,
    *(_missing,) * 3,
    _wrapped,
    _long,
    _no_event,
)
