"""What somebody is told whose act does not count: nobody is thanked for what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.domain.acts import Act, Reason, Verdict

REASONS: Final[Mapping[str, str]] = {
    Reason.NOT_ON_THE_ROLL: (
        "Your answer is shown but not counted: this Matrix ID is not on the roll of this ballot. "
        "If you should be on it, write to the chair."
    ),
    Reason.NOT_AN_OPTION: (
        "That sign is no position on this ballot, so nothing was counted. "
        "Tap one of the signs on the card, or write a word such as !endorse."
    ),
    Reason.NOT_OPEN: "This ballot is not open, so nothing was counted.",
    Reason.OLD_VERSION: (
        "That is the card of an earlier version of the text, so it is not counted. Did you mean "
        "the new version? Tap its card, or write your word in this thread."
    ),
    Reason.REGISTER_CLOSED: "The late register of this ballot is closed; nothing was recorded.",
}
"""Reason -> its words, where the person could do something about it."""

LATE: Final = "This came after the deadline. It is recorded as late and does not change the result."
UNCOUNTED: Final = "This was recorded, but it is not counted. Write to the chair if it should be."


def refusal(act: Act) -> str | None:
    """Return why an act does not count, None when it was accepted."""
    if act.verdict is Verdict.ACCEPTED:
        return None
    return LATE if act.verdict is Verdict.LATE else REASONS.get(act.reason or "", UNCOUNTED)
