"""The folder of pages: ``b/42.html``; its export without names, ``b/42``; a long log, ``b/42-log``.

What should be there follows from the database alone; whatever is missing or old is written at the
next look, so no crash and no lost wake matters. A ballot whose list is not public, or not mirrored
any more, has no page: one that is there is removed, and what a crash left half written with it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge import __version__
from bridge.domain.ballots import State
from bridge.domain.tally import Tally
from bridge.export import Record, count, export_files
from bridge.export_files import PUBLIC, write_file, write_folder
from bridge.ids import BallotId, Instant, ListId, digest
from bridge.store.ballots import BallotStamp
from bridge.web.pages import page
from bridge.web.pages_html import LAYOUT
from bridge.web.pages_log import names_mark, part_mark, part_page, parts
from bridge.web.pages_words import row_numbers

PAUSE_MS: Final = 60_000
"""A page whose counts change is written again no sooner; one whose state changes is, at once."""

_HEAD_BYTES: Final = 2_000
_OURS: Final = re.compile(r"([0-9]{1,9})(?:\.html|-log)?")
_HALF_WRITTEN: Final = re.compile(r"\.([0-9]{1,9})(?:\.html)?\.[0-9a-f]{8}(?:\.old)?")
"""What ``write_folder`` and ``write_file`` call what is not in its place yet, or no longer."""
_IN_LOG: Final = re.compile(r"[0-9]+\.html|\.[0-9]+\.html\.[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Written:
    """What this process has last seen of a page.

    Attributes:
        stamp: of the state it shows.
        state: of the ballot.
        at: when it was written or found (Unix ms).
        again_at: when a hold in it expires, or None.
    """

    stamp: str
    state: State
    at: Instant
    again_at: Instant | None = None


def has_page(stamp: BallotStamp, public: Collection[ListId]) -> bool:
    """Say whether anybody may see a ballot: its list is public, and it is or was no mere draft.

    The page stays when it ends, whatever it was then: mails have named its address.
    """
    return stamp.list_id in public and stamp.was_shown


def stamp_of(stamp: BallotStamp, again_at: Instant | None = None) -> str:
    """Return what tells one content of a page from another."""
    return digest(stamp.digest, __version__, LAYOUT, again_at or 0)


def is_due(stamp: BallotStamp, known: Written | None, now: Instant) -> bool:
    """Say whether a page must be looked at now."""
    if known is None or known.state is not stamp.state:
        return True
    is_old = known.stamp != stamp.digest or (known.again_at is not None and known.again_at <= now)
    return is_old and now >= known.at + PAUSE_MS


def write_page(directory: Path, record: Record, stamp: str) -> bool:
    """Write a ballot's export, the files of its log, and its page; False when all are there.

    The page comes last, so that what it links to is there.

    Raises:
        OSError: they cannot be written.
        Permanent: something else is at that place.
    """
    place = directory / "b"
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    counted = count(record)
    is_new = write_folder(
        place / str(record.ballot.id), export_files(record, with_names=False), mode=PUBLIC
    )
    is_new |= _write_log(place / f"{record.ballot.id}-log", record, counted)
    target = place / f"{record.ballot.id}.html"
    content = page(record, counted, stamp)
    if target.is_file() and target.read_bytes() == content:
        return is_new
    write_file(target, content, mode=PUBLIC)
    return True


def _write_log(folder: Path, record: Record, counted: Tally) -> bool:
    """Write the files of a log that are missing or old; False when none is."""
    names, numbers, is_new = names_mark(record), row_numbers(record.acts), False
    found = parts(len(record.acts))
    # A restored copy of the database may know fewer entries.
    for left in set(folder.glob("*.html")) - {folder / f"{part.number}.html" for part in found}:
        left.unlink()
    for part in found:
        target, mark = folder / f"{part.number}.html", part_mark(record, counted, part, names)
        if target.is_file() and _mark(mark) in _start_of(target):
            continue
        folder.mkdir(mode=0o755, exist_ok=True)
        write_file(target, part_page(record, counted, part, numbers, mark), mode=PUBLIC)
        is_new = True
    return is_new


def _mark(value: str) -> bytes:
    return f'<meta name="seconded" content="{value}'.encode()


def remove_others(
    directory: Path, kept: Iterable[BallotId]
) -> tuple[list[str], Mapping[str, OSError]]:
    """Remove every other ballot's page, export and log, also half written.

    Only what we wrote is removed: numbered pages that bear our mark, the folders beside them, and
    what has a name that only we give.

    Returns:
        The names of what is gone, and of what could not be removed, with why.

    Raises:
        OSError: the folder cannot be read.
    """
    names = {str(one) for one in kept}
    gone, left = [], {}
    for found in sorted((directory / "b").glob("*")):
        ours, half = _OURS.fullmatch(found.name), _HALF_WRITTEN.fullmatch(found.name)
        match = ours or half
        if match is None or match[1] in names:
            continue
        try:
            if half or _is_ours(found):
                _remove(found)
                gone.append(found.name)
        except OSError as error:
            left[found.name] = error
    return gone, left


def _remove(found: Path) -> None:
    if found.is_dir() and not found.is_symlink():
        shutil.rmtree(found)
    else:
        found.unlink()


def _is_ours(found: Path) -> bool:
    if found.is_file():
        return found.suffix == ".html" and _mark("") in _start_of(found)
    if found.name.endswith("-log"):
        return all(_IN_LOG.fullmatch(each.name) for each in found.iterdir())
    return (found / "recount.py").is_file()


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)
