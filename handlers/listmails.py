"""The mails a ballot sends to its list: written once, queued with what they need to be proven."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.config import ListConfig
from bridge.domain.acts import GENESIS
from bridge.domain.ballots import Ballot
from bridge.domain.calendars import days_off
from bridge.domain.outages import of_ballot
from bridge.domain.tally import Tally
from bridge.ids import Instant, MessageId
from bridge.letters import mail_key
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
from bridge.mail.texts_changes import (
    AmendmentView,
    EndedView,
    RedraftView,
    amendment_text,
    ended_text,
    redraft_text,
)
from bridge.store import ballots, listposts, outbox
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.outages import every_outage
from bridge.store.told import LATE, Told, record_told
from handlers.context import Context
from handlers.counting import tally_now
from handlers.defaults import calendars_now, rule_defaults
from handlers.posting import Draft, contact_of, derived_id, page_url, post, room_alias
from handlers.wording import worded


@dataclass(frozen=True, slots=True)
class Preview:
    """What the chair sees before confirming: the roll and the instants, then the exact call."""

    facts: str
    mail: str

    @property
    def text(self) -> str:
        """Both, one after the other."""
        return f"{self.facts}\n\n{self.mail}"


def preview(
    context: Context, ballot: Ballot, now: Instant, doubts: tuple[str, ...] = ()
) -> Preview:
    """Return what a draft would be and mail if it were confirmed now.

    ``doubts`` say why its text may not be all of what is meant.
    """
    listed = _listed(context, ballot)
    view = replace(_call_view(context, ballot, now), doubts=doubts)
    text = call_text if ballot.comments_until is None else comments_text
    subject, body = worded(None, context, listed, lambda own: text(view, templates=own))
    facts = worded(None, context, listed, lambda own: preview_text(view, templates=own))
    return Preview(facts=facts, mail=f"Subject: {subject}\n\n{body}")


def queue_call(tx: Tx, context: Context, ballot: Ballot, *, reason: str = "") -> None:
    """Queue the call, in the thread of the post; never sent after the deadline it announces.

    ``reason`` is why another call came before this one.
    """
    view, listed = _call_view(context, ballot, tx.now), _listed(context, ballot)
    view = replace(view, again=reason)
    subject, body = worded(tx, context, listed, lambda own: call_text(view, templates=own))
    draft = Draft("call", subject, body, ballot.message_id, ballot.deadline.instant)
    _queue(tx, context, ballot, draft)


def queue_comments(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Queue the mail that puts a text up for comments, in the thread of the post."""
    view, listed = _call_view(context, ballot, tx.now), _listed(context, ballot)
    subject, body = worded(tx, context, listed, lambda own: comments_text(view, templates=own))
    _queue(tx, context, ballot, Draft("comments", subject, body, ballot.message_id))


def queue_extension(tx: Tx, context: Context, ballot: Ballot, *, reason: str, was: Instant) -> None:
    """Queue the mail that tells of a later deadline, under the call."""
    listed = _listed(context, ballot)
    view = ExtensionView(
        ballot=ballot,
        tally=tally_now(tx, ballot, tx.now),
        was=was,
        reason=reason,
        room=room_alias(context, listed),
        contact=contact_of(context, ballot),
        log_url=page_url(context, ballot),
    )
    subject, body = worded(tx, context, listed, lambda own: extension_text(view, templates=own))
    made = sum(one.kind.startswith("extension") for one in listposts.of_ballot(tx.conn, ballot.id))
    parent = mail_id(context, ballot, "call")
    _queue(tx, context, ballot, Draft(f"extension{made + 1}", subject, body, parent))


def queue_amendment(tx: Tx, context: Context, view: AmendmentView) -> None:
    """Queue the mail that brings a changed text, under the call."""
    ballot, listed = view.ballot, _listed(context, view.ballot)
    subject, body = worded(tx, context, listed, lambda own: amendment_text(view, templates=own))
    kind, parent = f"amendment{ballot.text.version}", mail_id(context, ballot, "call")
    _queue(tx, context, ballot, Draft(kind, subject, body, parent))


def queue_redraft(tx: Tx, context: Context, view: RedraftView) -> None:
    """Queue the mail that brings a changed draft, under the one that put it up for comments."""
    ballot, listed = view.ballot, _listed(context, view.ballot)
    subject, body = worded(tx, context, listed, lambda own: redraft_text(view, templates=own))
    kind, parent = f"comments{ballot.text.version}", mail_id(context, ballot, "comments")
    # The call has the text then.
    draft = Draft(kind, subject, body, parent, ballot.comments_until)
    _queue(tx, context, ballot, draft)


def queue_ended(tx: Tx, context: Context, view: EndedView) -> None:
    """Queue the mail about a ballot that ended without a result, if the list was told of it.

    It stands under the call, or under the text that was up for comments.
    """
    ballot, listed = view.ballot, _listed(context, view.ballot)
    posts = listposts.of_ballot(tx.conn, ballot.id)
    told = {post.kind for post in posts if post.state != "expired"}
    above = next((kind for kind in ("call", "comments") if kind in told), None)
    if above is None:
        return
    subject, body = worded(tx, context, listed, lambda own: ended_text(view, templates=own))
    _queue(tx, context, ballot, Draft("ended", subject, body, mail_id(context, ballot, above)))


def queue_result(tx: Tx, context: Context, row: BallotRow, counted: Tally) -> bool:
    """Queue the result, under the call; False when it was queued before."""
    ballot, listed = row.ballot, _listed(context, row.ballot)
    personal = ballots.personal_of(tx.conn, ballot.id)
    view = ResultView(
        ballot=ballot,
        tally=counted,
        room=room_alias(context, listed),
        contact=contact_of(context, ballot),
        head=row.head if row.head != GENESIS else None,
        words={seq: str(part.get("words", "")) for seq, part in personal.items()},
        log_url=page_url(context, ballot),
        outages=of_ballot(ballot, every_outage(tx.conn)),
    )
    subject, body = worded(tx, context, listed, lambda own: result_text(view, templates=own))
    parent = mail_id(context, ballot, "call")
    if not _queue(tx, context, ballot, Draft("result", subject, body, parent)):
        return False
    # Who was late until now stands in it; the late register begins after it.
    record_told(tx, ballot.label, LATE, Told(counted.came_in.rows, tx.now))
    return True


def take_mails_back(tx: Tx, ballot: Ballot, reason: str) -> None:
    """Keep the mails of a ballot that have not begun to leave from leaving."""
    for one in listposts.of_ballot(tx.conn, ballot.id):
        if outbox.cancel(tx, mail_key(one.message_id), reason):
            listposts.record_state(tx, one.message_id, "expired")


def mail_id(context: Context, ballot: Ballot, kind: str) -> MessageId:
    """Return the Message-ID of a ballot's mail; of several calls the last one is meant."""
    if kind == "call" and ballot.calls > 1:
        kind = f"call{ballot.calls}"
    return derived_id(context, f"mail:{kind}:{ballot.key}", f"{kind}.b{ballot.id}")


def _queue(tx: Tx, context: Context, ballot: Ballot, draft: Draft) -> bool:
    # A mail may name the ballot's page, which must be there when it arrives.
    tx.wakes.add("pages")
    name = (mail_id(context, ballot, draft.kind), ballot.id)
    return post(tx, context, _listed(context, ballot), draft, name)


def _call_view(context: Context, ballot: Ballot, now: Instant) -> CallView:
    return CallView(
        ballot=ballot,
        room=room_alias(context, _listed(context, ballot)),
        contact=contact_of(context, ballot),
        now=now,
        usual=rule_defaults(context.config.ballots),
        days_off=days_off(ballot.deadline.instant, calendars_now(context.config, now)),
        log_url=page_url(context, ballot),
    )


def _listed(context: Context, ballot: Ballot) -> ListConfig:
    return context.lists[ballot.list_id]
