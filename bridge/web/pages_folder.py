"""The folder of pages: ``b/42.html`` and, in ``b/42``, the export without names.

What should be there follows from the database alone; whatever is missing or old is written at the
next look, so no crash and no lost wake matters. A ballot whose list is not public, or not mirrored
any more, has no page: one that is there is removed.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge import __version__
from bridge.domain.ballots import State
from bridge.export import Record, export_files
from bridge.export_files import PUBLIC, write_file, write_folder
from bridge.ids import BallotId, Instant, ListId, digest
from bridge.store.ballots import BallotStamp
from bridge.web.pages import LAYOUT, page

PAUSE_MS: Final = 60_000
"""A page whose counts change is written again no sooner; one whose state changes is, at once."""

_HEAD_BYTES: Final = 2_000
_SHOWN: Final = frozenset(State) - {State.DRAFT}
_ONLY_IF_OPENED: Final = frozenset({State.WITHDRAWN, State.SUPERSEDED})


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
    """Say whether anybody may see a ballot: its list is public, and its call is or was on it."""
    if stamp.list_id not in public or stamp.state not in _SHOWN:
        return False
    return stamp.state not in _ONLY_IF_OPENED or stamp.has_opened


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
    """Write a ballot's export and page; False when both are there.

    Raises:
        OSError: they cannot be written.
        Permanent: something else is at that place.
    """
    place = directory / "b"
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    is_new = write_folder(
        place / str(record.ballot.id), export_files(record, with_names=False), mode=PUBLIC
    )
    target = place / f"{record.ballot.id}.html"
    content = page(record, stamp)
    if target.is_file() and target.read_bytes() == content:
        return is_new
    write_file(target, content, mode=PUBLIC)
    return True


def remove_others(directory: Path, kept: Iterable[BallotId]) -> list[str]:
    """Remove the pages of every other ballot; return their names.

    Only what we wrote is removed: numbered pages that bear our mark, numbered folders beside them.
    """
    names = {str(one) for one in kept}
    gone = []
    for found in sorted((directory / "b").glob("*")):
        number = found.name.removesuffix(".html")
        if not (number.isascii() and number.isdigit()) or number in names:
            continue
        if found.is_dir() and (found / "recount.py").is_file():
            shutil.rmtree(found)
            gone.append(found.name)
        elif found.is_file() and b'<meta name="seconded"' in _start_of(found):
            found.unlink()
            gone.append(found.name)
    return gone


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)
