"""A pushed transaction becomes raw events with keys."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.facts import OtherSeen
from bridge.matrix.transactions import (
    MalformedTransaction,
    parse_transaction,
    raw_event,
    read_event,
)


def body(*events):
    return json.dumps({"events": list(events)}).encode()


def test_events_keep_their_order_and_are_keyed_by_event_id():
    events = parse_transaction(body({"event_id": "$b", "room_id": "!r"}, {"event_id": "$a"}))
    assert [(e.key, e.room_id) for e in events] == [("$b", "!r"), ("$a", None)]
    assert json.loads(events[0].json) == {"event_id": "$b", "room_id": "!r"}


@pytest.mark.parametrize(
    "event", [None, 7, "x", [], {}, {"event_id": 7}, {"event_id": "no sigil"}, {"event_id": "$é"}]
)
def test_a_malformed_event_is_kept_under_its_own_digest(event):
    (kept,) = parse_transaction(body(event))
    assert kept.key.startswith("sha256:")
    assert kept == raw_event(event)


def test_a_malformed_event_does_not_take_the_others_with_it():
    assert [e.key for e in parse_transaction(body(None, {"event_id": "$a"}))][1] == "$a"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"{}", b'{"events": {}}', b"\xff", b'{"events": 1}']
)
def test_what_is_no_transaction_is_refused(raw):
    with pytest.raises(MalformedTransaction):
        parse_transaction(raw)


def test_a_body_nested_too_deep_is_kept_whole_and_blocks_nothing():
    raw = b'{"events": [' + b"[" * 200_000 + b"]" * 200_000 + b"]}"
    (kept,) = parse_transaction(raw)
    assert kept.json == raw
    assert isinstance(read_event(kept.json), OtherSeen)


def test_a_lone_surrogate_can_be_stored():
    (kept,) = parse_transaction(rb'{"events": [{"event_id": "$a", "content": "\ud83d"}]}')
    assert kept.json.isascii()


@given(st.binary())
def test_reading_a_stored_event_is_total(raw):
    read_event(raw)


@given(st.binary() | st.text().map(lambda text: body({"event_id": text, "content": text})))
def test_any_body_is_read_or_refused(raw):
    try:
        events = parse_transaction(raw)
    except MalformedTransaction:
        return
    assert all(event.key.isascii() for event in events)


@pytest.mark.parametrize(
    ("kind", "sender", "is_kept"),
    [
        ("m.room.message", "@list_a:hs.test", False),
        ("m.reaction", "@list_a:hs.test", False),
        ("m.room.message", "@amal:hs.test", True),
        ("m.room.member", "@list_a:hs.test", True),
        ("m.room.redaction", "@list_a:hs.test", True),
        ("m.room.message", None, True),
        (["m.room.message"], "@list_a:hs.test", True),
    ],
)
def test_the_echoes_of_what_we_sent_are_left_out(kind, sender, *, is_kept):
    event = {"event_id": "$a", "type": kind, "sender": sender}
    kept = parse_transaction(body(event), lambda user: user.startswith("@list_"))
    assert bool(kept) is is_kept
