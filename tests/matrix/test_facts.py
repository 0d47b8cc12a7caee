"""Raw events become facts, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.facts import (
    MemberSeen,
    MessageSeen,
    OtherSeen,
    ReactionSeen,
    RedactionSeen,
    StateSeen,
    parse_event,
    redaction_of,
)


def event(kind, content, **fields):
    return {
        "event_id": "$e",
        "room_id": "!r",
        "sender": "@jane:hs.test",
        "origin_server_ts": 1_700_000_000_000,
        "type": kind,
        "content": content,
        **fields,
    }


def annotation(**relation):
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$t", "key": "✅", **relation}}


HEAD = ("$e", "!r", "@jane:hs.test", 1_700_000_000_000)


def test_a_reaction_names_its_target_and_key():
    assert parse_event(event("m.reaction", annotation())) == ReactionSeen(*HEAD, "$t", "✅")


@pytest.mark.parametrize(
    "raw",
    [
        event("m.room.redaction", {"redacts": "$t"}),
        event("m.room.redaction", {}, redacts="$t"),
        event("m.room.redaction", {"redacts": 7}, redacts="$t"),
        event("m.room.redaction", {"redacts": "$t"}, redacts="$other"),
    ],
)
def test_a_redaction_is_read_in_both_shapes(raw):
    assert parse_event(raw) == RedactionSeen(*HEAD, "$t")


def test_a_membership_names_whom_it_is_about():
    raw = event("m.room.member", {"membership": "join"}, state_key="@bob:hs.test")
    assert parse_event(raw) == MemberSeen(*HEAD, "@bob:hs.test", "join", None)


def test_other_state_keeps_its_content():
    raw = event("m.room.topic", {"topic": "x"}, state_key="")
    assert parse_event(raw) == StateSeen(*HEAD, "m.room.topic", "", {"topic": "x"})


def message(body="!help", relation=None, **content):
    relates = {} if relation is None else {"m.relates_to": relation}
    return event("m.room.message", {"msgtype": "m.text", "body": body, **relates, **content})


def test_a_message_carries_what_commands_need():
    seen = parse_event(
        message(**{"m.mentions": {"user_ids": ["@a:hs", 7]}, "org.seconded.txn": "t"})
    )
    assert isinstance(seen, MessageSeen)
    assert (seen.body, seen.mentions, seen.txn) == ("!help", ("@a:hs",), "t")


@pytest.mark.parametrize(
    ("relation", "reply_to", "thread_root", "replaces"),
    [
        (None, None, None, None),
        ({"m.in_reply_to": {"event_id": "$p"}}, "$p", None, None),
        ({"rel_type": "m.thread", "event_id": "$t"}, None, "$t", None),
        (
            {
                "rel_type": "m.thread",
                "event_id": "$t",
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": "$p"},
            },
            None,
            "$t",
            None,
        ),
        (
            {"rel_type": "m.thread", "event_id": "$t", "m.in_reply_to": {"event_id": "$p"}},
            "$p",
            "$t",
            None,
        ),
        ({"rel_type": "m.replace", "event_id": "$o"}, None, None, "$o"),
        ({"rel_type": ["m.thread"], "event_id": {"$t": 1}, "m.in_reply_to": 3}, None, None, None),
    ],
)
def test_relations_of_a_message(relation, reply_to, thread_root, replaces):
    seen = parse_event(message(relation=relation))
    assert (seen.reply_to, seen.thread_root, seen.replaces) == (reply_to, thread_root, replaces)


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("> <@a:hs> two\n> lines\n\n!help", "!help"),
        ("> * <@a:hs> waves\n\n!help", "!help"),
        ("> my own quotation\n!help", "> my own quotation\n!help"),
        ("> <@a:hs> nothing else", ""),
    ],
)
def test_the_quotation_old_clients_put_first_is_cut_off_in_replies(body, own):
    assert parse_event(message(body, {"m.in_reply_to": {"event_id": "$p"}})).body == own


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (event("m.reaction", {}), "no fact"),
        (event("m.reaction", annotation(rel_type="m.thread")), "no fact"),
        (event("m.reaction", annotation(key="")), "no fact"),
        (event("m.room.message", {"body": 7}), "no fact"),
        (event("m.room.redaction", {}), "no fact"),
        (event("org.example.unknown", {}), "no fact"),
        (event("m.reaction", {}, unsigned={"redacted_because": {}}), "redacted"),
        (event("m.reaction", annotation(), event_id="e"), "missing or malformed"),
        (event("m.reaction", annotation(), room_id=None), "missing or malformed"),
        (event("m.reaction", annotation(), origin_server_ts=True), "missing or malformed"),
        (event("m.reaction", annotation(), origin_server_ts=-1), "missing or malformed"),
        (event("m.reaction", annotation(), origin_server_ts=2.5), "missing or malformed"),
        (event("m.reaction", annotation(), origin_server_ts=2**60), "missing or malformed"),
        (event("", {}), "missing or malformed"),
        (None, "missing or malformed"),
        ([], "missing or malformed"),
    ],
)
def test_what_says_nothing_to_us_says_why(raw, reason):
    seen = parse_event(raw)
    assert isinstance(seen, OtherSeen)
    assert reason in seen.reason


def test_a_redacted_event_says_who_removed_it():
    because = event("m.room.redaction", {"redacts": "$e"}, event_id="$x")
    seen = redaction_of(event("m.reaction", {}, unsigned={"redacted_because": because}))
    assert (seen.event_id, seen.redacts) == ("$x", "$e")


def test_what_was_redacted_is_known_from_where_the_redaction_stands():
    because = {
        "event_id": "$x",
        "sender": "@mod:hs.test",
        "origin_server_ts": 5,
        "type": "m.room.redaction",
        "content": {},
    }
    seen = redaction_of(event("m.reaction", {}, unsigned={"redacted_because": because}))
    assert (seen.sender, seen.redacts, seen.room) == ("@mod:hs.test", "$e", "!r")


@pytest.mark.parametrize(
    "raw", [event("m.reaction", {}), {}, None, {"unsigned": {"redacted_because": {"a": 1}}}]
)
def test_an_event_that_stands_has_no_redaction(raw):
    assert redaction_of(raw) is None


UNSTORABLE = ["\ud800", "a\ud83d", "\0"]


@pytest.mark.parametrize("field", ["room_id", "sender", "event_id"])
@pytest.mark.parametrize("wrong", UNSTORABLE)
def test_an_identifier_that_no_database_can_hold_names_nothing(field, wrong):
    seen = parse_event(event("m.reaction", annotation()) | {field: "$" + wrong})
    assert isinstance(seen, OtherSeen)
    assert getattr(seen, {"room_id": "room"}.get(field, field)) is None


@pytest.mark.parametrize("wrong", UNSTORABLE)
def test_text_is_made_storable(wrong):
    seen = parse_event(event("m.room.message", {"msgtype": "m.text", "body": f"hi {wrong}"}))
    assert seen.body.startswith("hi ")
    assert "\0" not in seen.body.encode("utf-8").decode("utf-8")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["content", "m.relates_to", "event_id", "body", "rel_type", "unsigned"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
kinds = st.sampled_from(["m.reaction", "m.room.message", "m.room.redaction", "m.room.member"])


@given(json_values)
def test_any_json_has_a_fact(value):
    parse_event(value)
    redaction_of(value)


@given(kinds, json_values, json_values, json_values)
def test_any_content_has_a_fact(kind, content, relation, state_key):
    both = {"m.relates_to": relation, "body": content, "m.mentions": content}
    parse_event(event(kind, content))
    parse_event(event(kind, both))
    parse_event(event(kind, both, state_key=state_key, redacts=relation, unsigned=content))
