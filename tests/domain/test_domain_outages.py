"""What it means for a ballot that the service was down."""

from __future__ import annotations

import pytest
from ballot_samples import CLOSES, OPENED, ballot

from bridge.domain.outages import is_worth_extending, of_ballot, was_behind, within
from bridge.ids import Instant

MINUTE = 60_000
QUARTER = (CLOSES - OPENED) // 4


def down(begin, end):
    return (Instant(begin), Instant(end))


@pytest.mark.parametrize(
    ("outages", "worth"),
    [
        ([], False),
        ([down(CLOSES - 31 * MINUTE, CLOSES)], True),
        ([down(CLOSES - 30 * MINUTE, CLOSES)], False),
        ([down(OPENED, OPENED + QUARTER)], False),
        ([down(CLOSES - QUARTER - 60 * MINUTE, CLOSES - QUARTER + 31 * MINUTE)], True),
        ([down(CLOSES - 40 * MINUTE, CLOSES - 20 * MINUTE), down(CLOSES - 15 * MINUTE, CLOSES)],
         True),
        ([down(CLOSES, CLOSES + 90 * MINUTE)], False),
    ],
)  # fmt: skip
def test_more_than_half_an_hour_of_the_last_quarter_is_worth_an_extension(outages, worth):
    assert is_worth_extending(ballot(), outages) is worth


def test_a_ballot_that_never_opened_lost_nothing():
    never = ballot(opened_at=None)
    assert not is_worth_extending(never, [down(OPENED, CLOSES)])
    assert of_ballot(never, [down(OPENED, CLOSES)]) == ()


@pytest.mark.parametrize(
    ("outages", "seen_at", "closed_at", "behind"),
    [
        ([], CLOSES + 10 * MINUTE, CLOSES, False),
        ([], CLOSES + 41 * MINUTE, CLOSES, True),
        ([], None, CLOSES, False),
        ([down(CLOSES - 1, CLOSES)], CLOSES, CLOSES, True),
        ([down(CLOSES - 2, CLOSES - 1)], CLOSES, CLOSES, False),
        ([], CLOSES + 41 * MINUTE, None, True),
    ],
)
def test_behind_is_who_was_down_at_the_deadline_or_read_it_too_late(
    outages, seen_at, closed_at, behind
):
    assert was_behind(ballot(closed_at=closed_at), outages, seen_at) is behind


def test_outages_are_told_as_far_as_the_ballot_was_open():
    found = of_ballot(ballot(), [down(CLOSES - 1, CLOSES + 5), down(0, OPENED + 5)])
    assert found == ((OPENED, OPENED + 5), (CLOSES - 1, CLOSES))
    assert within([down(1, 2)], Instant(2), Instant(3)) == ()
