"""A text that is put up for comments before it is locked; reactions to it are no answers (2.2)."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.ballots import Ballot, Trigger, step
from bridge.letters import Say, comments_key, letter_ref, say_letter
from bridge.matrix.cards import comments_content, statement_contents
from bridge.store import ballots, outbox
from bridge.store.database import Tx
from handlers.context import Context
from handlers.listmails import queue_comments


def publish_for_comments(tx: Tx, context: Context, ballot: Ballot) -> None:
    """Tell the list and the room of the text, and until when it can be commented on."""
    published = replace(ballot, state=step(ballot.state, Trigger.PUBLISH))
    ballots.update_ballot(tx, published)
    queue_comments(tx, context, published)
    post = Say(
        published.list_id,
        key=comments_key(published.id),
        content=comments_content(published),
        kind="comments",
        ballot=published.id,
    )
    outbox.add(tx, say_letter(post))
    _queue_text(tx, published)


def show_new_text(tx: Tx, ballot: Ballot) -> None:
    """Bring the room's message up to a new version of the text."""
    key = comments_key(ballot.id)
    edit = Say(
        ballot.list_id,
        key=f"{key}:v{ballot.text.version}",
        content=comments_content(ballot),
        replaces=letter_ref(key),
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(edit))
    _queue_text(tx, ballot)


def _queue_text(tx: Tx, ballot: Ballot) -> None:
    for part, content in enumerate(statement_contents(ballot)):
        text = Say(
            ballot.list_id,
            key=f"draft:{ballot.id}/{ballot.text.version}:{part}",
            content=content,
            thread=letter_ref(comments_key(ballot.id)),
            ballot=ballot.id,
        )
        outbox.add(tx, say_letter(text))
