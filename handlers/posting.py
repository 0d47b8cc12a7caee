"""A mail of ours to a list: in its thread, under a derived Message-ID, written down and queued."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from bridge.config import ListConfig
from bridge.domain.ballots import Ballot
from bridge.ids import BallotId, Instant, MessageId
from bridge.letters import mail_letter
from bridge.mail.compose import ListMail, compose, is_writable
from bridge.ports import Envelope
from bridge.store import listposts, outbox, threads
from bridge.store.database import Tx
from bridge.store.listposts import ListPost
from handlers.context import Context

NO_BALLOT = BallotId(0)
"""Of a mail that is about no one ballot; their numbers begin with 1."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it has its headers.

    Attributes:
        kind: what it is, in a word: ``call``, ``notice``.
        parent: what it answers, None when it begins a thread.
        expires_at: when what it announces is over, and it is not sent any more (Unix ms).
    """

    kind: str
    subject: str
    body: str
    parent: MessageId | None
    expires_at: Instant | None = None


def derived_id(context: Context, named: str, local: str) -> MessageId:
    """Return the Message-ID of a mail of ours: derived, so that a second run writes the same.

    Derived under our secret key: whoever could tell it before the list has the mail could post
    under it, and so prove what did not happen.

    Args:
        context: whose key.
        named: what the mail is; the same for the same mail only.
        local: what people read before the ``@``.
    """
    message = named.encode("utf-8", "replace")
    secret = hmac.new(context.instance.key, message, hashlib.sha256).hexdigest()[:24]
    return MessageId(f"{local}.{secret}@{context.config.instance.mail_domain}")


def post(
    tx: Tx, context: Context, listed: ListConfig, draft: Draft, name: tuple[MessageId, BallotId]
) -> bool:
    """Queue a mail to a list, with what it needs to be proven; False when it was queued before.

    Args:
        tx: the transaction.
        context: who we are.
        listed: whose list.
        draft: the mail.
        name: its Message-ID, and the ballot it is about or ``NO_BALLOT``.
    """
    message_id, ballot = name
    waiting = ListPost(message_id, listed.id, ballot, draft.kind, "queued", tx.now)
    if not listposts.record_queued(tx, waiting):
        return False
    references: tuple[MessageId, ...] = ()
    if draft.parent is not None:
        above = threads.ancestors(tx.conn, listed.id, draft.parent)
        references = (*reversed(above), draft.parent)
    # Somebody else chose the parent's id: one that no header can hold must not stop the mail.
    answers = draft.parent if draft.parent is not None and is_writable(draft.parent) else None
    mail = ListMail(
        message_id=message_id,
        in_reply_to=answers,
        references=references,
        from_name=f"{listed.title} ballots",
        from_address=listed.bridge_address,
        to=listed.posting_address,
        reply_to=None,
        subject=draft.subject,
        body=draft.body,
        date=tx.now,
        instance=context.instance.uuid,
    )
    # Answers to this mail name it as their parent; so it has its place in the tree.
    threads.record_references(tx, listed.id, message_id, references)
    envelope = Envelope(listed.bridge_address, (listed.posting_address,), compose(mail))
    return outbox.add(tx, mail_letter(listed.id, message_id, envelope, draft.expires_at))


def contact_of(context: Context, ballot: Ballot) -> str:
    """Return the address to write to when something was counted wrongly: the chair's, else ours."""
    # The roster may have changed since the ballot was opened.
    chair = context.roster.people.get(ballot.chair)
    addresses = chair.addresses if chair is not None else ()
    return addresses[0] if addresses else context.lists[ballot.list_id].bridge_address


def room_alias(context: Context, listed: ListConfig) -> str:
    """Return the alias of a list's room."""
    matrix = context.config.matrix
    return f"#{matrix.prefix}{listed.name}:{matrix.server_name}"


def page_url(context: Context, ballot: Ballot) -> str | None:
    """Return where the ballot's page is, None where there is none: no page shows a private list."""
    base = context.config.web.base_url
    if base is None or context.lists[ballot.list_id].visibility != "public":
        return None
    return f"{base.rstrip('/')}/b/{ballot.id}"
