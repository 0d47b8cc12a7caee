"""Power levels from raw state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.power import CREATOR_POWER, creators_are_privileged, power_of

CREATOR, JANE = "@seconded:hs.test", "@jane:hs.test"


def create(version=None, **content):
    version_field = {} if version is None else {"room_version": version}
    return {
        "type": "m.room.create",
        "state_key": "",
        "sender": CREATOR,
        "content": {**version_field, **content},
    }


def levels(**content):
    return {"type": "m.room.power_levels", "state_key": "", "content": content}


@pytest.mark.parametrize(
    ("state", "user", "power"),
    [
        ([create("12")], CREATOR, CREATOR_POWER),
        ([create("12"), levels(users={CREATOR: 0})], CREATOR, CREATOR_POWER),
        ([create("12", additional_creators=[JANE])], JANE, CREATOR_POWER),
        ([create("12"), levels(users={JANE: 50})], JANE, 50),
        ([create("11")], CREATOR, 100),
        ([create("10", creator=JANE)], JANE, 100),
        ([create("11"), levels(users={})], CREATOR, 0),
        ([create(), levels(users={JANE: "50"})], JANE, 50),
        ([create(), levels(users={JANE: " -3 "})], JANE, -3),
        ([create(), levels(users_default="7")], JANE, 7),
        ([create(), levels(users={JANE: True}, users_default=9)], JANE, 0),
        ([create(), levels(users={JANE: "many"})], JANE, 0),
        ([create(), levels(users=None, users_default=None)], JANE, 0),
        ([create("org.example.new")], CREATOR, CREATOR_POWER),
        ([create(12)], CREATOR, 100),
        ([], JANE, 0),
    ],
)
def test_power_is_read_from_state(state, user, power):
    assert power_of(state, user) == power


@pytest.mark.parametrize(("version", "privileged"), [("1", False), ("11", False), ("12", True)])
def test_creators_are_privileged_from_version_12_on(version, privileged):
    assert creators_are_privileged(version) is privileged


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(json_values, json_values, json_values)
def test_power_is_total_on_any_content(create_content, level_content, users):
    state = [
        {"type": "m.room.create", "state_key": "", "sender": users, "content": create_content},
        {"type": "m.room.power_levels", "state_key": "", "content": level_content},
        {"type": "m.room.power_levels", "state_key": users, "content": {"users": users}},
    ]
    assert isinstance(power_of(state, JANE), int)
