"""An alert is told again when it is another occurrence, or a day has passed."""

import pytest

from bridge.alerts import Alert
from bridge.ids import Instant
from bridge.news import HOUR_MS, is_news, of_this_hour
from bridge.store.told import CLEAR, Told

NOON = Instant(20_000 * 24 * HOUR_MS + 12 * HOUR_MS)
ALERT = Alert("lag", "alert:lag", "It waits.", onset=7)


@pytest.mark.parametrize(
    ("upto", "ago", "told"),
    [
        (7, 24 * HOUR_MS - 1, False),
        (7, 24 * HOUR_MS, True),
        (6, HOUR_MS - 1, False),
        (6, HOUR_MS, True),
        (CLEAR, HOUR_MS - 1, False),
        (CLEAR, HOUR_MS, True),
    ],
)
def test_a_new_occurrence_waits_an_hour_and_a_lasting_one_a_day(upto, ago, told):
    assert is_news(Told(upto, Instant(NOON - ago)), ALERT, NOON) is told


def test_what_nobody_was_told_of_is_news():
    assert is_news(None, ALERT, NOON)


def test_all_who_tell_it_in_one_hour_give_it_one_key():
    keys = [of_this_hour(ALERT, Instant(NOON + ms)).key for ms in (0, HOUR_MS - 1, HOUR_MS)]
    assert keys[0] == keys[1] != keys[2]
