"""People on a page: what they are called and what they wrote, without their addresses."""

from __future__ import annotations

from bridge.domain.acts import Act
from bridge.domain.masking import masked
from bridge.domain.rulings import is_ruling
from bridge.export import Record


def words_of(record: Record, act: Act | None) -> str:
    """Return what was written with an act; "" for nothing, and for what has been erased."""
    part = record.personal.get(act.seq) if act is not None else None
    if part is None:
        return ""
    return masked(str(part.personal.get("words", "")))


def who(record: Record, act: Act) -> str:
    """Return whose act it is; a person who is not on the roll is not named."""
    roster = record.ballot.roster
    if is_ruling(act):
        return f"{masked(roster.name_of(act.person_ref))}, as chair"
    is_known = act.person_ref in roster.people or any(
        act.person_ref == one.person for one in roster.admitted
    )
    return masked(roster.name_of(act.person_ref)) if is_known else "not on the roll"
