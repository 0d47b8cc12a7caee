from datetime import date

import pytest
from pydantic import ValidationError

from bridge.config_calendars import CalendarConfig, calendars_at


def test_a_calendar_knows_the_holidays_of_its_place_this_year_and_next():
    written = {"geneva": CalendarConfig(zone="Europe/Zurich", holidays="CH-GE")}
    found = calendars_at(written, date(2026, 5, 1))["geneva"]
    assert {date(2026, 9, 10), date(2027, 1, 1)} <= found.holidays
    assert not found.is_working_day(date(2026, 9, 10))


def test_weekends_are_what_is_written():
    found = calendars_at({"tunis": CalendarConfig(weekend=["fri", "sat"])}, date(2026, 5, 1))
    assert found["tunis"].weekend == {4, 5}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"holidays": "XX"}, "no country"),
        ({"holidays": "CH-XX"}, "known: CH-"),
        ({"zone": "Europe/Zuerich"}, "Europe/Zurich"),
        ({"weekend": ["saturday"]}, "weekend"),
        ({"weekends": []}, "weekends"),
    ],
)
def test_a_mistake_names_the_right_form(options, says):
    with pytest.raises(ValidationError, match=says):
        CalendarConfig(**options)
