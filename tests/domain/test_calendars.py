from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.calendars import WORLD, Calendar, CalendarError, days_off, working_time
from bridge.ids import Instant

HOUR = 3_600_000
GENEVA = Calendar(
    "geneva", "Europe/Zurich", holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)})
)
TUNIS = Calendar("tunis", "Africa/Tunis", weekend=frozenset({4, 5}))
BOTH = {"geneva": GENEVA, "tunis": TUNIS}


def at(text, zone="UTC"):
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return Instant(round(moment.timestamp()) * 1000)


CASES = [
    ("48 working hours", at("2025-10-28T08:00"), {}, at("2025-10-30T08:00")),
    ("48 working hours", at("2025-10-30T20:00"), {}, at("2025-11-03T20:00")),
    ("48 working hours", at("2025-11-01T12:00"), {}, at("2025-11-05T00:00")),
    ("1 working hour", at("2025-10-31T23:30"), {}, at("2025-11-03T00:30")),
    ("2 working days", at("2025-10-30T20:00"), {}, at("2025-11-04T00:00")),
    ("2 working days", at("2025-10-30T00:00"), {}, at("2025-11-01T00:00")),
    (
        "48 working hours, geneva",
        at("2026-04-02T12:00", "Europe/Zurich"),
        BOTH,
        at("2026-04-08T12:00", "Europe/Zurich"),
    ),
    (
        "24 working hours in tunis",
        at("2026-04-02T12:00", "Africa/Tunis"),
        BOTH,
        at("2026-04-05T12:00", "Africa/Tunis"),
    ),
]


@pytest.mark.parametrize(("text", "now", "calendars", "ends"), CASES)
def test_working_time_ends_when_its_days_are_over(text, now, calendars, ends):
    assert working_time(text, now, calendars).ends_at == ends


def test_both_the_working_hours_and_the_hours_are_said():
    found = working_time("48 working hours", at("2025-10-30T20:00"), {})
    assert found.written == "48 working hours (Mon-Fri, UTC) = 96 hours"


def test_the_holidays_that_were_passed_over_are_said_and_frozen():
    found = working_time("48 working hours, geneva", at("2026-04-02T10:00"), BOTH)
    assert "without 2026-04-03, 2026-04-06" in found.written
    assert found.frozen == {
        "name": "geneva",
        "zone": "Europe/Zurich",
        "weekend": [5, 6],
        "holidays": ["2026-04-03", "2026-04-06"],
    }


def test_a_day_on_which_clocks_change_counts_as_long_as_it_is():
    plain = Calendar("plain", "Europe/Zurich", weekend=frozenset())
    start = at("2026-03-28T12:00", "Europe/Zurich")
    ends = working_time("2 working days, plain", start, {"plain": plain}).ends_at
    assert ends == at("2026-03-31T00:00", "Europe/Zurich")
    hours = working_time("24 working hours", start, {"plain": plain}).ends_at
    assert hours - start == 24 * HOUR


@pytest.mark.parametrize(
    ("text", "calendars", "says"),
    [
        ("0 working hours", {}, "write 48 working hours"),
        ("48 working hours", BOTH, "by which calendar"),
        ("48 working hours, genva", BOTH, "did you mean geneva"),
        ("48 working hours, moon", BOTH, "known: geneva, tunis"),
        ("9999 working days", {}, "longer than a year"),
        (
            "1 working hour, never",
            {"never": Calendar("never", weekend=frozenset(range(7)))},
            "year",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_with_a_suggestion(text, calendars, says):
    with pytest.raises(CalendarError, match=says):
        working_time(text, at("2025-10-30T20:00"), calendars)


@pytest.mark.parametrize(
    "text", ["2025-11-03 08:00 UTC", "tomorrow", "", "48 hours", "working hours"]
)
def test_anything_else_is_no_working_time(text):
    assert working_time(text, at("2025-10-30T20:00"), {}) is None


def test_a_deadline_on_somebodys_day_off_is_noticed():
    assert days_off(at("2026-04-06T10:00"), BOTH) == ("geneva",)
    assert days_off(at("2026-04-03T10:00"), BOTH) == ("geneva", "tunis")
    assert days_off(at("2026-04-07T10:00"), BOTH) == ()


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - given a zone below
    st.integers(1, 400),
    st.sets(st.integers(0, 6), max_size=6),
)
def test_exactly_the_hours_of_working_days_are_counted(moment, hours, weekend):
    calendar = Calendar("any", weekend=frozenset(weekend))
    now = Instant(round(moment.replace(tzinfo=UTC, second=0, microsecond=0).timestamp()) * 1000)
    ends = working_time(f"{hours} working hours", now, {"any": calendar}).ends_at
    whole = sum(
        calendar.is_working_day(calendar.day_of(Instant(one))) for one in range(now, ends, 60_000)
    )
    assert whole == hours * 60


def test_without_a_calendar_working_days_are_those_of_most_offices_by_utc():
    assert WORLD.words == "Mon-Fri, UTC"
    assert TUNIS.words == "Mon, Tue, Wed, Thu, Sun, Africa/Tunis"
