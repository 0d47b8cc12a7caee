"""A mail of ours did not reach its list: who asked for it is told, where they asked."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.events import DONE, MailStuck, Outcome
from bridge.store import ballots, listposts
from bridge.store.database import Tx
from handlers.context import Context
from handlers.saying import tell_chair

WORDS: Mapping[str, str] = {
    "overdue": (
        "the {kind} of {label} was accepted by our mail server and has not been seen on the list "
        "for 15 minutes. It may be held by the list's moderator, be too big for the list, or our "
        "address may not be subscribed."
    ),
    "bounced": (
        "the {kind} of {label} could not be handed over and is not on the list. An operator can "
        "see why and try again: seconded shunted."
    ),
    "expired": "the {kind} of {label} could not leave in time and was not sent.",
}


def mail_stuck(event: MailStuck, tx: Tx, context: Context) -> Outcome:
    """Tell the chair, by name; nothing about the ballot changes."""
    post = listposts.by_message_id(tx.conn, event.message_id)
    row = ballots.ballot_by_id(tx.conn, post.ballot) if post is not None else None
    if post is None or row is None or post.state == "seen":
        return Outcome("suppressed", "it was seen meanwhile")
    text = WORDS[event.state].format(kind=post.kind.rstrip("0123456789"), label=row.ballot.label)
    tell_chair(tx, context, row, f"{post.message_id}:{event.state}", text)
    return DONE
