"""What we do about an event: the table of contents of the program.

A handler is a plain function of the event, the database transaction and the context. It runs
inside the transaction, so no network call can slip in, and it runs twice when the power fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bridge.decode import decode
from bridge.events import (
    ClockStruck,
    CommandGiven,
    DigestDue,
    MailArrived,
    MailStuck,
    Outcome,
    SweepFinished,
)
from bridge.mail.parse import Post
from bridge.matrix.facts import (
    MemberSeen,
    MessageSeen,
    OtherSeen,
    ReactionSeen,
    RedactionSeen,
    StateSeen,
)
from bridge.store.database import Tx
from bridge.store.inbox import InboxItem
from handlers.ballots import sweep_finished
from handlers.clocks import clock_struck
from handlers.context import Context, context_of
from handlers.digests import digest_due
from handlers.messages import message_seen
from handlers.posts import mail_arrived, mail_read
from handlers.reactions import reaction_seen, redaction_seen
from handlers.requests import command_given
from handlers.rooms import member_seen, other_seen, state_seen
from handlers.troubles import mail_stuck

__all__ = ["HANDLERS", "Context", "context_of", "dispatch", "dispatch_read"]

Handler = Callable[[Any, Tx, Context], Outcome]

HANDLERS: Mapping[type, Handler] = {
    MailArrived: mail_arrived,
    ReactionSeen: reaction_seen,
    RedactionSeen: redaction_seen,
    MessageSeen: message_seen,
    StateSeen: state_seen,
    MemberSeen: member_seen,
    OtherSeen: other_seen,
    SweepFinished: sweep_finished,
    ClockStruck: clock_struck,
    DigestDue: digest_due,
    MailStuck: mail_stuck,
    CommandGiven: command_given,
}


def dispatch(item: InboxItem, tx: Tx, context: Context) -> Outcome:
    """Hand what an inbox item holds to its handler."""
    event = decode(item)
    return HANDLERS[type(event)](event, tx, context)


def dispatch_read(item: InboxItem, tx: Tx, post: Post, context: Context) -> Outcome:
    """Hand a mail that was read outside of the transaction, for its size, to its handler."""
    return mail_read(decode(item), post, tx, context)
