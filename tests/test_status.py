"""What an operator sees first."""

from dataclasses import replace

import pytest

from bridge.ids import BallotId, Instant
from bridge.status import status_lines
from bridge.store.readings import Readings

NOW = Instant(1_761_811_200_000)
QUIET = Readings({}, {}, 0, 0, 0, 0, 0, {})
BUSY = Readings(
    inbox={"done": 12, "new": 2, "held": 0},
    outbox={("matrix", "pending"): 3, ("matrix", "sent"): 40, ("mail", "shunted"): 1},
    oldest_unsent_ms=90_000,
    lag_ms=2_000,
    posts_mirrored=9,
    acts_recorded=7,
    posts_overdue=1,
    last_sweeps={BallotId(2): Instant(0), BallotId(1): Instant(NOW - 61_000)},
)


def test_a_bridge_that_has_nothing_to_do_says_so():
    assert status_lines(QUIET, 1, NOW) == [
        "running    one bridge",
        "came in    nothing yet",
        "lag        nothing waits",
        "unsent     nothing waits",
        "mirrored   0 posts, 0 acts recorded",
        "shunted    none",
        "overdue    none",
    ]


def test_a_busy_one_says_what_waits_and_what_to_do():
    assert status_lines(BUSY, 3, NOW) == [
        "running    3 bridges on one database",
        "came in    12 done, 2 new",
        "lag        the oldest has waited 2 s",
        "to mail    1 shunted",
        "to matrix  3 pending, 40 sent",
        "unsent     the oldest has waited 90 s",
        "mirrored   9 posts, 7 acts recorded",
        "shunted    1 (see: seconded shunted)",
        "overdue    1 (accepted, and not seen on the list)",
        "swept      b/1 61 s ago, Thu 30 Oct 2025 07:58:59 UTC",
        "swept      b/2 not yet",
    ]


@pytest.mark.parametrize(("bridges", "said"), [(0, "no bridge"), (1, "one bridge"), (2, "2 br")])
def test_how_many_run_is_the_first_line(bridges, said):
    assert said in status_lines(replace(QUIET, lag_ms=1), bridges, NOW)[0]
