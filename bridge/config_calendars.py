"""Calendars as they are written, and the holidays they mean in the years around a ballot.

``holidays`` knows what days are public holidays where. A calendar is asked for when a ballot is
drafted, so that a bridge that runs for years needs no restart for a new one; what was used is
frozen into the ballot's rule.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

import holidays
from pydantic import AfterValidator, Field

from bridge.config_section import Section
from bridge.config_types import Zone
from bridge.domain.calendars import Calendar

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _known_place(written: str) -> str:
    """Check ``CH`` or ``CH-GE``, as in ISO 3166-1 and -2."""
    country, _, part = written.partition("-")
    supported = holidays.list_supported_countries()
    if country not in supported:
        near = difflib.get_close_matches(country, supported, n=1, cutoff=0.0)
        raise ValueError(f"{country!r} is no country we know; write a code such as {near[0]}")
    if part and part not in supported[country]:
        known = ", ".join(f"{country}-{one}" for one in supported[country]) or country
        raise ValueError(f"{written!r} is no part of {country} we know; known: {known}")
    return written


class CalendarConfig(Section):
    """Which days people work, somewhere."""

    zone: Zone = "UTC"
    weekend: tuple[Day, ...] = Field(
        default=("sat", "sun"), description="a list such as [fri, sat]"
    )
    holidays: Annotated[str, AfterValidator(_known_place)] | None = Field(
        default=None, description="a country such as CH, or a part of one such as CH-GE"
    )


def calendars_at(written: Mapping[str, CalendarConfig], day: dt.date) -> dict[str, Calendar]:
    """Return the calendars by name, with the holidays of a day's year and of the next one."""
    years = (day.year, day.year + 1)
    return {
        name: Calendar(
            name=name,
            zone=one.zone,
            weekend=frozenset(_DAYS.index(each) for each in one.weekend),
            holidays=_holidays_of(one.holidays, years) if one.holidays else frozenset(),
        )
        for name, one in written.items()
    }


@cache
def _holidays_of(place: str, years: tuple[int, ...]) -> frozenset[dt.date]:
    country, _, part = place.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))
