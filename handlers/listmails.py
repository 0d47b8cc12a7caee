"""The mails a ballot sends to its list: written once, queued with what they need to be proven."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from bridge.config import ListConfig
from bridge.domain.acts import GENESIS
from bridge.domain.ballots import Ballot
from bridge.domain.calendars import days_off
from bridge.domain.outages import of_ballot
from bridge.domain.tally import Tally
from bridge.ids import Instant, MessageId
from bridge.letters import mail_letter
from bridge.mail.compose import ListMail, compose, is_writable
from bridge.mail.texts import (
    CallView,
    ExtensionView,
    ResultView,
    call_text,
    comments_text,
    extension_text,
    preview_text,
    result_text,
)
from bridge.ports import Envelope
from bridge.store import ballots, listposts, outbox, threads
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.listposts import ListPost
from bridge.store.outages import every_outage
from handlers.context import Context
from handlers.defaults import calendars_now, rule_defaults


@dataclass(frozen=True, slots=True)
class _Draft:
    """A mail before it has its headers."""

    kind: str
    subject: str
    body: str
    parent: MessageId
    expires_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What the chair sees before confirming: the roll and the instants, then the exact call."""

    facts: str
    mail: str

    @property
    def text(self) -> str:
        """Both, one after the other."""
        return f"{self.facts}\n\n{self.mail}"


def preview(context: Context, ballot: Ballot, now: Instant) -> Preview:
    """Return what a draft would be and mail if it were confirmed now."""
    view = _call_view(context, ballot, now)
    subject, body = call_text(view) if ballot.comments_until is None else comments_text(view)
    return Preview(facts=preview_text(view), mail=f"Subject: {subject}\n\n{body}")


def queue_call(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Queue the call, in the thread of the post; never sent after the deadline it announces."""
    subject, body = call_text(_call_view(context, ballot, tx.now))
    draft = _Draft("call", subject, body, ballot.message_id, ballot.deadline.instant)
    _queue(tx, context, ballot, draft)


def queue_comments(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Queue the mail that puts a text up for comments, in the thread of the post."""
    subject, body = comments_text(_call_view(context, ballot, tx.now))
    _queue(tx, context, ballot, _Draft("comments", subject, body, ballot.message_id))


def queue_extension(tx: Tx, context: Context, ballot: Ballot, *, reason: str, was: Instant) -> None:
    """Queue the mail that tells of a later deadline, under the call."""
    view = ExtensionView(ballot=ballot, was=was, reason=reason, contact=_contact(context, ballot))
    subject, body = extension_text(view)
    made = sum(
        post.kind.startswith("extension") for post in listposts.of_ballot(tx.conn, ballot.id)
    )
    parent = mail_id(context, ballot, "call")
    _queue(tx, context, ballot, _Draft(f"extension{made + 1}", subject, body, parent))


def queue_result(tx: Tx, context: Context, row: BallotRow, counted: Tally) -> bool:
    """Queue the result, under the call; False when it was queued before."""
    ballot = row.ballot
    personal = ballots.personal_of(tx.conn, ballot.id)
    view = ResultView(
        ballot=ballot,
        tally=counted,
        contact=_contact(context, ballot),
        head=row.head if row.head != GENESIS else None,
        words={seq: str(part.get("words", "")) for seq, part in personal.items()},
        log_url=_page(context, ballot),
        outages=of_ballot(ballot, every_outage(tx.conn)),
    )
    subject, body = result_text(view)
    parent = mail_id(context, ballot, "call")
    return _queue(tx, context, ballot, _Draft("result", subject, body, parent))


def mail_id(context: Context, ballot: Ballot, kind: str) -> MessageId:
    """Return the Message-ID of a ballot's mail: derived, so that a second run writes the same.

    Derived under our secret key: whoever could tell it before the list has the mail could post
    under it, and so prove what did not happen.
    """
    named = f"mail:{kind}:{ballot.key}".encode("utf-8", "replace")
    secret = hmac.new(context.instance.key, named, hashlib.sha256).hexdigest()[:24]
    return MessageId(f"{kind}.b{ballot.id}.{secret}@{context.config.instance.mail_domain}")


def _queue(tx: Tx, context: Context, ballot: Ballot, draft: _Draft) -> bool:
    listed = _listed(context, ballot)
    message_id = mail_id(context, ballot, draft.kind)
    post = ListPost(message_id, listed.id, ballot.id, draft.kind, "queued", tx.now)
    if not listposts.record_queued(tx, post):
        return False
    above = threads.ancestors(tx.conn, listed.id, draft.parent)
    references = (*reversed(above), draft.parent)
    mail = ListMail(
        message_id=message_id,
        # Somebody else chose that id: one that no header can hold must not stop the call.
        in_reply_to=draft.parent if is_writable(draft.parent) else None,
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
    # A mail may name the ballot's page, which must be there when it arrives.
    tx.wakes.add("pages")
    envelope = Envelope(listed.bridge_address, (listed.posting_address,), compose(mail))
    return outbox.add(tx, mail_letter(listed.id, message_id, envelope, draft.expires_at))


def _call_view(context: Context, ballot: Ballot, now: Instant) -> CallView:
    return CallView(
        ballot=ballot,
        room=_room_alias(context, ballot),
        contact=_contact(context, ballot),
        now=now,
        usual=rule_defaults(context.config.ballots),
        days_off=days_off(ballot.deadline.instant, calendars_now(context.config, now)),
        log_url=_page(context, ballot),
    )


def _page(context: Context, ballot: Ballot) -> str | None:
    """Return where the ballot's page is, None where there is none: no page shows a private list."""
    base = context.config.web.base_url
    if base is None or _listed(context, ballot).visibility != "public":
        return None
    return f"{base.rstrip('/')}/b/{ballot.id}"


def _listed(context: Context, ballot: Ballot) -> ListConfig:
    return context.lists[ballot.list_id]


def _contact(context: Context, ballot: Ballot) -> str:
    """Return the address to write to when something was counted wrongly: the chair's, else ours."""
    # The roster may have changed since the ballot was opened.
    chair = context.roster.people.get(ballot.chair)
    addresses = chair.addresses if chair is not None else ()
    return addresses[0] if addresses else _listed(context, ballot).bridge_address


def _room_alias(context: Context, ballot: Ballot) -> str:
    matrix = context.config.matrix
    return f"#{matrix.prefix}{_listed(context, ballot).name}:{matrix.server_name}"
