"""The card of a ballot in its room: its signs, its pin, the text below it, the status line."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.domain.ballots import Ballot
from bridge.letters import (
    Say,
    card_key,
    letter_ref,
    pin_letter,
    say_letter,
    seed_letter,
    status_key,
    status_letter,
)
from bridge.matrix.cards import card_content, offered, statement_contents, status_content
from bridge.store import ballots, outbox, rooms
from bridge.store.database import Tx
from handlers.counting import tally_now
from handlers.saying import card_of, tell_room

STATEMENT: Final = "statement"
"""What the events of the text below a card are remembered as."""


def queue_card(tx: Tx, ballot: Ballot) -> None:
    """Queue the card, its pin, its seeds, the text below it, and the status line, in order."""
    card = card_of(ballot)
    said = Say(
        ballot.list_id,
        key=card,
        content=card_content(ballot),
        kind="card",
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(said))
    for sign in offered(ballot.rule).values():
        outbox.add(tx, seed_letter(ballot.list_id, ballot.id, sign.seed, card=card))
    outbox.add(tx, pin_letter(ballot.list_id, ballot.id, pinned=True, card=card))
    if card == card_key(ballot.id):
        _queue_status(tx, ballot)
    queue_statement(tx, ballot)


def queue_statement(tx: Tx, ballot: Ballot, *, again: str = "") -> None:
    """Queue the text that is decided about, below the card; ``again`` says for which removal."""
    name = card_key(ballot.id, ballot.text.version, ballot.card_copies).removeprefix("card:")
    for part, content in enumerate(statement_contents(ballot)):
        statement = Say(
            ballot.list_id,
            key=f"statement:{name}:{part}" + (f":{again}" if again else ""),
            content=content,
            thread=letter_ref(card_of(ballot)),
            kind=STATEMENT,
            ballot=ballot.id,
        )
        outbox.add(tx, say_letter(statement))


def show_state(tx: Tx, ballot: Ballot) -> None:
    """Bring the card and the status line up to the new state, at once."""
    # A ballot that was extended after its close comes to the same state again.
    occasion = f"{ballot.state}:{ballot.deadline.instant}"
    edit_card(tx, ballot, occasion)
    outbox.add(tx, status_letter(ballot.list_id, ballot.id, occasion))


def edit_card(tx: Tx, ballot: Ballot, occasion: str) -> None:
    """Bring the card up to date, once for each occasion."""
    card = card_of(ballot)
    edit = Say(
        ballot.list_id,
        key=f"{card}:{occasion}",
        content=card_content(ballot),
        replaces=letter_ref(card),
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(edit))


def put_up_again(tx: Tx, ballot: Ballot) -> None:
    """Put the card up again after somebody redacted it; what was given on it stays (2.10, 12)."""
    rooms.retire_card(tx, ballot.id, kind="gone_card")
    outbox.add(tx, pin_letter(ballot.list_id, ballot.id, pinned=False, card=card_of(ballot)))
    again = replace(ballot, card_copies=ballot.card_copies + 1)
    ballots.update_ballot(tx, again)
    queue_card(tx, again)
    text = (
        f"The card of {ballot.label} was removed from the room, so here it is again. Answers "
        "given on the other one stand."
    )
    tell_room(tx, again, f"again:{again.card_copies}:{again.card_version}", text)


def _queue_status(tx: Tx, ballot: Ballot) -> None:
    status = Say(
        ballot.list_id,
        key=status_key(ballot.id),
        content=status_content(ballot, tally_now(tx, ballot, tx.now), tx.now),
        reply_to=letter_ref(card_key(ballot.id)),
        kind="status",
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(status))
