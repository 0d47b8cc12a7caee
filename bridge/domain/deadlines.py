"""When a ballot closes: what is accepted as a deadline, and how an instant is shown (spec 2.9).

An instant is kept together with how it was written; a later change of the zone database does
not move it. Whatever two people could read differently is refused with a suggestion. The zone
database is the only thing read from outside, through ``zoneinfo``.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Any, Final

from bridge.domain.calendars import Calendar, CalendarError, working_time
from bridge.ids import Instant


class DeadlineError(ValueError):
    """The deadline could be misread; the message is a sentence with a suggestion."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A closing time.

    Attributes:
        instant: Unix ms; this decides.
        written: as the chair wrote it.
        zone: ``UTC``, an offset such as ``+01:00``, or an IANA zone.
        calendar: by which working time was counted, None for a date and time; frozen.
    """

    instant: Instant
    written: str
    zone: str
    calendar: Mapping[str, Any] | None = None


_FORM: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T]+(\d{1,2}:\d{2}(?::\d{2})?)"
    r" ?([A-Za-z][A-Za-z0-9_+/-]*(?::\d{2})?|[+-]\d{1,2}(?::?\d{2})?)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"([+-])(\d{2}):(\d{2})", re.ASCII)
# Offsets as people write them. In Etc/GMT+1 the sign is that of POSIX: an hour *behind* UTC.
_NEARLY: Final = re.compile(
    r"(Etc/)?(?:UTC|GMT|Z)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII | re.IGNORECASE
)
# Other readings of the same zones, as the database keeps them: none of them is a place.
_NO_PLACES: Final = ("Etc/", "posix/", "right/")
_FARTHEST: Final = 366 * 86_400_000  # A mistyped year, rather than a patient chair.
_UTC_NAMES: Final = frozenset({"UTC", "GMT", "Z", "Etc/UTC"})
# What somebody who writes the letters probably means; the first one is the suggestion.
_LETTERS: Final = MappingProxyType(
    {
        "EST": "America/New_York",
        "EDT": "America/New_York",
        "CST": "America/Chicago or Asia/Shanghai",
        "CDT": "America/Chicago",
        "MST": "America/Denver",
        "MDT": "America/Denver",
        "PST": "America/Los_Angeles",
        "PDT": "America/Los_Angeles",
        "BST": "Europe/London",
        "IST": "Asia/Kolkata or Asia/Jerusalem or Europe/Dublin",
        "WET": "Europe/Lisbon",
        "CET": "Europe/Paris",
        "CEST": "Europe/Paris",
        "EET": "Europe/Athens",
        "EEST": "Europe/Athens",
        "MSK": "Europe/Moscow",
        "JST": "Asia/Tokyo",
        "AEST": "Australia/Sydney",
        "NZST": "Pacific/Auckland",
    }
)
# English names of our own: strftime would follow the machine's locale.
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def parse_deadline(
    text: str, now: Instant, calendars: Mapping[str, Calendar] = MappingProxyType({})
) -> Deadline:
    """Return the deadline in ``2025-11-03 08:00 UTC`` (seconds and IANA zones allowed).

    ``48 working hours`` and ``2 working days, NAME`` are counted from now, once.

    Args:
        text: as the chair wrote it.
        now: Unix ms; a deadline must lie after it.
        calendars: the configured ones by name.

    Raises:
        DeadlineError: it is in the past, names no zone, or could be read in two ways.
    """
    written = " ".join(text.split())
    try:
        if (working := working_time(written, now, calendars)) is not None:
            return Deadline(working.ends_at, working.written, working.calendar.zone, working.frozen)
    except CalendarError as error:
        raise DeadlineError(str(error)) from error
    match = _FORM.fullmatch(written)
    if match is None:
        raise DeadlineError(f"{written!r} is not a date and time; write {example(now)}")
    date, clock, zone = match.groups()
    if zone is None:
        raise DeadlineError(f"{written!r} names no time zone; write {written + ' UTC'!r}")
    try:
        local = datetime.fromisoformat(f"{date} {clock if clock[2] == ':' else '0' + clock}")
    except ValueError:
        raise DeadlineError(
            f"{written!r} does not exist in the calendar; write {example(now)}"
        ) from None
    instant = _instant(_resolve(local, zone))
    if instant <= now:
        raise DeadlineError(f"{written!r} is in the past; write {example(now)}")
    if instant > now + _FARTHEST:
        raise DeadlineError(f"{written!r} is more than a year ahead; write {example(now)}")
    return Deadline(instant=instant, written=written, zone=_canonical(zone))


def is_as_written(deadline: Deadline) -> bool:
    """Say whether a deadline lies where its date and time put it: nothing has moved it since.

    Of working time, which only its calendar can count again, nothing is said: it is not.
    """
    match = _FORM.fullmatch(deadline.written)
    if match is None or match[3] is None:
        return False
    clock = match[2] if match[2][2] == ":" else f"0{match[2]}"
    local = datetime.fromisoformat(f"{match[1]} {clock}")
    try:
        return _instant(_resolve(local, match[3])) == deadline.instant
    except DeadlineError:
        # A zone that was known when this was written.
        return False


def closing_instant(
    deadline: Deadline,
    *,
    lifted_at: Instant | None = None,
    after_lifting: int = 0,
    hard_stop: Instant | None = None,
) -> Instant:
    """Return when the ballot closes: the deadline, or later after an objection was lifted (2.2).

    Args:
        deadline: as frozen at opening, or as extended since.
        lifted_at: when the last objection's lifting was posted (Unix ms), or None.
        after_lifting: seconds that must follow the lifting.
        hard_stop: never later than this (Unix ms), but never before the deadline; or None.
    """
    if lifted_at is None:
        return deadline.instant
    later = max(deadline.instant, lifted_at + after_lifting * 1000)
    stop = later if hard_stop is None else max(hard_stop, deadline.instant)
    return Instant(min(later, stop))


def show_instant(instant: Instant) -> str:
    """Return ``Mon 3 Nov 2025 08:00 UTC``; seconds only when there are some."""
    moment = _moment(instant, UTC)
    return f"{_day(moment)} {moment.year} {_clock(moment)} UTC"


def show(instant: Instant, zones: Iterable[str]) -> tuple[str, ...]:
    """Return the instant in UTC, then a line for each zone, aligned by the city's name.

    Zones that the database does not know are left out: UTC is what decides.
    """
    local = {zone.rpartition("/")[2].replace("_", " "): _zone(zone) for zone in zones}
    width = max(map(len, local), default=0)
    lines = [show_instant(instant)]
    for city, zone in local.items():
        if zone is not None:
            moment = _moment(instant, zone)
            lines.append(f"{city:<{width}}  {_day(moment)} {_clock(moment)}")
    return tuple(lines)


def show_duration(seconds: int) -> str:
    """Return ``72 hours``, ``10 minutes`` or ``20 seconds``: the largest unit that fits exactly."""
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def _resolve(local: datetime, zone: str) -> datetime:
    """Attach the zone; refuse a wall time that does not exist there, or that exists twice."""
    known = _known(zone)
    first, second = (local.replace(tzinfo=known, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    exists = first.astimezone(UTC).astimezone(known).replace(tzinfo=None, fold=0) == local
    what = "exists twice" if exists else "does not exist"
    raise DeadlineError(
        f"{local:%Y-%m-%d %H:%M} {what} in {zone}: clocks change then; "
        f"write {first.astimezone(UTC):%Y-%m-%d %H:%M} UTC or {second.astimezone(UTC):%H:%M} UTC"
    )


def _known(zone: str) -> tzinfo:
    found = _zone(zone)
    # Names without a slash are letters or countries: EST is in the database, and is no place.
    is_place = "/" in zone and not zone.startswith(_NO_PLACES)
    if found is not None and (is_place or zone in _UTC_NAMES or zone[0] in "+-"):
        return found
    raise DeadlineError(f"{zone!r} is not a time zone that names one place; write {_advice(zone)}")


def _zone(zone: str) -> tzinfo | None:
    if zone in _UTC_NAMES:
        return UTC
    if zone[:1] in {"+", "-"}:
        written = _OFFSET.fullmatch(zone)
        hours, minutes = (int(written[2]), int(written[3])) if written else (99, 99)
        offset = timedelta(hours=hours, minutes=minutes)
        # From Baker Island (-12) to the Line Islands (+14).
        if hours > 14 or minutes > 59:
            return None
        return timezone(-offset if zone[0] == "-" else offset)
    try:
        return zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # ValueError: "../x"; OSError: a directory of the database, such as America/Indiana.
        return None


def _advice(zone: str) -> str:
    if zone.upper() in _LETTERS:
        return f"UTC, or a place such as {_LETTERS[zone.upper()]}"
    if (offset := _offset_meant(zone)) is not None:
        return offset
    names = {
        name.casefold(): name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(_NO_PLACES)
    }
    place = zone.casefold().removeprefix("posix/").removeprefix("right/")
    near = difflib.get_close_matches(place, names, n=1, cutoff=0.7)
    return f"UTC, or a place such as {names[near[0]] if near else 'Europe/Paris'}"


def _offset_meant(zone: str) -> str | None:
    """Return the offset to write in the place of ``GMT+1``; both, where the sign misleads."""
    near = _NEARLY.fullmatch(zone)
    if near is None or int(near[3]) > 14:
        return None
    size = f"{int(near[3]):02}:{near[4] or '00'}"
    if size == "00:00":
        return "UTC"
    ahead, behind = f"+{size} if clocks there are ahead of UTC", f"-{size} if they are behind it"
    if near[1]:
        return f"{ahead}, or {behind}"
    return f"{near[2]}{size} ({'ahead of' if near[2] == '+' else 'behind'} UTC)"


def _canonical(zone: str) -> str:
    return "UTC" if zone in _UTC_NAMES else zone


def example(now: Instant) -> str:
    """Return a deadline as a chair would write it, in quotation marks, four days ahead."""
    return repr(f"{_moment(now, UTC) + timedelta(days=4):%Y-%m-%d} 08:00 UTC")


def _instant(moment: datetime) -> Instant:
    return Instant(round(moment.timestamp()) * 1000)


def _moment(instant: Instant, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(instant // 1000, UTC).astimezone(zone)


def _day(moment: datetime) -> str:
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
