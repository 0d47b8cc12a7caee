"""When a strict silence was broken: by the first objection, whatever became of it (spec 2.2).

Decided from the acts alone, so that the ballot's end is the instant of that objection, however
late it was read. A reaction that was taken back before it was given, by clocks that differ, is
none; one that is taken back afterwards has broken the silence all the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from bridge.domain.acts import REMOVED, REMOVED_BY_MODERATOR, SELF, Act, Door, Verdict
from bridge.domain.positions import Position
from bridge.domain.rulings import substantive_versions
from bridge.ids import Instant


def broken_at(ledger: Iterable[Act], at: Instant) -> Instant | None:
    """Return when the first objection was raised, None if none was by ``at`` (Unix ms).

    Args:
        ledger: each act once, in the order that counts, voided ones rejected.
        at: what was done later does not count.
    """
    acts = tuple(ledger)
    begins = tuple(substantive_versions(acts))
    gone: set[tuple[str, int, str | None]] = set()
    for act in acts:
        if act.verdict is not Verdict.ACCEPTED or act.capacity != SELF or act.effective_at > at:
            continue
        voice = (act.person_ref, bisect_right(begins, act.text_version))
        if act.position == REMOVED and REMOVED_BY_MODERATOR not in act.flags:
            gone.add((*voice, act.target))
        is_gone = act.door is Door.REACTION and (*voice, act.source_id) in gone
        if act.position == Position.OBJECT and not is_gone:
            return act.effective_at
    return None
