"""The call and the result of a ballot, and what the chair sees before confirming."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.config import ListConfig
from bridge.domain.acts import GENESIS
from bridge.domain.ballots import Ballot
from bridge.domain.tally import Tally
from bridge.ids import Instant, MessageId
from bridge.mail.texts import CallView, ResultView, call_text, preview_text, result_text
from bridge.store import ballots
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.told import LATE, Told, record_told
from handlers.context import Context
from handlers.defaults import rule_defaults
from handlers.posting import Draft, contact_of, derived_id, post, room_alias
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


def preview(context: Context, ballot: Ballot, now: Instant) -> Preview:
    """Return what a draft would be and mail if it were confirmed now."""
    view, listed = _call_view(context, ballot, now), _listed(context, ballot)
    subject, body = worded(None, context, listed, lambda own: call_text(view, templates=own))
    facts = worded(None, context, listed, lambda own: preview_text(view, templates=own))
    return Preview(facts=facts, mail=f"Subject: {subject}\n\n{body}")


def queue_call(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Queue the call, in the thread of the post; never sent after the deadline it announces."""
    view = _call_view(context, ballot, tx.now)
    subject, body = worded(
        tx, context, _listed(context, ballot), lambda own: call_text(view, templates=own)
    )
    draft = Draft("call", subject, body, ballot.message_id, ballot.deadline.instant)
    _queue(tx, context, ballot, draft)


def queue_result(tx: Tx, context: Context, row: BallotRow, counted: Tally) -> bool:
    """Queue the result, under the call; False when it was queued before."""
    ballot = row.ballot
    personal = ballots.personal_of(tx.conn, ballot.id)
    view = ResultView(
        ballot=ballot,
        tally=counted,
        contact=contact_of(context, ballot),
        head=row.head if row.head != GENESIS else None,
        words={seq: str(part.get("words", "")) for seq, part in personal.items()},
        log_url=None,
    )
    subject, body = worded(
        tx, context, _listed(context, ballot), lambda own: result_text(view, templates=own)
    )
    parent = mail_id(context, ballot, "call")
    if not _queue(tx, context, ballot, Draft("result", subject, body, parent)):
        return False
    # Who was late until now stands in it; the late register begins after it.
    record_told(tx, ballot.label, LATE, Told(counted.came_in.rows, tx.now))
    return True


def mail_id(context: Context, ballot: Ballot, kind: str) -> MessageId:
    """Return the Message-ID of a ballot's mail."""
    return derived_id(context, f"mail:{kind}:{ballot.key}", f"{kind}.b{ballot.id}")


def _queue(tx: Tx, context: Context, ballot: Ballot, draft: Draft) -> bool:
    name = (mail_id(context, ballot, draft.kind), ballot.id)
    return post(tx, context, _listed(context, ballot), draft, name)


def _call_view(context: Context, ballot: Ballot, now: Instant) -> CallView:
    return CallView(
        ballot=ballot,
        room=room_alias(context, _listed(context, ballot)),
        contact=contact_of(context, ballot),
        now=now,
        usual=rule_defaults(context.config.ballots),
    )


def _listed(context: Context, ballot: Ballot) -> ListConfig:
    return context.lists[ballot.list_id]
