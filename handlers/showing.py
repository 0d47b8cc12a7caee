"""The card of a ballot in its room: its signs, its pin, the text below it, the status line."""

from __future__ import annotations

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
from bridge.store import outbox
from bridge.store.database import Tx
from handlers.counting import tally_now


def queue_card(tx: Tx, ballot: Ballot) -> None:
    """Queue the card, its pin, its seeds, the text below it, and the status line, in order."""
    version = ballot.card_version
    card = Say(
        ballot.list_id,
        key=card_key(ballot.id, version),
        content=card_content(ballot),
        kind="card",
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(card))
    for sign in offered(ballot.rule).values():
        outbox.add(tx, seed_letter(ballot.list_id, ballot.id, sign.seed, version))
    outbox.add(tx, pin_letter(ballot.list_id, ballot.id, pinned=True, version=version))
    if version == 1:
        _queue_status(tx, ballot)
    queue_statement(tx, ballot)


def queue_statement(tx: Tx, ballot: Ballot) -> None:
    """Queue the text that is decided about, below the card."""
    version = ballot.text.version
    name = f"{ballot.id}" if version == 1 else f"{ballot.id}/{version}"
    for part, content in enumerate(statement_contents(ballot)):
        statement = Say(
            ballot.list_id,
            key=f"statement:{name}:{part}",
            content=content,
            thread=letter_ref(card_key(ballot.id, ballot.card_version)),
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
    card = card_key(ballot.id, ballot.card_version)
    edit = Say(
        ballot.list_id,
        key=f"{card}:{occasion}",
        content=card_content(ballot),
        replaces=letter_ref(card),
        ballot=ballot.id,
    )
    outbox.add(tx, say_letter(edit))


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
