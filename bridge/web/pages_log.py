"""The log of a ballot as pages: the newest entries on the ballot's own, the others in files.

A file holds ``SIZE`` entries and is written once: it shows nothing that a later entry changes,
except that one of its own is voided, that somebody on the roll is named otherwise, or that it is
no longer the newest file. So the work at each entry does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge import __version__
from bridge.domain.acts import Act
from bridge.domain.masking import masked
from bridge.domain.rulings import is_ruling
from bridge.domain.tally import Tally
from bridge.export import Record
from bridge.ids import digest
from bridge.web.pages_html import LAYOUT, rendered
from bridge.web.pages_said import who
from bridge.web.pages_words import ANSWERS, ruling, verdict

SIZE: Final = 250
"""Entries of a file; the ballot's page shows so many at least, and less than twice as many."""
_LINKS: Final = 20


@dataclass(frozen=True, slots=True)
class LogPart:
    """A stretch of the log.

    Attributes:
        number: of its file, from 1.
        first: the number of its first entry.
        last: of its last one.
        is_newest: the entries after it are on the ballot's page.
    """

    number: int
    first: int
    last: int
    is_newest: bool


def parts(total: int) -> list[LogPart]:
    """Return the files of a log with so many entries; none for a log that fits on its page."""
    files = max(0, total // SIZE - 1)
    return [LogPart(n, (n - 1) * SIZE + 1, n * SIZE, n == files) for n in range(1, files + 1)]


def linked(found: Sequence[LogPart]) -> list[LogPart]:
    """Return those that a page links to: all of a few, of many some, evenly, and the newest."""
    step = max(1, -(-len(found) // _LINKS))
    return [part for part in found if part.is_newest or (part.number - 1) % step == 0]


def newest(acts: Sequence[Act]) -> Sequence[Act]:
    """Return the entries that the ballot's own page shows."""
    found = parts(len(acts))
    return acts[found[-1].last :] if found else acts


def log_values(
    record: Record, counted: Tally, shown: Sequence[Act], numbers: Mapping[str, int]
) -> dict[str, Any]:
    """Return what the template of a log needs: entries, each with who did it and what it says.

    Args:
        record: the ballot.
        counted: its count.
        shown: some of its acts.
        numbers: ``row_numbers`` of all of them.
    """
    voided = frozenset(one.seq for one in counted.voided)
    return {
        "rows": [(act, who(record, act), _what(record, act, numbers)) for act in shown],
        "verdict": lambda act, reason: verdict(act, reason, voided),
    }


def _what(record: Record, act: Act, numbers: Mapping[str, int]) -> str:
    if is_ruling(act):
        return masked(ruling(act, record.ballot, numbers))
    return ANSWERS.get(act.position, "something unknown")


def names_mark(record: Record) -> str:
    """Return what tells one naming of the roll from another."""
    ballot = record.ballot
    names = (f"{one.person}={one.name}" for one in ballot.roster.everybody)
    return digest(ballot.label, ballot.title, ballot.roster.title, *names)


def part_mark(record: Record, counted: Tally, part: LogPart, names: str) -> str:
    """Return what tells one content of a file from another, without making it.

    Args:
        record: the ballot; the hash of an entry is one over all before it.
        counted: its count.
        part: which file.
        names: ``names_mark`` of the record.
    """
    voided = (one.seq for one in counted.voided if part.first <= one.seq <= part.last)
    return digest(
        LAYOUT,
        __version__,
        names,
        record.acts[part.last - 1].hash,
        "newest" if part.is_newest else "",
        *map(str, sorted(voided)),
    )


def part_page(
    record: Record, counted: Tally, part: LogPart, numbers: Mapping[str, int], mark: str
) -> bytes:
    """Return one file of the log as HTML.

    Args:
        record: the ballot.
        counted: its count.
        part: which file.
        numbers: ``row_numbers`` of all acts.
        mark: its ``part_mark``.
    """
    shown = record.acts[part.first - 1 : part.last]
    values = {
        "ballot": record.ballot,
        "title": masked(record.ballot.title),
        "roll_title": masked(record.ballot.roster.title),
        "part": part,
        **log_values(record, counted, shown, numbers),
    }
    return rendered("page_log.html.j2", values, mark=mark)
