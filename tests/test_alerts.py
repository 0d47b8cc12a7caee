from dataclasses import replace

import pytest

from bridge.alerts import alerts
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
DAY_MS = 86_400_000
NOON = Instant(20_000 * DAY_MS + DAY_MS // 2)


def test_a_quiet_bridge_tells_nobody_anything() -> None:
    assert alerts(QUIET, {}, NOON, sweep_every=180) == ()


@pytest.mark.parametrize(
    ("name", "readings", "words"),
    [
        ("shunted", replace(QUIET, inbox={"shunted": 2}), "2 item(s) were set aside"),
        ("shunted", replace(QUIET, outbox={("mail", "shunted"): 1}), "seconded shunted"),
        ("overdue", replace(QUIET, posts_overdue=1), "held by the moderator"),
        ("unsent", replace(QUIET, oldest_unsent_ms=301_000), "has waited 5 minutes to leave"),
        ("template", replace(QUIET, templates_failed=1), "template_failed in the log"),
        ("sweep", replace(QUIET, oldest_sweep_ms=600_000), "read anew 10 minutes ago"),
        ("lag", replace(QUIET, lag_ms=600_000), "10 minutes to be handled"),
    ],
)
def test_each_condition_says_what_to_do(name: str, readings: Readings, words: str) -> None:
    (alert,) = alerts(readings, {}, NOON, sweep_every=180)
    assert alert.name == name
    assert words in alert.sentence


def test_a_disk_that_is_nearly_full_is_told_before_it_is_full() -> None:
    (alert,) = alerts(QUIET, {}, NOON, sweep_every=180, is_nearly_full=True)
    assert "no mail is taken" in alert.sentence


def test_five_minutes_are_waited_for_before_anybody_is_called() -> None:
    assert (
        alerts(
            replace(QUIET, oldest_unsent_ms=299_000, lag_ms=299_000, oldest_sweep_ms=540_000),
            {},
            NOON,
            sweep_every=180,
        )
        == ()
    )


def test_a_closed_room_is_told_with_its_reason() -> None:
    (alert,) = alerts(QUIET, {"pc.lists.example.org": "anybody may read it"}, NOON, sweep_every=180)
    assert "pc.lists.example.org: anybody may read it" in alert.sentence


def test_an_outage_keeps_its_onset_and_the_next_one_has_another() -> None:
    onsets = [
        alerts(replace(QUIET, oldest_unsent_ms=age), {}, Instant(at), sweep_every=180)[0].onset
        for age, at in ((400_000, NOON), (460_000, NOON + 60_000), (400_000, NOON + 60_000))
    ]
    assert onsets[0] == onsets[1] != onsets[2]
