"""The errands to the DNS: what speaks for the author of a post, and for a list's own copy.

Whatever is found of an author, the post stands in its room already; a mail whose list must have
signed it is held meanwhile. As long as no name server answers nothing is concluded: the letter
comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bridge.delivery.errand import Errand, Prepare
from bridge.errors import Permanent, Transient
from bridge.ids import Instant, ListId, MessageId
from bridge.mail.authors import Author, Rung
from bridge.mail.authorship import UNANSWERED, Answers, evidence_of, names_to_ask
from bridge.mail.evidence import Evidence, Trust
from bridge.mail.listproof import names_of_list, signed_by
from bridge.ports import Names
from bridge.store import inbox, mirror
from bridge.store.database import Tx
from bridge.store.mirror import MirroredPost
from bridge.store.outbox import OutboxItem

GIVEN_UP = "no name server answered in two days"


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


@dataclass(slots=True)
class SignatureErrand:
    """Find out whether a list's host signed a mail that is held meanwhile."""

    inbox_id: int
    raw: bytes
    received_at: Instant
    domains: tuple[str, ...]
    _found: tuple[str, ...] | None = field(default=None, init=False)

    async def carry(self, names: Names, tried_at: Instant | None) -> str:
        """Ask, verify beside the event loop, and return who signed it.

        Raises:
            Transient: who has not answered could have told.
        """
        del tried_at
        mail = (self.raw, self.domains)
        known = await _answers(names, names_of_list(*mail, self.received_at))
        found = await asyncio.to_thread(signed_by, *mail, known, self.received_at)
        if found is None:
            raise Transient(UNANSWERED, alone=True)
        self._found = found
        return " ".join(found) or "nobody"

    def record(self, tx: Tx, remote_id: str) -> None:
        """Have the mail handled again, with what is known now."""
        del remote_id
        if self._found is not None:
            inbox.release(tx, self.inbox_id, {"signers": list(self._found)})


async def asked(  # noqa: PLR0913, PLR0917 -- the facts of one mail, as ``evidence_of`` takes them
    names: Names, raw: bytes, author: Author, trust: Trust, now: Instant, floor: Evidence
) -> Evidence:
    """Return what speaks for the author of a mail; ``later`` when a name was not answered for."""
    known = await _answers(names, names_to_ask(raw, author, trust, now))
    return await asyncio.to_thread(evidence_of, raw, author, trust, known, now, floor)


async def _answers(names: Names, wanted: Sequence[str]) -> Answers:
    """Return what there is to know of the names; those that are not answered for are left out."""
    answers = await asyncio.gather(*(_answer(names, name) for name in wanted))
    found = zip(wanted, answers, strict=True)
    return {name: texts for name, texts in found if texts is not None}


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
    payload: Mapping[str, Any] = item.letter.payload
    if item.letter.kind == "signature":
        held = inbox.by_id(tx.conn, payload["inbox_id"])
        if held is None or not held.raw:
            raise Permanent("the mail is not kept any more, so nobody can tell who signed it")
        return SignatureErrand(held.id, held.raw, held.received_at, tuple(payload["domains"]))
    post = mirror.post_by_id(tx.conn, ListId(payload["list_id"]), MessageId(payload["message_id"]))
    mail = inbox.by_id(tx.conn, post.inbox_id) if post else None
    if post is None or mail is None or not mail.raw:
        raise Permanent("the mail is not kept any more, so nothing can be said of its author")
    return NamesErrand(post, mail.raw, mail.received_at, trust)


def abandoned(tx: Tx, item: OutboxItem, state: str) -> None:
    """Say why no more is known, and will not be; that is no verdict."""
    del state
    payload: Mapping[str, Any] = item.letter.payload
    if item.letter.kind != "evidence":
        return
    list_id, message_id = ListId(payload["list_id"]), MessageId(payload["message_id"])
    post = mirror.post_by_id(tx.conn, list_id, message_id)
    if post is not None and post.evidence.later:
        unanswered = replace(post.evidence, reason=GIVEN_UP)
        mirror.record_evidence(tx, list_id, message_id, unanswered)
