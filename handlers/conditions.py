"""The one question that words beside a yes raise: do they note something, or set a condition?

Whatever stands after ``!endorse`` or ``!noobjection`` raises it, not only what begins with "but"
or "if": members write in every language, and a condition that nobody recognised would count as a
plain yes. Whoever only made a remark need not answer; the word counts meanwhile, as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.domain.acts import Act, Door, Verdict
from bridge.domain.modes import positions_of
from bridge.domain.positions import Position
from bridge.domain.standing import Standing
from bridge.errors import UserError
from bridge.ids import UserId
from bridge.matrix.facts import MessageSeen
from bridge.store import ballots
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.context import Context
from handlers.ledger import Deed, enter
from handlers.receipts import standing_of
from handlers.refusals import refusal
from handlers.saying import ask_once, tell_once

_HOW: Final = "Answer yes or no (a reply to this, or !yes or !no)"
_ONLY: Final = "only the word is counted, and no result prints the rest of your message."
STANDS: Final[Mapping[str, str]] = {
    Position.RESERVE: (
        "Your reservation is noted word for word. Does your endorsement stand if the text is not "
        f"changed? {_HOW}. Until then it counts as a yes; with no, it becomes an objection that "
        "proposes your change."
    ),
    Position.ENDORSE: (
        f"You wrote more than endorse: {_ONLY} Does your endorsement stand if the text is not "
        f"changed? {_HOW}. With yes, your words are noted as a reservation, word for word; with "
        "no, they become an objection that proposes your change. Until then it counts as a plain "
        "yes: a mere remark needs no answer."
    ),
    Position.NO_OBJECTION: (
        f"You wrote more than no objection: {_ONLY} Does that stand if the text is not changed? "
        f"{_HOW}. With no, your words become an objection that proposes your change. Until then "
        "it counts as it is: a mere remark needs no answer."
    ),
}
"""A word that words stood beside -> the question."""
ONLY_THE_WORD: Final = (
    f"You wrote more than the word: {_ONLY} What should be printed is written as !reserve or "
    "!object and your words, where this ballot has them."
)
_KEPT: Final[Mapping[Position, str]] = {
    Position.RESERVE: (
        "Thank you: your endorsement stands, and your reservation is printed word for word."
    ),
    Position.NO_OBJECTION: "Thank you: your word stands as it is, whatever becomes of the text.",
}
_OBJECTS: Final = (
    "Thank you: it is an objection now that proposes your change. !withdraw, or another answer in "
    "writing, lifts it."
)


def ask_whether_it_stands(tx: Tx, row: BallotRow, act: Act, user: UserId) -> None:
    """Ask, once for each word with words beside it, whether they are a condition (spec 2.3).

    Where the rule has no objection there is nothing to ask: what is not read is said.
    """
    is_word = act.door is Door.CHAT and act.verdict is Verdict.ACCEPTED and act.with_text
    if not is_word or act.position in {Position.OBJECT, Position.HOLD}:
        return
    if act.position != Position.RESERVE and not _says_something(tx, row, act):
        return
    if act.position in STANDS and positions_of(row.ballot.rule) >= _CHOICES:
        text = STANDS[act.position]
        ask_once(tx, row.ballot, user, reason=f"stands:{act.source_id}", text=text)
    elif act.position != Position.RESERVE:
        reason = f"only_the_word:{act.source_id}"
        tell_once(tx, row.ballot, user, reason=reason, text=ONLY_THE_WORD)


_CHOICES: Final = frozenset({Position.RESERVE, Position.OBJECT})


def can_answer(standing: Standing | None) -> bool:
    """Say whether what somebody holds is a word that words stand beside."""
    return standing is not None and standing.position in STANDS and standing.words is not None


def answer_whether_it_stands(
    event: MessageSeen, row: BallotRow, tx: Tx, context: Context, *, stands: bool
) -> str:
    """Take a yes or no: a reservation beside a yes that stands, or an objection with its words.

    Raises:
        UserError: nothing was asked.
    """
    standing = standing_of(tx, row, event.sender)
    if standing is None or standing.words is None or not can_answer(standing):
        raise UserError("You have no reservation in words, so there is nothing to answer.")
    said = ballots.words_of_act(tx.conn, row.ballot.id, standing.words.seq)
    is_yes = standing.position is not Position.NO_OBJECTION
    kept = Position.RESERVE if is_yes else Position.NO_OBJECTION
    deed = Deed(
        door=Door.CHAT,
        source_id=event.event_id,
        sender=event.sender,
        sent_at=event.ts,
        position=kept if stands else Position.OBJECT,
        words=said,
    )
    act = enter(tx, context, row, deed)
    if act is not None and (refused := refusal(act)):
        return refused
    return _KEPT[kept] if stands else _OBJECTS


def _says_something(tx: Tx, row: BallotRow, act: Act) -> bool:
    """Say whether there are words; a full stop or a flower is none."""
    said = ballots.words_of_act(tx.conn, row.ballot.id, act.seq)
    return any(letter.isalnum() for letter in said)
