"""Correcting the words of a result that the list has: another mail below it, never another count.

The correction is an act of the ledger, so that what the list was told can be derived from it.
"""

from __future__ import annotations

from bridge.domain.ballots import State
from bridge.domain.rulings import Ruling
from bridge.errors import UserError
from bridge.matrix.cards import state_words
from bridge.store import ballots
from handlers.notices import queue_correction
from handlers.rulings import DONE_ALREADY, enter_ruling
from handlers.saying import tell_room
from handlers.wishes import Wish

FORM = "!ballot correct b/42"


def correct(wish: Wish) -> str:
    """Tell list and room what was wrong in the words of an announced result."""
    row = wish.row()
    ballot = row.ballot
    reason = wish.reason(FORM)
    if ballot.state is not State.ANNOUNCED:
        raise UserError(
            f"{ballot.label} is {state_words(ballot)}: no result of it is on the list, so there is "
            "nothing to correct. Before that, !ballot close shows the mail."
        )
    if enter_ruling(wish, ballot, Ruling.CORRECT, None, reason) is None:
        return DONE_ALREADY
    corrected = ballots.ballot_by_id(wish.tx.conn, ballot.id)
    assert corrected is not None
    queue_correction(wish.tx, wish.context, corrected, reason, wish.key)
    sentence = reason if reason.endswith((".", "!", "?")) else f"{reason}."
    text = (
        f"The chair corrects the words of the result of {ballot.label}: {sentence} The count stays "
        "as it is."
    )
    tell_room(wish.tx, ballot, f"correct:{wish.key}", text)
    return f"The correction of {ballot.label} goes to the list now, below the result."
