"""Objections that were raised before and ended: the new one is another, and says so (2.10, 46).

The link follows from the acts alone. What the chair said to the earlier one is no answer to the
new one (``fold.Fold.rule``); it only shows readers that the question was there before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.acts import order_key
from bridge.domain.deadlines import show_instant
from bridge.domain.fold import Lifted, Objection
from bridge.ids import Instant

HOW: Final[Mapping[Lifted | None, str]] = MappingProxyType(
    {
        Lifted.REMOVED: "was withdrawn",
        Lifted.REPLACED: "was withdrawn",
        Lifted.WITHDRAWN: "was withdrawn",
        Lifted.ADDRESSED: "was answered by the chair",
        Lifted.OVERRULED: "was overruled by the chair",
        Lifted.SET_ASIDE: "was set aside by the chair, as it had no reason,",
        Lifted.NEW_TEXT: "ended with the earlier text",
    }
)
"""How the earlier one ended, as the middle of a sentence."""

_Order = tuple[Instant, bool, str, str]


def raised_again(objections: Iterable[Objection]) -> Mapping[int, Objection]:
    """Return the objections that somebody raised again, each with their one before it that ended.

    Two signs of one raised hand are not one objection after the other: only what had ended when
    the new one was raised is before it. A contest of a change's label is another question than
    the text, so the two are not linked.

    Args:
        objections: of one ballot, in any order.

    Returns:
        The ``seq`` of the act that raised the new one, and the earlier objection.
    """
    every = tuple(objections)
    over: dict[tuple[str, bool], list[tuple[_Order, Objection]]] = {}
    for one in every:
        if not one.is_open:
            over.setdefault(_whose(one), []).append((_ended(one), one))
    for ended in over.values():
        ended.sort(key=lambda each: each[0])
    found = {}
    for one in every:
        ended = over.get(_whose(one), [])
        before = bisect_left(ended, order_key(one.raised_by), key=lambda each: each[0])
        if before:
            found[one.raised_by.seq] = ended[before - 1][1]
    return found


def how_it_ended(earlier: Objection) -> str:
    """Return what became of the earlier objection: "was answered by the chair on Sat …"."""
    assert earlier.lifted_by is not None
    return f"{HOW[earlier.how]} on {show_instant(earlier.lifted_by.effective_at)}"


def _whose(one: Objection) -> tuple[str, bool]:
    return one.raised_by.person_ref, one.is_contest


def _ended(one: Objection) -> _Order:
    """Return from when on an objection is over, in the order that counts.

    One that ended with its text is before whatever is raised against the next text, also where
    two servers' clocks date that before the change.
    """
    assert one.lifted_by is not None
    return order_key(one.raised_by if one.how is Lifted.NEW_TEXT else one.lifted_by)
