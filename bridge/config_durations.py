"""Durations as people write them in YAML: ``72h``, ``10m``, ``30s``, ``5d``, or seconds."""

from __future__ import annotations

import re

RIGHT_FORM = "write seconds, or a number with s, m, h or d, such as 72h"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WRITTEN = re.compile(r"(\d{1,9})\s?([smhd])", re.ASCII)


def parse_duration(written: object) -> int:
    """Return whole seconds.

    Raises:
        ValueError: neither a whole number of seconds (0 or more) nor a number with a unit.
    """
    # YAML reads ``yes`` as a boolean, and Python counts booleans among the integers.
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    match = _WRITTEN.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{written!r} is no duration; {RIGHT_FORM}")
    return int(match[1]) * _UNITS[match[2]]
