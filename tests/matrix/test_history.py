"""Looking an unknown outcome up in history."""

import pytest

from bridge.ids import Instant
from bridge.matrix.history import SKEW, is_older, is_sent_as

SINCE, NOW = Instant(1_000_000_000), Instant(2_000_000_000)
LONG_AGO, OURS = 1000, {"org.seconded.txn": "t"}


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"event_id": "$a", "content": {"org.seconded.txn": "t"}}, True),
        ({"event_id": "$a", "content": {"org.seconded.txn": "u"}}, False),
        ({"content": {"org.seconded.txn": "t"}}, False),
        ({"event_id": "$a", "content": "t"}, False),
        ({}, False),
    ],
)
def test_our_event_is_known_by_its_txn_id(event, found):
    assert is_sent_as(event, "t") is found


@pytest.mark.parametrize(
    ("event", "now", "older"),
    [
        ({"unsigned": {"age": NOW - SINCE + SKEW + 1}, "origin_server_ts": NOW}, NOW, True),
        ({"unsigned": {"age": 5}, "origin_server_ts": LONG_AGO}, NOW, False),
        ({"origin_server_ts": LONG_AGO, "content": {}}, NOW, True),
        ({"origin_server_ts": LONG_AGO, "content": OURS}, NOW, False),
        ({"unsigned": {"age": 10**12}, "origin_server_ts": NOW}, None, False),
        ({"origin_server_ts": SINCE - SKEW}, None, False),
        ({"unsigned": None, "content": None}, NOW, False),
    ],
)
def test_the_lookup_ends_at_what_really_came_before(event, now, older):
    assert is_older(event, SINCE, now) is older
