"""A facilitator's yes: what was shown is done, once, within the hour, and only if it is the same.

A preview is written down with its hash and with how the ballot stood. At the yes it is made
anew; when it is another one by then, nothing is done, and the new one is shown with the reason.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.deadlines import show_duration
from bridge.errors import UserError
from bridge.ids import EventId, Instant, PersonId
from bridge.store.database import Tx
from bridge.store.proposals import (
    Proposal,
    latest_in,
    proposal_by_id,
    proposal_by_key,
    record_proposal,
    record_settled,
)
from handlers.context import Context
from handlers.previewing import Shown, previewed, what_changed
from handlers.verbs import run_verb
from handlers.wishes import Wish

CONFIRM_WITHIN_MS: Final = 3_600_000
PROPOSAL: Final = "proposal:"
"""What the event of a preview is remembered as, with the proposal's number behind it."""


class Stale(UserError):  # noqa: N818 - nothing is broken
    """What was confirmed is not what would happen now; the message says why and shows that.

    Attributes:
        wish: the command.
        why: what has changed, in a sentence.
        shown: the new preview.
    """

    def __init__(self, wish: Wish, why: str, shown: Shown) -> None:
        super().__init__(f"{why}\n\n{shown.text}")
        self.wish, self.why, self.shown = wish, why, shown


def proposed(wish: Wish, verb: str) -> Shown:
    """Show what a command would do and write it down, to be confirmed under the wish's key.

    Raises:
        UserError: it cannot be done.
    """
    shown = previewed(wish, verb)
    note(wish, verb, shown, root=None)
    return shown


def note(wish: Wish, verb: str, shown: Shown, *, root: EventId | None) -> Proposal:
    """Write down what was shown, once for each wish."""
    proposal = Proposal(
        key=wish.key,
        list_id=wish.listed.id,
        ballot=shown.ballot,
        verb=verb,
        # It is confirmed for the ballot it was shown for, whatever else opens meanwhile.
        arguments={**wish.arguments, "ballot": str(shown.ballot)},
        chair=wish.is_chair(),
        root=root,
        post=wish.post,
        about=wish.about,
        shown=shown.digest,
        stood=shown.stood,
        asked_at=wish.tx.now,
    )
    return record_proposal(wish.tx, proposal)


def confirmed(tx: Tx, context: Context, key: str, chair: PersonId) -> str:
    """Do what was shown under a key; return the answer.

    Raises:
        UserError: nothing of that kind waits for this person.
        Stale: something else would happen now.
    """
    proposal = proposal_by_key(tx.conn, key)
    if proposal is None or proposal.chair != chair:
        raise UserError("Nothing waits to be confirmed; give the command again.")
    return carry_out(tx, context, proposal)


def carry_out(tx: Tx, context: Context, proposal: Proposal) -> str:
    """Do what was shown; return the answer.

    Raises:
        UserError: it was done already, or cannot be done any more.
        Stale: something else would happen now, or the preview is too old.
    """
    if proposal.settled_at is not None:
        raise UserError("That was answered already. Give the command again to see it anew.")
    listed = context.lists.get(proposal.list_id)
    if listed is None:
        raise UserError("That list is not configured any more.")
    wish = Wish(
        tx=tx,
        context=context,
        listed=listed,
        key=proposal.key,
        arguments=proposal.arguments,
        chair=proposal.chair,
        post=proposal.post,
        about=proposal.about,
    )
    shown = previewed(wish, proposal.verb)
    why = _why_not(proposal, shown, tx.now)
    record_settled(tx, proposal.id)
    if why is not None:
        raise Stale(wish, why, shown)
    return run_verb(wish, proposal.verb)


def proposal_of(tx: Tx, kind: str) -> Proposal | None:
    """Return the proposal whose preview an event of that kind is, None for any other event."""
    number = kind.removeprefix(PROPOSAL)
    is_one = kind.startswith(PROPOSAL) and number.isdecimal()
    return proposal_by_id(tx.conn, int(number)) if is_one else None


def waiting_in(tx: Tx, root: EventId, chair: PersonId) -> Proposal | None:
    """Return what a plain yes of this person in a thread means: the last preview they asked for."""
    return latest_in(tx.conn, root, chair, Instant(tx.now - CONFIRM_WITHIN_MS))


def _why_not(proposal: Proposal, shown: Shown, now: Instant) -> str | None:
    """Say why the preview that was confirmed holds no more, None when it does."""
    end = "Nothing was done. This is what it would do now."
    if now > proposal.asked_at + CONFIRM_WITHIN_MS:
        return f"That was shown more than {show_duration(CONFIRM_WITHIN_MS // 1000)} ago. {end}"
    if shown.digest != proposal.shown:
        return f"Since you were shown that, {what_changed(proposal.stood, shown.stood)}. {end}"
    return None
