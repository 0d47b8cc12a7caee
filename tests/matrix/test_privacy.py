"""May a post be sent to this room now? When in doubt, no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.privacy import why_closed


def state(**content):
    """State events by short names, such as ``join_rules``."""
    return [{"type": f"m.room.{k}", "state_key": "", "content": v} for k, v in content.items()]


PRIVATE = {
    "join_rules": {"join_rule": "invite"},
    "history_visibility": {"history_visibility": "joined"},
    "guest_access": {"guest_access": "forbidden"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one, max_size=3)
)


def test_a_private_room_takes_posts():
    assert why_closed(state(**PRIVATE), is_private=True) is None


@pytest.mark.parametrize("is_private", [True, False])
def test_a_room_that_was_never_read_takes_nothing(is_private):
    assert "not been read" in why_closed([], is_private=is_private)


@pytest.mark.parametrize("is_private", [True, False])
def test_a_room_that_was_upgraded_takes_nothing(is_private):
    upgraded = state(**PRIVATE, tombstone={"replacement_room": "!new"})
    assert "upgraded" in why_closed(upgraded, is_private=is_private)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("join_rules", {"join_rule": "public"}),
        ("history_visibility", {"history_visibility": "world_readable"}),
        ("history_visibility", {"history_visibility": "shared"}),
        ("guest_access", {"guest_access": "can_join"}),
        ("join_rules", {}),
        ("join_rules", None),
        ("join_rules", {"join_rule": ["invite"]}),
    ],
)
def test_one_open_door_closes_a_private_list_and_is_named(kind, content):
    found = why_closed(state(**PRIVATE | {kind: content}), is_private=True)
    assert found.startswith(f"m.room.{kind} is ")
    assert why_closed(state(**PRIVATE | {kind: content}), is_private=False) is None


@given(st.dictionaries(st.sampled_from(sorted(PRIVATE)), JSON))
def test_malformed_state_keeps_a_private_list_closed(content):
    assert why_closed(state(name={}, **content), is_private=True) is not None


@given(st.lists(st.dictionaries(st.sampled_from(["type", "state_key", "content"]), JSON)))
def test_no_state_breaks_the_question(events):
    assert why_closed(events, is_private=True) is not None
