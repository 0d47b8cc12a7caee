"""What is a deadline, what is refused and with which suggestion, and how it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.deadlines import (
    Deadline,
    DeadlineError,
    closing_instant,
    is_as_written,
    parse_deadline,
    show,
    show_duration,
    show_instant,
)
from bridge.ids import Instant

NOW = Instant(1_761_940_800_000)
"""Fri 31 Oct 2025 20:00 UTC"""

MONDAY = Instant(1_762_156_800_000)
"""Mon 3 Nov 2025 08:00 UTC"""


@pytest.mark.parametrize(
    ("text", "instant", "zone"),
    [
        ("2025-11-03 08:00 UTC", MONDAY, "UTC"),
        ("  2025-11-03   8:00  UTC ", MONDAY, "UTC"),
        ("2025-11-03T08:00Z", MONDAY, "UTC"),
        ("2025-11-03 08:00 GMT", MONDAY, "UTC"),
        ("2025-11-03 08:00:20 UTC", MONDAY + 20_000, "UTC"),
        ("2025-11-03 09:00 Africa/Tunis", MONDAY, "Africa/Tunis"),
        ("2025-11-03 03:00 America/New_York", MONDAY, "America/New_York"),
        ("2025-11-03T09:00:00+01:00", MONDAY, "+01:00"),
        ("2025-11-03 02:30 -05:30", MONDAY, "-05:30"),
        ("2026-03-29 03:30 Europe/Paris", Instant(1_774_747_800_000), "Europe/Paris"),
    ],
)
def test_a_date_a_time_and_a_zone_are_a_deadline(text, instant, zone):
    assert parse_deadline(text, NOW) == Deadline(instant, " ".join(text.split()), zone)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "write '2025-11-04 08:00 UTC'"),
        ("tomorrow", "write '2025-11-04 08:00 UTC'"),
        ("Monday noon", "write '2025-11-04 08:00 UTC'"),
        ("midnight UTC", "write '2025-11-04 08:00 UTC'"),
        ("03/11/2025 08:00 UTC", "write '2025-11-04 08:00 UTC'"),
        ("2025-11-03", "is not a date and time"),
        ("2025-11-03 08:00", "names no time zone; write '2025-11-03 08:00 UTC'"),
        ("2025-02-30 08:00 UTC", "does not exist in the calendar"),
        ("2025-11-03 24:00 UTC", "does not exist in the calendar"),
        ("2025-11-03 08:00 EST", "a place such as America/New_York"),
        ("2025-11-03 08:00 cst", "a place such as America/Chicago or Asia/Shanghai"),
        ("2025-11-03 08:00 CET", "a place such as Europe/Paris"),
        ("2025-11-03 08:00 Africa/Tuns", "a place such as Africa/Tunis"),
        ("2025-11-03 08:00 France", "a place such as Europe/Paris"),
        ("2025-11-03 08:00 America/Indiana", "a place such as America/Indiana"),
        ("2025-11-03 08:00 a/../../b", "is not a date and time"),
        ("2025-11-03 08:00 +99:99", "is not a time zone"),
        ("2025-11-03 08:00 +1", "write +01:00 (ahead of UTC)"),
        ("2025-11-03 08:00 -0530", "write -05:30 (behind UTC)"),
        ("2025-11-03 12:00 GMT+1", "write +01:00 (ahead of UTC)"),
        ("2025-11-03 12:00 utc+2", "write +02:00 (ahead of UTC)"),
        ("2025-11-03 12:00 UTC-5", "write -05:00 (behind UTC)"),
        ("2025-11-03 12:00 GMT+05:30", "write +05:30"),
        ("2025-11-03 12:00 UTC+0", "write UTC"),
        ("2025-11-03 12:00 GMT+99", "a place such as Europe/Paris"),
        ("2025-11-03 12:00 Etc/GMT+1", "write +01:00 if clocks there are ahead of UTC, or -01:00"),
        ("2025-11-03 12:00 Etc/GMT-14", "write +14:00 if clocks there are ahead of UTC, or -14:00"),
        ("2025-11-03 12:00 Etc/Zulu", "a place such as"),
        ("2025-11-03 12:00 posix/Europe/Paris", "a place such as Europe/Paris"),
        ("2025-11-03 12:00 right/Europe/Paris", "a place such as Europe/Paris"),
        (
            "2026-03-29 02:30 Europe/Paris",
            "does not exist in Europe/Paris: clocks change then; write 2026-03-29 01:30 UTC",
        ),
        (
            "2026-10-25 02:30 Europe/Paris",
            "exists twice in Europe/Paris: clocks change then; write 2026-10-25 00:30 UTC or 01:30",
        ),
        ("2025-10-31 20:00 UTC", "is in the past"),
        ("2052-11-03 08:00 UTC", "is more than a year ahead"),
        ("9999-12-31 23:59 -10:00", "is more than a year ahead"),
        ("0001-01-01 00:00 +10:00", "is in the past"),
        ("２０２５-11-03 08:00 UTC", "is not a date and time"),
    ],
)
def test_what_could_be_misread_is_refused_with_a_suggestion(text, says):
    with pytest.raises(DeadlineError) as refused:
        parse_deadline(text, NOW)
    assert says in str(refused.value)


@given(
    st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\d \d\d:\d\d ?[A-Z+/]{0,8}", fullmatch=True)
)
def test_any_text_is_a_deadline_after_now_or_a_deadline_error(text):
    try:
        assert parse_deadline(text, NOW).instant > NOW
    except DeadlineError as refused:
        assert "write" in str(refused)  # noqa: PT017 - both ends of the road are asserted


@pytest.mark.parametrize(
    ("lifted_at", "hard_stop", "closes"),
    [
        (None, None, 100_000),
        (50_000, None, 100_000),
        (95_000, None, 105_000),
        (95_000, 103_000, 103_000),
        (95_000, 90_000, 100_000),
    ],
)
def test_a_ballot_closes_at_the_deadline_or_some_time_after_the_last_lifting(
    lifted_at, hard_stop, closes
):
    deadline = Deadline(Instant(100_000), "", "UTC")
    found = closing_instant(deadline, lifted_at=lifted_at, after_lifting=10, hard_stop=hard_stop)
    assert found == closes


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (MONDAY, "Mon 3 Nov 2025 08:00 UTC"),
        (MONDAY + 20_999, "Mon 3 Nov 2025 08:00:20 UTC"),
        (0, "Thu 1 Jan 1970 00:00 UTC"),
    ],
)
def test_an_instant_is_shown_with_its_weekday_in_utc(instant, shown):
    assert show_instant(instant) == shown


def test_an_instant_is_shown_in_the_zones_of_the_roll():
    assert show(MONDAY, ["America/New_York", "Asia/Kolkata", "No/Where", "Pacific/Auckland"]) == (
        "Mon 3 Nov 2025 08:00 UTC",
        "New York  Mon 3 Nov 03:00",
        "Kolkata   Mon 3 Nov 13:30",
        "Auckland  Mon 3 Nov 21:00",
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (600, "10 minutes"),
        (3600, "1 hour"),
        (72 * 3600, "72 hours"),
    ],
)
def test_a_duration_is_shown_in_the_largest_unit_that_fits(seconds, words):
    assert show_duration(seconds) == words


@pytest.mark.parametrize(
    ("written", "instant", "is_so"),
    [
        ("2025-11-03 08:00 UTC", 1_762_156_800_000, True),
        ("2025-11-03 8:00:00 UTC", 1_762_156_800_000, True),
        ("2025-11-03 09:00 Europe/Paris", 1_762_156_800_000, True),
        ("2025-11-03 08:00 UTC", 1_762_156_800_001, False),
        ("2025-11-03 08:00 Gone/Zone", 1_762_156_800_000, False),
        ("48 working hours", 1_762_156_800_000, False),
    ],
)
def test_a_deadline_that_nothing_moved_is_as_it_was_written(written, instant, is_so):
    assert is_as_written(Deadline(Instant(instant), written, "UTC")) is is_so
