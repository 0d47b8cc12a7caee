import re
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.alerts import _CONDITIONS, _DOWN, Around, alerts, unstored
from bridge.ids import BallotId, Instant
from bridge.outside import Outside
from bridge.store.readings import Readings

RUNBOOK = Path(__file__).parent.parent / "deploy" / "RUNBOOK.md"
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
SINCE = Instant(NOON - 150_000)


def of(readings=QUIET, *, sweep_every=180, now=NOON, **around):
    return alerts(readings, Around(**around), now, sweep_every=sweep_every)


def test_a_quiet_bridge_tells_nobody_anything() -> None:
    assert of() == ()
    assert of(outside=Outside({"matrix": Instant(0), "mail": Instant(0)}, 0)) == ()


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
    (alert,) = of(readings)
    assert alert.name == name
    assert words in alert.sentence


@pytest.mark.parametrize(
    ("name", "outside", "words"),
    [
        ("homeserver_down", Outside({"matrix": SINCE}), "refused everything, for 2 minutes"),
        ("mail_server_down", Outside({"mail": SINCE}), "refused everything, for 2 minutes"),
        ("clocks_apart", Outside({}, 7_400), "7 seconds ahead of the homeserver's"),
        ("clocks_apart", Outside({}, -86_400_000), "86400 seconds behind the homeserver's"),
    ],
)
def test_what_is_wrong_beside_us_is_told(name: str, outside: Outside, words: str) -> None:
    (alert,) = of(outside=outside)
    assert alert.name == name
    assert words in alert.sentence


def test_an_outage_s_onset_is_since_when_it_lasts() -> None:
    found = of(outside=Outside({"matrix": SINCE, "mail": Instant(SINCE + 1)}, 9_000))
    assert [one.onset for one in found] == [SINCE, SINCE + 1, 0]


@pytest.mark.parametrize(("minutes", "words"), [(2, "for 2 minutes (full)"), (None, "just now (")])
def test_who_only_tries_now_claims_no_length(minutes: int | None, words: str) -> None:
    assert f"could be written to the database {words}" in unstored("full", minutes).sentence


def test_each_ballot_that_cannot_be_counted_is_told_by_itself() -> None:
    found = of(overdue_ballots={BallotId(3): SINCE, BallotId(2): NOON})
    assert [(one.key, one.onset) for one in found] == [
        ("alert:ballot_overdue:b/2", NOON),
        ("alert:ballot_overdue:b/3", SINCE),
    ]


def test_a_disk_that_is_nearly_full_is_told_before_it_is_full() -> None:
    (alert,) = of(is_nearly_full=True)
    assert "no mail is taken" in alert.sentence


@pytest.mark.parametrize(("too_long", "told"), [(0, []), (1, ["unsent", "lag", "sweep"])])
def test_four_minutes_are_waited_for_so_that_five_are_kept(too_long: int, told: list[str]) -> None:
    age = 240_000 + too_long
    busy = replace(QUIET, oldest_unsent_ms=age, lag_ms=age, oldest_sweep_ms=age)
    assert [one.name for one in of(busy)] == told


def test_who_sweeps_rarely_is_given_a_minute_for_it() -> None:
    assert of(replace(QUIET, oldest_sweep_ms=660_000), sweep_every=600) == ()
    assert of(replace(QUIET, oldest_sweep_ms=660_001), sweep_every=600)


def test_a_closed_room_is_told_with_its_reason() -> None:
    (alert,) = of(closed_rooms={"pc.lists.example.org": "anybody may read it"})
    assert "pc.lists.example.org: anybody may read it" in alert.sentence


def test_an_outage_keeps_its_onset_and_the_next_one_has_another() -> None:
    onsets = [
        of(replace(QUIET, oldest_unsent_ms=age), now=Instant(at))[0].onset
        for age, at in ((400_000, NOON), (460_000, NOON + 60_000), (400_000, NOON + 60_000))
    ]
    assert onsets[0] == onsets[1] != onsets[2]


def test_the_runbook_says_what_to_do_about_each_alert_and_names_no_other() -> None:
    everything = of(
        replace(
            QUIET,
            inbox={"shunted": 1},
            posts_overdue=1,
            templates_failed=1,
            oldest_unsent_ms=DAY_MS,
            lag_ms=DAY_MS,
            oldest_sweep_ms=DAY_MS,
        ),
        closed_rooms={"pc.lists.example.org": "anybody may read it"},
        overdue_ballots={BallotId(1): SINCE},
        outside=Outside({"matrix": SINCE, "mail": SINCE}, 9_000),
        is_nearly_full=True,
    )
    names = {one.name.replace("_", " ") for one in (*everything, unstored("locked"))}
    chapter = RUNBOOK.read_text("utf-8").partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", chapter, re.MULTILINE)) == names
    assert names == {name.replace("_", " ") for name in _names_in_the_code()}


def _names_in_the_code() -> set[str]:
    """Return what any alert is called, in whichever module: as a literal, or in a table."""
    modules = [path.read_text("utf-8") for path in (RUNBOOK.parent.parent / "bridge").rglob("*.py")]
    literal = {name for text in modules for name in re.findall(r"\bAlert\(\s*\"(\w+)\"", text)}
    return literal | _CONDITIONS.keys() | {name for name, _ in _DOWN.values()}
