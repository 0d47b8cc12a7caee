from dataclasses import replace

import pytest

from bridge.alerts import DAY_MS, alerts
from bridge.ids import Instant
from bridge.store.readings import Readings

QUIET = Readings(
    inbox={"new": 0},
    outbox={},
    oldest_unsent_ms=0,
    lag_ms=0,
    posts_mirrored=7,
    acts_recorded=3,
    posts_overdue=0,
    last_sweeps={},
)
NOON = Instant(20_000 * DAY_MS + DAY_MS // 2)


def test_a_quiet_bridge_tells_nobody_anything() -> None:
    assert alerts(QUIET, {}, NOON) == ()


@pytest.mark.parametrize(
    ("name", "readings", "words"),
    [
        ("shunted", replace(QUIET, inbox={"shunted": 2}), "2 item(s) were set aside"),
        ("shunted", replace(QUIET, outbox={("mail", "shunted"): 1}), "seconded shunted"),
        ("overdue", replace(QUIET, posts_overdue=1), "held by the moderator"),
        ("unsent", replace(QUIET, oldest_unsent_ms=301_000), "has waited 5 minutes to leave"),
        ("template", replace(QUIET, templates_failed=1), "template_failed in the log"),
        ("lag", replace(QUIET, lag_ms=600_000), "10 minutes to be handled"),
    ],
)
def test_each_condition_says_what_to_do(name: str, readings: Readings, words: str) -> None:
    (alert,) = alerts(readings, {}, NOON)
    assert alert.name == name
    assert words in alert.sentence


def test_five_minutes_are_waited_for_before_anybody_is_called() -> None:
    assert alerts(replace(QUIET, oldest_unsent_ms=299_000, lag_ms=299_000), {}, NOON) == ()


def test_a_closed_room_is_told_with_its_reason() -> None:
    (alert,) = alerts(QUIET, {"pc.lists.example.org": "anybody may read it"}, NOON)
    assert "pc.lists.example.org: anybody may read it" in alert.sentence


def test_the_same_condition_has_one_key_a_day() -> None:
    ill = replace(QUIET, posts_overdue=1)
    today, later, tomorrow = (
        alerts(ill, {}, Instant(at))[0].key for at in (NOON, NOON + 60_000, NOON + DAY_MS)
    )
    assert today == later != tomorrow
