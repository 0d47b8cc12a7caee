from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from bridge.ids import BallotId, Instant
from bridge.web.metrics import FAMILIES, BreakerState, Metrics, exposition, metrics_app
from bridge.web.serving import serving

BUSY = Metrics(
    inbox={"new": 2, "done": 40, "held": 1},
    outbox={("matrix", "sent"): 39, ("mail", "unknown"): 1},
    oldest_unsent_seconds=12.5,
    shunted=3,
    lag_seconds=1.25,
    posts_mirrored=38,
    acts_recorded=17,
    posts_overdue=1,
    last_sweeps={BallotId(42): Instant(1_700_000_000_250), BallotId(43): Instant(0)},
    breakers={"matrix": BreakerState.OPEN, "mail": BreakerState.CLOSED},
)

SHOWN = [
    ("seconded_inbox_items", {"state": "new"}, 2),
    ("seconded_inbox_items", {"state": "done"}, 40),
    ("seconded_outbox_items", {"destination": "mail", "state": "unknown"}, 1),
    ("seconded_oldest_unsent_seconds", {}, 12.5),
    ("seconded_shunted", {}, 3),
    ("seconded_lag_seconds", {}, 1.25),
    ("seconded_posts_mirrored_total", {}, 38),
    ("seconded_acts_recorded_total", {}, 17),
    ("seconded_posts_overdue", {}, 1),
    ("seconded_last_sweep_timestamp_seconds", {"ballot": "42"}, 1_700_000_000.25),
    ("seconded_last_sweep_timestamp_seconds", {"ballot": "43"}, 0),
    ("seconded_breaker_state", {"destination": "matrix"}, 2),
    ("seconded_breaker_state", {"destination": "mail"}, 0),
]


RUNBOOK = Path(__file__).parent.parent.parent / "deploy" / "RUNBOOK.md"


def samples(text: str) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text)
    return [(s.name, s.labels, s.value) for family in families for s in family.samples]


@pytest.mark.parametrize("sample", SHOWN, ids=lambda sample: f"{sample[0]} {sample[1]}")
def test_each_number_is_shown_under_its_name(sample) -> None:
    assert sample in samples(exposition(BUSY).decode())


def test_a_new_bridge_shows_its_totals_at_zero() -> None:
    shown = {(name, value) for name, _, value in samples(exposition(Metrics()).decode())}
    assert {("seconded_shunted", 0), ("seconded_posts_mirrored_total", 0)} <= shown


def test_the_runbook_names_only_metrics_that_exist() -> None:
    named = set(re.findall(r"\b(?:seconded|process)_[a-z_]+", RUNBOOK.read_text("utf-8")))
    there = {name for name, _, _ in samples(exposition(BUSY).decode())}
    assert named
    assert named <= there


@pytest.mark.parametrize(
    "asked",
    [
        *("lag_seconds", "oldest_unsent_seconds", "shunted", "last_sweep_timestamp_seconds"),
        *("posts_overdue", "breaker_state"),
    ],
)
def test_the_runbook_says_of_each_thing_an_operator_asks_when_to_worry(asked: str) -> None:
    watched = RUNBOOK.read_text("utf-8").partition("\n## What to watch\n")[2]
    assert re.search(rf"^\| `seconded_{asked}` \| [^|]+ \| [^|]+ \|$", watched, re.MULTILINE)
    assert len(re.findall(rf"`[^`]*seconded_{asked}[^`]*`", watched)) == 2, "no panel shows it"


def test_every_number_is_explained_to_the_operator() -> None:
    text = exposition(BUSY).decode()
    for family in FAMILIES:
        assert f" {family.explanation}" in text
        assert family.explanation.endswith(".")


def test_names_are_unique_and_ours() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("seconded_") for name in names)


async def test_metrics_are_read_anew_for_each_scrape() -> None:
    mirrored = iter((1, 2))

    async def snapshot() -> Metrics:
        return Metrics(posts_mirrored=next(mirrored))

    async with (
        serving(metrics_app(snapshot), "127.0.0.1", 0, option="metrics.listen") as port,
        ClientSession() as client,
    ):
        for expected in (1, 2):
            async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert answer.headers["Content-Type"].startswith("text/plain; version=")
                assert ("seconded_posts_mirrored_total", {}, expected) in samples(
                    await answer.text()
                )
