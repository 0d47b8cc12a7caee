"""A server is down when it was tried in vain for long; clocks are apart when they surely are."""

import pytest
from memory_store import memory_tx

from bridge.ids import Instant
from bridge.outside import Outside, ahead_ms, down_since, read_outside, record_outside
from bridge.retry import Breaker

NOW = Instant(1_761_811_200_000)
LONG, SHORT = Instant(NOW - 120_000), Instant(NOW - 119_999)


@pytest.mark.parametrize(
    ("failures", "since", "found"),
    [(3, LONG, LONG), (90, LONG, LONG), (3, SHORT, 0), (90, SHORT, 0), (2, LONG, 0), (0, 0, 0)],
)
def test_a_server_is_down_when_it_was_tried_in_vain_for_two_minutes(failures, since, found):
    assert down_since(Breaker(failures, failing_since=Instant(since)), NOW) == found


@pytest.mark.parametrize(
    ("theirs", "took", "found"),
    [
        (0, 0, 0),
        (5_000, 0, 0),
        (5_001, 0, -5_001),
        (-5_999, 0, 0),
        (-6_000, 0, 6_000),
        # The answer says when it was given, not when it came.
        (9_000, 9_000, 0),
        (-3_000, 9_000, 0),
        (20_000, 9_000, -11_000),
    ],
)
def test_clocks_are_apart_when_no_second_that_has_begun_explains_it(theirs, took, found):
    assert ahead_ms(NOW, Instant(NOW + theirs), Instant(NOW + took)) == found


def test_nothing_is_known_at_first():
    with memory_tx() as tx:
        assert read_outside(tx.conn) == Outside({"matrix": 0, "mail": 0}, 0)


def test_what_was_found_last_is_known_and_what_was_not_found_stays():
    with memory_tx() as tx:
        record_outside(tx, Outside({"matrix": LONG, "mail": Instant(0)}, -6_000))
        assert read_outside(tx.conn) == Outside({"matrix": LONG, "mail": 0}, -6_000)
        record_outside(tx, Outside({"matrix": Instant(0), "mail": SHORT}))
        assert read_outside(tx.conn) == Outside({"matrix": 0, "mail": SHORT}, -6_000)
        record_outside(tx, Outside({}, 0))
        assert read_outside(tx.conn) == Outside({"matrix": 0, "mail": SHORT}, 0)


def test_nobody_is_told_by_what_is_down():
    assert Outside({"matrix": LONG, "mail": Instant(0)}).servers_down == {"matrix"}
    assert Outside().servers_down == frozenset()
