"""Waiting is bounded on both sides, and an outage of days costs a bounded number of tries."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import Instant
from bridge.retry import FIRST_MS, LONGEST_MS, OPENS_AFTER, Breaker, delay_ms

NOW = Instant(1_000_000)
ATTEMPTS = st.integers(1, 10_000)
JITTER = st.floats(0, 1)
THREE_DAYS_MS = 72 * 3_600_000


def opened(now: Instant = NOW) -> Breaker:
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        breaker = breaker.failed(now, jitter=0.5)
    return breaker


@given(ATTEMPTS, JITTER)
def test_no_wait_is_shorter_than_half_a_second_or_longer_than_five_minutes(attempts, jitter):
    assert FIRST_MS / 2 <= delay_ms(attempts, jitter) <= LONGEST_MS


@given(ATTEMPTS)
def test_jitter_spreads_over_the_whole_range(attempts):
    assert delay_ms(attempts, 0) == FIRST_MS / 2
    assert delay_ms(attempts, 1) == min(LONGEST_MS, FIRST_MS * 2**attempts)


@given(ATTEMPTS, JITTER)
def test_another_failure_never_shortens_the_wait(attempts, jitter):
    assert delay_ms(attempts, jitter) <= delay_ms(attempts + 1, jitter)


@given(ATTEMPTS, JITTER, st.floats(0, 100_000))
def test_what_the_other_side_asked_for_is_never_undercut(attempts, jitter, asked):
    assert delay_ms(attempts, jitter, asked) >= round(asked * 1000)
    assert delay_ms(attempts, jitter, asked) >= delay_ms(attempts, jitter)


def test_four_failures_in_a_row_hold_nothing_up():
    breaker = Breaker()
    for _ in range(OPENS_AFTER - 1):
        breaker = breaker.failed(NOW, jitter=1)
    assert not breaker.is_open
    assert breaker.allows(NOW, 16) == 16


def test_an_open_breaker_lets_nothing_through_before_its_pause_is_over():
    breaker = opened()
    assert breaker.is_open
    assert breaker.allows(NOW, 16) == 0
    assert breaker.allows(Instant(breaker.retry_at - 1), 16) == 0


def test_after_its_pause_it_lets_one_through_however_many_lanes_wait():
    breaker = opened()
    assert breaker.allows(breaker.retry_at, 16) == 1


def test_while_its_probe_is_out_nobody_else_is_let_through():
    breaker = opened()
    assert breaker.probing().allows(breaker.retry_at, 16) == 0
    assert breaker.probing().probed().allows(breaker.retry_at, 16) == 1
    failed = breaker.probing().failed(breaker.retry_at, 1.0)
    assert failed.allows(failed.retry_at, 16) == 1


def test_a_closed_breaker_has_no_probe():
    assert Breaker(OPENS_AFTER - 1).probing().allows(NOW, 16) == 16


def test_one_success_closes_it():
    assert opened().succeeded().allows(NOW, 16) == 16


def test_failures_of_the_burst_that_opened_it_do_not_lengthen_its_pause():
    breaker = opened()
    assert breaker.failed(Instant(NOW + 1), jitter=1) == breaker


def test_each_failed_probe_lengthens_the_pause_up_to_five_minutes():
    breaker, pauses = opened(), []
    for _ in range(12):
        now = breaker.retry_at
        breaker = breaker.failed(now, jitter=1)
        pauses.append(breaker.retry_at - now)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_MS


def test_the_pause_honours_what_the_other_side_asked_for():
    breaker = opened()
    probed = breaker.failed(breaker.retry_at, jitter=0, retry_after=1234)
    assert probed.retry_at == breaker.retry_at + 1_234_000


@pytest.mark.parametrize("seed", range(20))
def test_an_outage_of_72_hours_costs_at_most_1500_connections(seed):
    chance = random.Random(seed)
    breaker, now, tries = opened(), NOW, OPENS_AFTER
    while (now := breaker.retry_at) < NOW + THREE_DAYS_MS:
        breaker, tries = breaker.failed(now, chance.random()), tries + 1
    assert 800 < tries <= 1_500


def test_it_knows_since_when_nothing_got_through():
    breaker = Breaker()
    for later in range(OPENS_AFTER + 2):
        breaker = breaker.failed(Instant(NOW + later * LONGEST_MS), jitter=1)
        assert breaker.failing_since == NOW
    again = breaker.succeeded().failed(Instant(NOW + THREE_DAYS_MS), jitter=1)
    assert again.failing_since == NOW + THREE_DAYS_MS
