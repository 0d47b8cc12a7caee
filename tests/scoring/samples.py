"""Where the mail samples are that nobody here wrote; they stay outside of the repository."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
ABSENT = f"the mail samples are not there: {CORPORA}"


def are_there() -> bool:
    """Tell whether the samples stand beside the repository."""
    return CORPORA.is_dir()


def collapsed(text: str) -> str:
    """Return text with runs of white space as one space and without blank lines."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def table(title: str, rows: Iterable[Sequence[object]]) -> str:
    """Return rows as a table of aligned columns below its title."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))] if cells else []
    lines = [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([title, *lines])
