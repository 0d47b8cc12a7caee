"""Working time: a stretch such as "48 working hours" by a named calendar (spec 2.9).

A day counts whole or not at all: hours of a working day are all of its hours, by the clock of the
calendar's zone. Which days are holidays is handed in as dates; it was looked up when the ballot
was drafted, is frozen into its rule, and no later edition of anybody's list moves a deadline.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bridge.ids import Instant

_DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORM: Final = re.compile(
    r"(\d{1,4}) working (hour|day)s?(?:,? (?:in |by )?([a-z0-9][a-z0-9_-]{0,63}))?",
    re.ASCII | re.IGNORECASE,
)
_FARTHEST_DAYS: Final = 366


class CalendarError(ValueError):
    """The working time cannot be counted; the message is a sentence with a suggestion."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are working days, somewhere.

    Attributes:
        zone: ``UTC`` or an IANA zone; days begin and end there.
        weekend: weekdays that are never working days, Monday is 0.
        holidays: further days that are not.
    """

    name: str
    zone: str = "UTC"
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = field(default=frozenset())

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on a day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def day_of(self, instant: Instant) -> date:
        """Return the calendar's own day at an instant (Unix ms)."""
        return _moment(instant).astimezone(self._tz).date()

    def midnight_after(self, day: date) -> Instant:
        """Return when a day ends there."""
        moment = datetime.combine(day + timedelta(days=1), time(), self._tz)
        return Instant(round(moment.timestamp()) * 1000)

    @property
    def _tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def words(self) -> str:
        """The calendar in words, such as ``Mon-Fri, Europe/Zurich``."""
        days = [name for n, name in enumerate(_DAY_NAMES) if n not in self.weekend]
        return f"{_runs(days)}, {self.zone}"

    def to_row(self, since: date, until: date) -> dict[str, Any]:
        """Return what is frozen of it: the holidays of the days it was asked about."""
        return {
            "name": self.name,
            "zone": self.zone,
            "weekend": sorted(self.weekend),
            "holidays": sorted(d.isoformat() for d in self.holidays if since <= d <= until),
        }


WORLD: Final = Calendar("utc")
"""Monday to Friday by UTC, without holidays: what is meant when no calendar is configured."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A stretch of working time as somebody asked for it, and when it is over.

    Attributes:
        written: ``48 working hours (Mon-Fri, UTC) = 96 hours``.
        ends_at: Unix ms, a whole minute.
        frozen: the calendar as it was used, for the rule snapshot.
    """

    written: str
    ends_at: Instant
    calendar: Calendar
    frozen: Mapping[str, Any]


def working_time(text: str, now: Instant, calendars: Mapping[str, Calendar]) -> WorkingTime | None:
    """Return when ``48 working hours`` from now are over; None for any other text.

    Args:
        text: ``48 working hours``, ``2 working days, geneva``.
        now: Unix ms; counting begins at the next whole minute.
        calendars: the configured ones by name; with none, ``WORLD`` is there.

    Raises:
        CalendarError: no such calendar, or which one is meant is not clear; or it never ends.
    """
    match = _FORM.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    number, unit, name = int(match[1]), match[2].lower(), match[3]
    if number == 0:
        raise CalendarError("0 working hours are over at once; write 48 working hours")
    calendar = _chosen(name, calendars)
    start = Instant(-(-now // 60_000) * 60_000)
    ends_at = _end(calendar, start, number, unit)
    hours = round((ends_at - start) / 3_600_000)
    asked = f"{number} working {unit}{'' if number == 1 else 's'}"
    frozen = calendar.to_row(calendar.day_of(start), calendar.day_of(ends_at))
    said = [calendar.words]
    if frozen["holidays"]:
        said.append(f"without {', '.join(frozen['holidays'])}")
    return WorkingTime(f"{asked} ({'; '.join(said)}) = {hours} hours", ends_at, calendar, frozen)


def days_off(instant: Instant, calendars: Mapping[str, Calendar]) -> tuple[str, ...]:
    """Return the calendars, by name, in which an instant falls on no working day."""
    return tuple(
        name
        for name, one in sorted(calendars.items())
        if not one.is_working_day(one.day_of(instant))
    )


def _chosen(name: str | None, calendars: Mapping[str, Calendar]) -> Calendar:
    known = calendars or {WORLD.name: WORLD}
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(sorted(known))
    if name is None:
        raise CalendarError(f"by which calendar? Write 48 working hours, NAME; known: {names}")
    found = known.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        meant = f"; did you mean {near[0]}?" if near else f"; known: {names}"
        raise CalendarError(f"there is no calendar {name!r}{meant}")
    return found


def _end(calendar: Calendar, start: Instant, number: int, unit: str) -> Instant:
    """Walk day by day: each is one step, however long the stretch."""
    day, at, left_ms, left_days = calendar.day_of(start), start, number * 3_600_000, number
    for _ in range(_FARTHEST_DAYS):
        ends = calendar.midnight_after(day)
        if calendar.is_working_day(day):
            if unit == "hour" and left_ms <= ends - at:
                return Instant(at + left_ms)
            left_ms -= ends - at
            # A day that had begun when counting began is none of the days that are counted.
            left_days -= at != start or _is_midnight(calendar, start)
            if unit == "day" and left_days <= 0:
                return ends
        day, at = day + timedelta(days=1), ends
    raise CalendarError(f"{number} working {unit}s last longer than a year; write fewer")


def _is_midnight(calendar: Calendar, instant: Instant) -> bool:
    return calendar.midnight_after(calendar.day_of(instant) - timedelta(days=1)) == instant


def _moment(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant // 1000, UTC)


def _runs(days: list[str]) -> str:
    """Return ``Mon-Fri`` for days that follow each other, else ``Sun, Mon, Tue``."""
    first = _DAY_NAMES.index(days[0]) if days else 0
    if len(days) > 2 and [*_DAY_NAMES, *_DAY_NAMES][first : first + len(days)] == days:
        return f"{days[0]}-{days[-1]}"
    return ", ".join(days) or "no day"
