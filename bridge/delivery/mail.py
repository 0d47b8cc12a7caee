"""The errand to our mail server: a mail to the list.

A fuse keeps a mistake of ours from flooding a list: so many mails an hour, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import structlog

from bridge.delivery.errand import Errand, NotDue, Prepare
from bridge.ids import Instant, ListId, MessageId
from bridge.ports import Envelope, MailWriter
from bridge.store import listposts
from bridge.store.database import Tx
from bridge.store.outbox import OutboxItem
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


def preparing(fuse: int) -> Prepare:
    """Return ``prepare`` with the number of mails that a list gets in an hour at most."""
    return partial(prepare, fuse=fuse)


def abandoned(tx: Tx, item: OutboxItem, state: str) -> None:
    """Say that a mail will not reach its list: it expired, or was set aside."""
    stuck = {"expired": "expired", "shunted": "bounced"}
    note_stuck(tx, MessageId(item.letter.payload["message_id"]), stuck[state])


def prepare(tx: Tx, item: OutboxItem, *, fuse: int | None = None) -> Errand[MailWriter] | NotDue:
    """Read the mail out of its letter, unless the list had its share for this hour."""
    payload = item.letter.payload
    list_id = ListId(payload["list_id"])
    since = Instant(tx.now - HOUR_MS)
    if fuse is not None and listposts.count_accepted(tx.conn, list_id, since) >= fuse:
        log.error("fuse_blown", list=list_id, mails_per_hour=fuse)
        return NotDue(f"the fuse: {fuse} mails an hour to one list", FUSE_WAIT_MS)
    envelope = Envelope(payload["sender"], tuple(payload["to"]), payload["raw"].encode("utf-8"))
    return MailErrand(MessageId(payload["message_id"]), envelope)
