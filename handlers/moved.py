"""The receipt of an act that moved more than a number: an objection, or a change of mind in words.

A tap that adds a number shows in the status line; these are answered, each once (spec 3e). What a
mail would say in private is said in the card's thread and calls nobody else (spec "Doors").
"""

from __future__ import annotations

from typing import Final

from bridge.domain.acts import CONTEST, Act, Door
from bridge.domain.again import how_it_ended, raised_again
from bridge.domain.deadlines import show_instant
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.standing import Standing
from bridge.matrix.cards import position_words

_PAUSES: Final = "Your objection is noted and pauses the adoption"
_COUNTS: Final = "Your objection is noted: you are recorded as objecting"
_ASKED: Final = "Please say why, and what would change your mind: !object and your words."
_LIFTED_BY_HAND: Final = (
    "It is lifted when you take the raised hand away, or write !withdraw or another answer."
)
_NOTHING_LEFT: Final = "hold no position now, and an earlier one does not come back"
_LIFTED_IN_WORDS: Final = "It is lifted when you write !withdraw or another answer."


def tracker(act: Act) -> str:
    """Return what names an act in receipts: the beginning of its hash, as the log has it."""
    return act.hash[:8]


def receipt_of(
    act: Act, before: Standing | None, now: Standing, rule: Rule
) -> tuple[str, str] | None:
    """Return the reason and the words of a receipt, None for what shows by itself.

    Args:
        act: an accepted one.
        before: what the person held without it.
        now: what they hold with it.
        rule: of the ballot.
    """
    had_objection = before is not None and before.objection_open
    if act.position == Position.OBJECT and CONTEST not in act.flags:
        said = _raised(act, now, rule)
        return (f"objected:{act.source_id}", said) if said else None
    if had_objection and not now.objection_open:
        return f"lifted:{act.source_id}", _lifted(act, now)
    replaced = _replaced(act, before, now)
    return None if replaced is None else (f"changed:{act.source_id}", _changed(act, replaced))


def _raised(act: Act, now: Standing, rule: Rule) -> str | None:
    """Return what an objector is told; None for a sign beside words that were answered before."""
    if not now.objection_open or (now.text_given and not act.with_text):
        return None
    words = ", with your words" if act.with_text else ""
    earlier = raised_again(now.objections).get(act.seq)
    again = f"The one you raised before {how_it_ended(earlier)}. " if earlier is not None else ""
    asked = "" if act.with_text else f" {_ASKED}"
    lifted = _LIFTED_BY_HAND if act.door is Door.REACTION else _LIFTED_IN_WORDS
    noted = _PAUSES if rule.blocks else _COUNTS
    return f"{noted}{words}. {again}{lifted}{asked} Receipt {tracker(act)}."


def _lifted(act: Act, now: Standing) -> str:
    held = f"are recorded as {position_words(now.position)} now" if now.position else _NOTHING_LEFT
    return f"Your objection is lifted; you {held}. Receipt {tracker(act)}."


def _replaced(act: Act, before: Standing | None, now: Standing) -> Act | None:
    """Return the act whose answer somebody changed in words; a tap shows, and a hold ends."""
    if act.door is not Door.CHAT or act.position == Position.HOLD or now.act != act:
        return None
    return before.act if before is not None and before.position != now.position else None


def _changed(act: Act, replaced: Act) -> str:
    return (
        f"Recorded: {position_words(act.position)}. It takes the place of "
        f"{position_words(replaced.position)} of {show_instant(replaced.effective_at)} (receipt "
        f"{tracker(replaced)}). Receipt {tracker(act)}."
    )
