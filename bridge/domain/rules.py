"""The rule of a ballot: mode, numbers, durations, frozen and hashed at opening (spec 2.5).

Exact arithmetic only: a quorum or a threshold is an integer or a fraction, and "at least" and
"more than" are different settings. The rule says nothing about who voted; ``tally`` does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import ceil
from typing import Any, Final, Literal

from bridge.domain.acts import canonical_json
from bridge.domain.deadlines import show_duration
from bridge.ids import Instant

Mode = Literal["silence", "threshold", "rough", "signon", "sense"]
Comparison = Literal["at_least", "more_than"]

ADDED: Final = frozenset(
    {"appeal", "calendar", "contest", "cosigners", "reason_wait", "hard_stop", "strict"}
)
"""Fields of the rule that its JSON leaves out while they have their default values."""

HOUR: Final = 3600
ROUGH_FINAL_CALL: Final = 48 * HOUR
"""Seconds a final call lasts at least before a chair may declare rough consensus (2.5)."""
FLOOR: Final = 48 * HOUR
"""Seconds a window may never be shorter than, short of a configuration for tests."""


class RuleError(ValueError):
    """The rule asked for does not exist or may not be; the message shows the right form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDefaults:
    """What the configuration says: durations in seconds, and whether windows may be short.

    ``extension`` is how far beyond the deadline the hard stop is, when the chair names none.
    """

    minimum_window: int = 72 * HOUR
    final_call: int = 24 * HOUR
    after_lifting: int = 24 * HOUR
    hold: int = 24 * HOUR
    grace_chat: int = 600
    grace_mail: int = 12 * HOUR
    confirm: int = 12 * HOUR
    appeal: int = 72 * HOUR
    extension: int = 168 * HOUR
    allow_short_windows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule snapshot. Every duration is in whole seconds; 0 means that the step does not exist.

    Attributes:
        mode: ``silence`` (lazy consensus), ``threshold`` (quorum + threshold), ``rough``
            (rough consensus, declared by the chair), ``signon`` or ``sense`` (a sense check).
        k: silence: yeses needed from people other than the proposer.
        quorum: threshold: answers needed, a number or a fraction of those who count; or None.
        threshold: threshold: the share of yes among yes and no.
        comparison: threshold: whether the share must be reached or exceeded.
        blocking: threshold: an open objection stops adoption whatever the numbers.
        confirm: seconds after which the result goes out without the chair.
        doors: the ways an answer may come in.
        min_evidence: the least evidence of authorship that counts.
        short: the window is below the floor: calls and results say TEST.
        shortened_reason: why the window is shorter than the usual minimum, or None.
        appeal: rough: seconds in which the chair's declaration may be appealed.
        cosigners: rough: how many members an appeal needs.
        contest: seconds in which members may contest that a change of the text is editorial.
        reason_wait: seconds after which an objection without a reason may be set aside.
        calendar: by which the working time of its instants was counted; None for dates and times.
        strict: silence: the first objection ends the procedure at once, for good.
        hard_stop: the instant (Unix ms) beyond which nothing moves the close, or None: the
            deadline itself is it.
    """

    mode: Mode
    k: int = 1
    quorum: Fraction | int | None = None
    threshold: Fraction = Fraction(1, 2)
    comparison: Comparison = "more_than"
    blocking: bool = False
    minimum_window: int = 72 * HOUR
    final_call: int = 24 * HOUR
    after_lifting: int = 24 * HOUR
    hold: int = 24 * HOUR
    grace_chat: int = 600
    grace_mail: int = 12 * HOUR
    confirm: int = 12 * HOUR
    doors: tuple[str, ...] = ("matrix",)
    min_evidence: str = "matrix"
    short: bool = False
    shortened_reason: str | None = None
    appeal: int = 72 * HOUR
    cosigners: int = 4
    contest: int = 24 * HOUR
    reason_wait: int = 24 * HOUR
    hard_stop: Instant | None = None
    calendar: Mapping[str, Any] | None = None
    strict: bool = False

    @property
    def hashed(self) -> bytes:
        """The canonical JSON that is hashed and exported.

        Fields that came after the first version stand in it only when they are not at their
        defaults: a rule that was hashed before them keeps its hash.
        """
        shown = [
            f for f in fields(self) if f.name not in ADDED or getattr(self, f.name) != f.default
        ]
        return canonical_json({f.name: _plain(getattr(self, f.name)) for f in shown})

    @property
    def sha256(self) -> str:
        """The rule's hash (hex), printed in call and result."""
        return hashlib.sha256(self.hashed).hexdigest()

    def to_json(self) -> str:
        """Return the rule as JSON text; fractions are strings such as ``2/3``."""
        return self.hashed.decode()

    @classmethod
    def from_json(cls, text: str) -> Rule:
        """Return the rule that ``to_json`` wrote."""
        row: dict[str, Any] = json.loads(text)
        quorum = row["quorum"]
        row["quorum"] = Fraction(quorum) if isinstance(quorum, str) else quorum
        row["threshold"] = Fraction(row["threshold"])
        row["doors"] = tuple(row["doors"])
        return cls(**row)

    @property
    def blocks(self) -> bool:
        """Whether an open objection stands in the way, whatever the numbers."""
        return self.mode in {"silence", "rough"} or (self.mode == "threshold" and self.blocking)

    @property
    def decides(self) -> bool:
        """Whether it adopts anything; a sign-on and a sense check only count."""
        return self.mode not in {"signon", "sense"}

    @property
    def notice(self) -> int:
        """Seconds that must follow the end of an objection; in rough consensus a final call."""
        return (
            max(self.after_lifting, self.final_call)
            if self.mode == "rough"
            else (self.after_lifting)
        )

    def quorum_of(self, base: int) -> int:
        """Return how many answers the quorum asks of ``base`` people, rounded up."""
        if self.quorum is None:
            return 0
        return self.quorum if isinstance(self.quorum, int) else ceil(self.quorum * base)

    def is_carried(self, yes: int, no: int) -> bool:
        """Say whether yes against no reaches the threshold; nobody for or against never does."""
        if yes + no == 0:
            return False
        share = Fraction(yes, yes + no)
        return share > self.threshold or (share == self.threshold and self.comparison == "at_least")


def must_be_possible(rule: Rule, *, members: int, supporters: int) -> None:
    """Refuse a rule that nobody's answers could ever satisfy.

    Args:
        rule: as asked for.
        members: people on the roll.
        supporters: those of them whose yes counts toward ``k``: all but the proposer.

    Raises:
        RuleError: the roll is too small for it; names the largest number that is possible.
    """
    if rule.mode == "silence" and rule.k > supporters:
        raise RuleError(
            f"k={rule.k} can never be reached, because besides the proposer only {supporters} "
            f"can say yes; write k={supporters} or less"
        )
    # The default is a convention of larger groups; a small one is told how to appeal at all.
    if rule.mode == "rough" and rule.appeal and rule.cosigners > members:
        raise RuleError(
            f"{rule.cosigners} members are needed for an appeal, and {members} are on the roll; "
            f"write cosigners={members} or less"
        )
    if isinstance(rule.quorum, int) and rule.quorum > members:
        raise RuleError(
            f"quorum={rule.quorum} can never be reached, because {members} are on the roll; "
            f"write quorum={members} or less"
        )


def fit_window(rule: Rule, *, window: int, defaults: RuleDefaults) -> Rule:
    """Return the rule for a window of that many seconds, labelled when it is shorter than usual.

    Raises:
        RuleError: the window is below the minimum and no reason was given, or below the floor.
    """
    fitted = rule if rule.final_call * 2 <= window else replace(rule, final_call=0)
    if rule.mode == "rough" and not fitted.final_call and not defaults.allow_short_windows:
        raise RuleError(
            f"rule=rough has a final call of {_hours(rule.final_call)}, which needs a window of at "
            f"least {_hours(2 * rule.final_call)}; this one is {_hours(window)}"
        )
    if window < FLOOR:
        if not defaults.allow_short_windows:
            raise RuleError(f"a window of {_hours(window)} is too short: the least is 48 hours")
        minimum = rule.minimum_window if window >= rule.minimum_window else 0
        return replace(fitted, short=True, minimum_window=minimum)
    if window >= rule.minimum_window:
        return replace(fitted, shortened_reason=None)
    if not rule.shortened_reason:
        usual = _hours(rule.minimum_window)
        raise RuleError(
            f"a window of {_hours(window)} is shorter than our usual minimum of {usual}; "
            'say why with reason="…", or choose a later deadline'
        )
    return replace(fitted, minimum_window=FLOOR)


def may_open(rule: Rule, *, left: int) -> bool:
    """Say whether a call seen with ``left`` seconds to the deadline opens the ballot (2.2)."""
    return left > 0 and left >= rule.minimum_window


def _hours(seconds: int) -> str:
    """Return a length in hours, rounded, or exactly when it is shorter than two hours."""
    return f"{round(seconds / HOUR)} hours" if seconds >= 2 * HOUR else show_duration(seconds)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Fraction) else value
