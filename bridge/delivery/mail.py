"""The errand to our mail server: a mail to the list.

A fuse keeps a mistake of ours from flooding a list: so many mails an hour, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import structlog

from bridge.delivery.errand import Errand, NotDue, Prepare
from bridge.errors import Permanent
from bridge.ids import Instant, ListId, MessageId
from bridge.ports import Envelope, MailWriter
from bridge.store import listposts
from bridge.store.database import Tx
from bridge.store.outbox import OutboxItem
from bridge.store.restored import Restored
from bridge.stuck import note_stuck

log = structlog.get_logger()
HOUR_MS = 3_600_000
FUSE_WAIT_MS = 60_000
PATIENCE_MS = 5 * 24 * HOUR_MS
"""How long a mail is tried; RFC 5321 section 4.5.4.1 says four or five days."""


@dataclass(frozen=True, slots=True)
class MailErrand:
    """Hand one mail over."""

    message_id: MessageId
    envelope: Envelope

    async def carry(self, server: MailWriter, tried_at: Instant | None) -> str:
        """Send it and return the server's answer.

        A second try carries the same Message-ID; the row waited for the echo first.
        """
        del tried_at
        return await server.send(self.envelope)

    def record(self, tx: Tx, remote_id: str) -> None:
        """Our mail server has it; whether the list has, only the list's copy can prove."""
        del remote_id
        listposts.record_state(tx, self.message_id, "accepted")


def preparing(fuse: int, restored: Restored | None = None) -> Prepare:
    """Return ``prepare`` with the number of mails that a list gets in an hour at most."""
    return partial(prepare, fuse=fuse, restored=restored)


def abandoned(tx: Tx, item: OutboxItem, state: str) -> None:
    """Say that a mail will not reach its list: it expired, or was set aside."""
    stuck = {"expired": "expired", "shunted": "bounced"}
    note_stuck(tx, MessageId(item.letter.payload["message_id"]), stuck[state])


def prepare(
    tx: Tx, item: OutboxItem, *, fuse: int | None = None, restored: Restored | None = None
) -> Errand[MailWriter] | NotDue:
    """Read the mail out of its letter, unless the list had its share for this hour.

    Raises:
        Permanent: it may have been posted before the database was restored.
    """
    payload = item.letter.payload
    if restored is not None and not item.was_tried:
        _not_posted_before(tx, item, restored)
    list_id = ListId(payload["list_id"])
    since = Instant(tx.now - HOUR_MS)
    if fuse is not None and listposts.count_accepted(tx.conn, list_id, since) >= fuse:
        log.error("fuse_blown", list=list_id, mails_per_hour=fuse)
        return NotDue(f"the fuse: {fuse} mails an hour to one list", FUSE_WAIT_MS)
    envelope = Envelope(payload["sender"], tuple(payload["to"]), payload["raw"].encode("utf-8"))
    return MailErrand(MessageId(payload["message_id"]), envelope)


def _not_posted_before(tx: Tx, item: OutboxItem, restored: Restored) -> None:
    """Have a human look whether the list has a mail already; ``unshunt`` then lets it go."""
    message_id = MessageId(item.letter.payload["message_id"])
    post = listposts.by_message_id(tx.conn, message_id)
    if post is None:
        return
    # A mail of no ballot, as a digest of many, is known by its age alone.
    by_age = restored.may_have_left(item.created_at)
    old = post.ballot < restored.ballots_from if post.ballot else by_age
    if old:
        raise Permanent(
            "this database was restored from a copy, so the list may have this mail already; "
            f"look for {message_id} in its archive, and if it is not there: seconded unshunt"
        )
