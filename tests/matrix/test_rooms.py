"""The room a list gets, and whether a private one is still private."""

import pytest

from bridge.matrix.rooms import creation_body, invited, privacy_breach
from bridge.ports import RoomSpec

BOT, JANE, CHAIR = "@seconded:hs.test", "@jane:hs.test", "@chair:hs.test"
SPEC = RoomSpec("list_pc", "PC", "Mirror.", private=True, invite=(JANE, BOT), moderators=(CHAIR,))
PUBLIC = RoomSpec("list_pc", "PC", "Mirror.", private=False)


def state_of(body):
    return {event["type"]: event["content"] for event in body["initial_state"]}


def test_a_private_room_is_closed_from_its_first_instant_on():
    body = creation_body(SPEC, bot=BOT, room_version="12")
    assert body["preset"] == "private_chat"
    assert state_of(body) == {
        "m.room.join_rules": {"join_rule": "invite"},
        "m.room.history_visibility": {"history_visibility": "joined"},
        "m.room.guest_access": {"guest_access": "forbidden"},
    }


def test_a_public_room_is_open_to_users_but_not_to_guests():
    body = creation_body(PUBLIC, bot=BOT, room_version="12")
    assert body["preset"] == "public_chat"
    assert state_of(body)["m.room.guest_access"] == {"guest_access": "forbidden"}


@pytest.mark.parametrize("spec", [SPEC, PUBLIC])
def test_no_room_is_put_into_the_directory(spec):
    assert creation_body(spec, bot=BOT, room_version="12")["visibility"] == "private"


def test_invitations_go_to_people_and_moderators_once():
    assert invited(SPEC, bot=BOT) == (JANE, CHAIR)
    assert "invite" not in creation_body(SPEC, bot=BOT, room_version="12")


@pytest.mark.parametrize(("version", "users"), [("12", {CHAIR: 50}), ("11", {CHAIR: 50, BOT: 100})])
def test_the_creator_is_listed_up_to_version_11_only(version, users):
    body = creation_body(SPEC, bot=BOT, room_version=version)
    assert body["power_level_content_override"]["users"] == users


def test_everybody_may_react_and_no_moderator_may_open_a_private_room():
    levels = creation_body(SPEC, bot=BOT, room_version="12")["power_level_content_override"]
    assert levels["events"]["m.reaction"] == 0
    assert levels["events"]["m.room.join_rules"] == 100
    assert levels["events"]["m.room.encryption"] == 100


def closed(**changes):
    values = {
        "m.room.join_rules": {"join_rule": "invite"},
        "m.room.history_visibility": {"history_visibility": "joined"},
        "m.room.guest_access": {"guest_access": "forbidden"},
        **{f"m.room.{name}": content for name, content in changes.items()},
    }
    return [{"type": k, "state_key": "", "content": c} for k, c in values.items() if c is not None]


@pytest.mark.parametrize(
    "state",
    [closed(), closed(join_rules={"join_rule": "restricted"}), closed(guest_access=None)],
)
def test_a_closed_room_is_private(state):
    assert privacy_breach(state) is None


@pytest.mark.parametrize(
    ("state", "named"),
    [
        (closed(join_rules={"join_rule": "public"}), "join_rules"),
        (closed(join_rules=None), "join_rules"),
        (closed(join_rules={"join_rule": ["invite"]}), "join_rules"),
        (closed(history_visibility={"history_visibility": "shared"}), "history_visibility"),
        (closed(history_visibility=None), "history_visibility"),
        (closed(guest_access={"guest_access": "can_join"}), "guest_access"),
        ([], "join_rules"),
        ([{}, {"state_key": "", "type": "m.room.join_rules"}], "join_rules"),
    ],
)
def test_a_room_that_was_opened_says_how(state, named):
    assert named in privacy_breach(state)
