"""The errand to the DNS: what speaks for the author of a post.

Whatever it finds, the post stands in its room already. As long as no name server answers nothing
is concluded: the letter comes again, until it expires.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from bridge.delivery.errand import Errand, Prepare
from bridge.errors import Permanent, Transient
from bridge.ids import Instant, ListId, MessageId
from bridge.mail.authors import Author, Rung
from bridge.mail.authorship import evidence_of, names_to_ask
from bridge.mail.evidence import Evidence, Trust
from bridge.ports import Names
from bridge.store import inbox, mirror
from bridge.store.database import Tx
from bridge.store.mirror import MirroredPost
from bridge.store.outbox import OutboxItem

UNANSWERED = "no name server answered in two days"


@dataclass(slots=True)
class NamesErrand:
    """Find out what speaks for one post's author."""

    post: MirroredPost
    raw: bytes
    received_at: Instant
    trust: Trust
    _found: Evidence | None = field(default=None, init=False)

    async def carry(self, names: Names, tried_at: Instant | None) -> str:
        """Ask, verify beside the event loop, and return the level's label.

        Raises:
            Transient: who has not answered could have added to it.
        """
        del tried_at
        post = self.post
        author = Author(post.author_name, post.author_address, Rung.FROM)
        found = await asked(names, self.raw, author, self.trust, self.received_at, post.evidence)
        if found.later:
            raise Transient(found.reason, alone=True)
        self._found = found
        return found.level.label

    def record(self, tx: Tx, remote_id: str) -> None:
        """Write it down; only an answer is ever written."""
        del remote_id
        if self._found is not None:
            mirror.record_evidence(tx, self.post.list_id, self.post.message_id, self._found)


async def asked(  # noqa: PLR0913, PLR0917 -- the facts of one mail, as ``evidence_of`` takes them
    names: Names, raw: bytes, author: Author, trust: Trust, now: Instant, floor: Evidence
) -> Evidence:
    """Return what speaks for the author of a mail; ``later`` when a name was not answered for."""
    wanted = names_to_ask(raw, author, trust, now)
    answers = await asyncio.gather(*(_answer(names, name) for name in wanted))
    known = {name: texts for name, texts in zip(wanted, answers, strict=True) if texts is not None}
    return await asyncio.to_thread(evidence_of, raw, author, trust, known, now, floor)


async def _answer(names: Names, name: str) -> tuple[bytes, ...] | None:
    try:
        return await names.texts(name)
    except Transient:
        return None


def preparing(trust: Trust) -> Prepare:
    """Return ``prepare`` with whose word is taken."""
    return partial(prepare, trust=trust)


def prepare(tx: Tx, item: OutboxItem, *, trust: Trust) -> Errand[Names]:
    """Read the post and its mail.

    Raises:
        Permanent: one of them is not kept any more.
    """
    payload: Mapping[str, str] = item.letter.payload
    post = mirror.post_by_id(tx.conn, ListId(payload["list_id"]), MessageId(payload["message_id"]))
    mail = inbox.by_id(tx.conn, post.inbox_id) if post else None
    if post is None or mail is None or not mail.raw:
        raise Permanent("the mail is not kept any more, so nothing can be said of its author")
    return NamesErrand(post, mail.raw, mail.received_at, trust)


def abandoned(tx: Tx, item: OutboxItem, state: str) -> None:
    """Say why no more is known, and will not be; that is no verdict."""
    del state
    payload: Mapping[str, str] = item.letter.payload
    list_id, message_id = ListId(payload["list_id"]), MessageId(payload["message_id"])
    post = mirror.post_by_id(tx.conn, list_id, message_id)
    if post is not None and post.evidence.later:
        unanswered = replace(post.evidence, reason=UNANSWERED)
        mirror.record_evidence(tx, list_id, message_id, unanswered)
