from dataclasses import replace

import pytest
from playbook_cast import CHAIR, LIST_ID, story_config

from bridge.ids import EventId, Instant, RoomId
from bridge.matrix.facts import MemberSeen, OtherSeen, StateSeen
from bridge.store import rooms
from handlers.context import context_of
from handlers.rooms import member_seen, other_seen, state_seen


def seen(kind: str, content: dict[str, str], room: str = "!pc") -> StateSeen:
    return StateSeen(EventId("$s"), RoomId(room), CHAIR, Instant(1), kind, "", content)


def private(desk, tmp_path):
    config = story_config(tmp_path, {("lists", 0, "visibility"): "private"})
    return context_of(config, desk.context.instance)


@pytest.mark.parametrize(
    ("kind", "content", "is_closed"),
    [
        ("m.room.join_rules", {"join_rule": "public"}, True),
        ("m.room.tombstone", {"replacement_room": "!new"}, True),
        ("m.room.topic", {"topic": "Words"}, False),
    ],
)
def test_a_private_lists_room_is_closed_as_soon_as_it_is_open_to_others(
    desk, tmp_path, kind, content, is_closed
):
    context = private(desk, tmp_path)
    for state in (
        seen("m.room.join_rules", {"join_rule": "invite"}),
        seen("m.room.history_visibility", {"history_visibility": "joined"}),
        seen(kind, content),
    ):
        state_seen(state, desk.tx, context)
    assert (rooms.room_of(desk.conn, LIST_ID).closed_because is not None) is is_closed


def test_state_is_not_believed_before_the_whole_of_it_was_read(desk):
    unread = replace(rooms.room_of(desk.conn, LIST_ID), state=(), closed_because="not read")
    rooms.record_room(desk.tx, unread)
    outcome = state_seen(seen("m.room.topic", {"topic": "x"}), desk.tx, desk.context)
    assert outcome.reason == "state not read yet"
    assert rooms.room_of(desk.conn, LIST_ID).closed_because == "not read"


def test_state_of_other_rooms_is_nothing_to_us(desk):
    event = seen("m.room.topic", {"topic": "x"}, "!elsewhere")
    assert state_seen(event, desk.tx, desk.context).state == "suppressed"


def test_members_and_other_events_decide_nothing(desk):
    member = MemberSeen(EventId("$m"), RoomId("!pc"), CHAIR, Instant(1), CHAIR, "leave", None)
    assert member_seen(member, desk.tx, desk.context).reason == "membership"
    other = OtherSeen(None, None, None, None, "m.x", "no fact in it for us")
    assert other_seen(other, desk.tx, desk.context).reason == "no fact in it for us"
