"""The pages' loop: look at the ballots, write the pages that are due, remove what may not stay."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bridge.errors import Permanent
from bridge.export import Record, count, read_record
from bridge.ids import BallotId, Instant, ListId
from bridge.ports import Clock
from bridge.store import ballots
from bridge.store.ballots import BallotStamp
from bridge.store.database import Reading, Store
from bridge.web.pages_folder import Written, has_page, is_due, remove_others, stamp_of, write_page

log = structlog.get_logger()


@dataclass(slots=True)
class Pages:
    """What this process knows of the pages in a folder; nothing of it need survive a crash."""

    directory: Path
    public: Collection[ListId]
    written: dict[BallotId, Written] = field(default_factory=dict)

    async def look(self, store: Store, clock: Clock) -> None:
        """Write what is due; what cannot be written stops no other, and is tried again."""
        now = clock()
        stamps = await store.read(ballots.stamps)
        shown = [stamp for stamp in stamps if has_page(stamp, self.public)]
        await self._remove_others([stamp.id for stamp in shown])
        for stamp in shown:
            if is_due(stamp, self.written.get(stamp.id), now):
                try:
                    await self._write(store, stamp, now)
                except (OSError, Permanent) as error:
                    log.error("page_not_written", ballot=stamp.id, reason=str(error))  # noqa: TRY400

    async def _remove_others(self, kept: Collection[BallotId]) -> None:
        try:
            gone, left = await asyncio.to_thread(remove_others, self.directory, kept)
        except OSError as error:
            log.error("pages_not_removed", reason=str(error))  # noqa: TRY400
            return
        if gone:
            log.info("pages_removed", pages=gone)
        for name, why in left.items():
            log.error("page_not_removed", page=name, reason=str(why))

    async def _write(self, store: Store, stamp: BallotStamp, now: Instant) -> None:
        def read(conn: Reading) -> Record:
            row = ballots.ballot_by_id(conn, stamp.id)
            assert row is not None
            return read_record(conn, row, now)

        record = await store.read(read)
        if await asyncio.to_thread(write_page, self.directory, record, stamp_of(stamp, record.at)):
            log.info("page_written", ballot=stamp.id)
        again_at = await asyncio.to_thread(next_expiry, record)
        self.written[stamp.id] = Written(stamp.digest, stamp.state, now, again_at)


def next_expiry(record: Record) -> Instant | None:
    """Return when the first hold that counts expires, None in a ballot whose count is settled."""
    if record.ballot.closed_at is not None:
        return None
    holds = [
        standing.hold_until
        for standing in count(record).positions.values()
        if standing.hold_until is not None and standing.hold_until > record.at
    ]
    return min(holds, default=None)
