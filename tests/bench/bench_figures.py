"""What was measured, as values: medians, ranges, aims and verdicts; pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing: the median and both ends, nothing thrown away."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return shown(self.median)
        return f"{shown(self.median)} ({shown(self.low)} to {shown(self.high)})"


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should be: at least, or at most, so much."""

    least: float | None = None
    most: float | None = None

    def is_met_by(self, spread: Spread) -> bool:
        """Tell whether the median meets it."""
        return (self.least is None or spread.median >= self.least) and (
            self.most is None or spread.median <= self.most
        )

    def is_in_range_of(self, spread: Spread) -> bool:
        """Tell whether some round met it: the median missed it, but not by more than the noise."""
        return (self.least is None or spread.high >= self.least) and (
            self.most is None or spread.low <= self.most
        )

    def __str__(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        part: the letter of what was measured: ``a`` to ``i``.
        what: in words, with the conditions.
        beside: what it was compared with, in the same unit, or None.
        note: what a reader must know to judge it.
    """

    part: str
    what: str
    unit: str
    ours: Spread
    beside: Spread | None = None
    ratio: Spread | None = None
    aim: Aim | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        judged = self.ratio or self.ours
        if self.aim is None:
            return ""
        if self.aim.is_met_by(judged):
            return "met"
        return "in range" if self.aim.is_in_range_of(judged) else "missed"

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "what": self.what,
            "unit": self.unit,
            "ours": _spread_json(self.ours),
            "beside": _spread_json(self.beside),
            "ratio": _spread_json(self.ratio),
            "aim": str(self.aim) if self.aim else None,
            "verdict": self.verdict or None,
            "note": self.note or None,
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not measured, and why, in a sentence."""

    part: str
    why: str


def compared(ours: Sequence[float], beside: Sequence[float]) -> Spread:
    """Return the ratio of each round; both sides of a round ran one after the other."""
    return Spread(tuple(one / other for one, other in zip(ours, beside, strict=True)))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def shown(value: float) -> str:
    """Return a number with three figures that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def table(figures: Sequence[Figure], skipped: Sequence[Skipped] = ()) -> str:
    """Return the figures as a table in Markdown, which a terminal shows as well."""
    rows = [("", "what", "ours", "beside", "ratio", "aim", "")]
    rows += [
        (
            one.part,
            one.what,
            f"{one.ours} {one.unit}",
            "" if one.beside is None else str(one.beside),
            "" if one.ratio is None else str(one.ratio),
            "" if one.aim is None else str(one.aim),
            one.verdict,
        )
        for one in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = list(dict.fromkeys(f"{one.part}: {one.note}" for one in figures if one.note))
    missing = [f"{one.part}: not measured. {one.why}" for one in skipped]
    return "\n".join([*lines, *([""] if notes or missing else []), *notes, *missing])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "| " + " | ".join(cells) + " |"


def _spread_json(spread: Spread | None) -> dict[str, Any] | None:
    if spread is None:
        return None
    numbers = {"median": spread.median, "low": spread.low, "high": spread.high}
    return {
        **{name: round(value, 4) for name, value in numbers.items()},
        "rounds": len(spread.values),
    }
