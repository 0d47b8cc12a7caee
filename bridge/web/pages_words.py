"""The words of a ballot's page for what has a name in data: states, outcomes, endings, rulings.

Every table is whole: whatever a ledger can hold has words here, and nothing is shown raw.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.acts import (
    CONTEST,
    GRACE,
    REMOVED_BY_MODERATOR,
    UNTIL_PUBLICATION,
    Act,
    Verdict,
)
from bridge.domain.again import how_it_ended
from bridge.domain.ballots import COUNTING, Ballot, Outcome, State
from bridge.domain.deadlines import show_instant
from bridge.domain.fold import Lifted, Objection
from bridge.domain.modes import positions_of
from bridge.domain.modes.sentences import count
from bridge.domain.rulings import LEVELS, Level, Ruling, act_name, amendment_of
from bridge.domain.tally import Tally
from bridge.ids import Instant

STATES: Final = MappingProxyType(
    {
        State.DRAFT: "Being prepared",
        State.COMMENT: "Open for comments",
        State.LOCKED: "About to open",
        State.OPEN: "Open",
        State.FINAL_CALL: "Open, final call",
        State.WITHDRAWN: "Withdrawn",
        State.SUPERSEDED: "Replaced by a newer ballot",
    }
)
"""What the headline says of a ballot without a result."""

OVER: Final = MappingProxyType({State.WITHDRAWN: "withdrawn", State.SUPERSEDED: "replaced"})
"""What happened to a ballot that has no result and will have none."""

OUTCOMES: Final = MappingProxyType(
    {
        Outcome.ADOPTED: "Endorsed",
        Outcome.NOT_ADOPTED: "Not endorsed",
        Outcome.NOT_QUORATE: "Not endorsed: too few answered",
        Outcome.OBJECTED: "Not endorsed: there is an objection",
        Outcome.TOO_FEW: "Not endorsed: too few spoke",
        Outcome.NO_DECISION: "No decision: the chair has declared nothing",
        Outcome.WITHDRAWN: "Withdrawn",
        Outcome.COUNTED: "Counted",
    }
)
ROWS: Final = (
    ("endorse", "endorse"),
    ("endorse with reservation", "reserve"),
    ("reservation without words", "reserve_without_words"),
    ("no objection", "no_objection"),
    ("abstain", "abstain"),
    ("more time asked for", "hold"),
    ("object", "object"),
    ("not heard from", "silent"),
)
"""The rows of the table: words, and the number's name in the count."""

ANSWERS: Final = MappingProxyType(
    {row: name for name, row in ROWS}
    | {"recuse": "recused", "withdraw": "withdrawal", "removed": "a reaction taken back"}
    | {"appeal": "an appeal", "": "not an option"}
)
"""What an act of a member says."""

VERDICTS: Final = MappingProxyType(
    {
        Verdict.ACCEPTED: "accepted",
        Verdict.REJECTED: "not accepted",
        Verdict.SUGGESTION: "read like an answer, not confirmed",
        Verdict.LATE: "after the close",
    }
)
FLAGS: Final = MappingProxyType(
    {
        GRACE: "arrived just after the close",
        REMOVED_BY_MODERATOR: "removed by a moderator",
        CONTEST: "contests that the change of the text was editorial",
        UNTIL_PUBLICATION: "a name taken off before the publication",
        "behind": "after an outage",
    }
)
ENDED: Final[Mapping[Lifted | None, str]] = MappingProxyType(
    {
        None: "It is open.",
        Lifted.REMOVED: "Withdrawn by taking the reaction back, {at}.",
        Lifted.REPLACED: "Withdrawn by another answer in writing, {at}.",
        Lifted.WITHDRAWN: "Withdrawn in writing, {at}.",
        Lifted.ADDRESSED: "Answered by the chair, {at}",
        Lifted.OVERRULED: "Overruled by the chair, {at}",
        Lifted.SET_ASIDE: "Without a reason; set aside by the chair, {at}",
        Lifted.NEW_TEXT: "Ended by a substantive change of the text, {at}.",
    }
)
RULINGS: Final = MappingProxyType(
    {
        Ruling.ADDRESS: "answers the objection in {row}",
        Ruling.OVERRULE: "overrules the objection in {row}",
        Ruling.SET_ASIDE: "sets the objection in {row} aside, which has no reason",
        Ruling.VOID: "voids {row}",
        Ruling.EXTEND: "extends it to {at}",
        Ruling.AMEND: "changes the text",
        Ruling.ADMIT: "admits {name} to the roll",
        Ruling.DECLARE: "declares {level}",
        Ruling.STOP: "closes the late register",
        Ruling.CORRECT: "corrects the words of the result's mail",
    }
)


def headline(ballot: Ballot, counted: Tally) -> str:
    """Return where a ballot stands, or its result, in one line."""
    if ballot.state in COUNTING and ballot.rule.blocks and counted.open_objections:
        return f"{STATES[ballot.state]}; an objection stands in the way"
    if ballot.state in STATES:
        return STATES[ballot.state]
    outcome = ballot.outcome or counted.outcome
    said = OUTCOMES[outcome]
    if outcome is Outcome.COUNTED and ballot.rule.mode == "signon":
        said = f"Signed by {count(counted.endorse, 'member')}"
    elif outcome is Outcome.COUNTED:
        said = f"{counted.answered} of {counted.base} answered; it binds nobody"
    return said if ballot.state is State.ANNOUNCED else f"{said}; the result is not on the list yet"


def table(ballot: Ballot, counted: Tally) -> list[tuple[str, int]]:
    """Return the rows of the count; those that the rule does not offer only if somebody has one."""
    offered = {position.value for position in positions_of(ballot.rule)} - {"hold"} | {"silent"}
    return [
        (name, getattr(counted, row))
        for name, row in ROWS
        if row in offered or getattr(counted, row)
    ]


def ended(objection: Objection, said: str, ballot: Ballot) -> str:
    """Return how an objection ended, with what the chair said to it (may be empty)."""
    act = objection.lifted_by
    if objection.is_open and ballot.state in OVER:
        return f"It was open when the ballot was {OVER[ballot.state]}."
    if objection.is_open and ballot.closed_at is not None:
        return "It was open at the close."
    told = ENDED[objection.how].format(at="" if act is None else show_instant(act.effective_at))
    if told.endswith("."):
        return told
    return f"{told}: {said}" if said else f"{told}."


def raised_before(earlier: Objection) -> str:
    """Return that an objection was raised before, and where in the log that is."""
    return f"Raised again: the earlier one, row {earlier.raised_by.seq}, {how_it_ended(earlier)}."


def ruling(act: Act, ballot: Ballot, rows: Mapping[str, int]) -> str:
    """Return what a chair's act does.

    Args:
        act: a ruling.
        ballot: whose roll has the names.
        rows: number in the log by ``act_name``; only what stands above the act is named.
    """
    if act.position not in set(Ruling):
        return "rules on something unknown"
    target, amendment = act.target or "", amendment_of(act)
    if amendment is not None:
        return (
            f"changes the text to version {amendment.version}, code {amendment.sha256[:8]}, a "
            f"{'substantive' if amendment.label == 'substantive' else 'editorial'} change"
        )
    level = LEVELS[Level(target)] if target in set(Level) else "something unknown"
    number = rows.get(target)
    is_above = number is not None and number < act.seq
    return RULINGS[Ruling(act.position)].format(
        row=f"row {number}" if is_above else "a row that is not here",
        at=show_instant(Instant(int(target))) if target.isdecimal() and len(target) < 15 else "?",
        name=ballot.roster.name_of(target),
        level=level,
    )


def verdict(act: Act, reason: str, voided: Collection[int]) -> str:
    """Return what was said about an act, with its remarks.

    Args:
        act: any.
        reason: the words for why it was not accepted, or "".
        voided: the ``seq`` of each act that the chair voided.
    """
    if act.seq in voided:
        return "voided by the chair"
    remarks = [FLAGS[flag] for flag in act.flags if flag in FLAGS]
    return "; ".join(dict.fromkeys([reason or VERDICTS[act.verdict], *remarks]))


def row_numbers(acts: tuple[Act, ...]) -> dict[str, int]:
    """Return each act's number in the log by the name that rulings use."""
    return {act_name(act): act.seq for act in acts}
