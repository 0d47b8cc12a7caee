"""One person's acts, one after the other: what shows, what counts, what was lifted.

This is the mutable half of ``standing``: a ``Fold`` lives for one call and takes the accepted
acts of one person in one capacity, and the chair's about them, in the order that counts. It
knows no clock; whether a hold has expired is asked afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bridge.domain.acts import CONTEST, REMOVED, Act, Door
from bridge.domain.positions import Position
from bridge.domain.rulings import Ruling, act_name


class Lifted(StrEnum):
    """How an objection ended: by an act of the objector, or by the chair's (2.5, resolving)."""

    REMOVED = "removed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    ADDRESSED = "addressed"
    OVERRULED = "overruled"
    SET_ASIDE = "set_aside"
    NEW_TEXT = "new_text"


BY_CHAIR: Final = MappingProxyType(
    {
        Ruling.ADDRESS: Lifted.ADDRESSED,
        Ruling.OVERRULE: Lifted.OVERRULED,
        Ruling.SET_ASIDE: Lifted.SET_ASIDE,
    }
)
"""How the chair's rulings end an objection; the objector is counted as objecting all the same."""

_RULED: Final = frozenset(BY_CHAIR.values())


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection once raised, open until ``lifted_by`` names the act that lifted it."""

    raised_by: Act
    lifted_by: Act | None = None
    how: Lifted | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still stands in the way."""
        return self.lifted_by is None

    @property
    def is_contest(self) -> bool:
        """Whether it is to calling a change of the text editorial (2.7)."""
        return is_contest(self.raised_by)


def is_contest(act: Act) -> bool:
    """Say whether an objection is to calling a change of the text editorial (2.7)."""
    return CONTEST in act.flags


@dataclass(slots=True)
class Fold:
    """What one person shows and holds so far.

    Attributes:
        current: the position that counts below a hold; the latest objection while one is open.
        hold: the hold that lies over ``current``, expired or not.
        showing: reactions that can still count, by source id, oldest first.
        raised: every objection raised, oldest first, by the seq of the act that raised it.
        opens: what raised those that are open, the latest last, by whether they are contests: one
            to the text and one to the label of its change stand side by side.
        withdrawn: seq of an act -> seq of the act that took it back.
        replaced: seq of an act -> seq of the act that took its place, or masks it.
        first: seq of the first act taken.
    """

    current: Act | None = None
    hold: Act | None = None
    showing: dict[str, Act] = field(default_factory=dict)
    raised: dict[int, Objection] = field(default_factory=dict)
    opens: dict[bool, Act] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)
    replaced: dict[int, int] = field(default_factory=dict)
    first: int = 0
    first_hold: Act | None = None
    reservation: Act | None = None
    seen: dict[str, Act] = field(default_factory=dict)
    gone: dict[str, Act] = field(default_factory=dict)

    @property
    def objections(self) -> tuple[Objection, ...]:
        """Every objection raised, oldest first."""
        return tuple(self.raised.values())

    @property
    def objection(self) -> Act | None:
        """What raised the latest objection that is open, or None."""
        return next(reversed(self.opens.values()), None)

    @property
    def words(self) -> Act | None:
        """The act whose words belong to ``current``: its own, or an earlier reservation's."""
        if self.current is None or self.current.with_text:
            return self.current
        return self.reservation if self.current.position == Position.RESERVE else None

    def take(self, act: Act) -> None:
        """Take the next act."""
        self.first = self.first or act.seq
        if act.position == REMOVED:
            self._remove(act)
            return
        if act.position == Position.WITHDRAW:
            self._withdraw(act)
            return
        if act.door is Door.REACTION:
            if act.source_id in self.gone:
                # Two servers' clocks may date a removal before what it removes.
                self.withdrawn[act.seq] = self.gone[act.source_id].seq
                return
            self.seen[act.source_id] = act
        if act.position == Position.HOLD:
            self._lay_over(act)
        else:
            self._answer(act)

    def rule(self, act: Act) -> None:
        """Take what the chair said about an objection, if that one is open."""
        for raised in tuple(self.opens.values()):
            if act.target == act_name(raised):
                self._lift(raised, act, BY_CHAIR[Ruling(act.position)])

    def _answer(self, act: Act) -> None:
        if act.door is Door.REACTION:
            self.showing[act.source_id] = act
            if self.objection is not None and not self._is_another_objection(act):
                self.replaced[act.seq] = self.objection.seq
                return
        else:
            self._answer_in_writing(act)
        if act.position == Position.OBJECT:
            self._raise(act)
        self._settle(act)

    def _is_another_objection(self, act: Act) -> bool:
        return act.position == Position.OBJECT and is_contest(act) not in self.opens

    def _answer_in_writing(self, act: Act) -> None:
        """Lift what is open, or take an objection over with the words of another to the same.

        Any other answer is to the text as it is now, label and all.
        """
        if act.position == Position.OBJECT:
            before = self.opens.pop(is_contest(act), None)
            if before is not None:
                del self.raised[before.seq]
            self._forget_shown_objections(is_contest(act))
        else:
            for raised in tuple(self.opens.values()):
                self._lift(raised, act, Lifted.REPLACED)
            self._forget_shown_objections(False, True)
        if act.position != Position.RESERVE or act.with_text:
            self.reservation = act if act.position == Position.RESERVE else None

    def _settle(self, act: Act) -> None:
        """Let the act count from now on; it ends a hold."""
        for earlier in (self.current, self.hold):
            if earlier is not None:
                self.replaced[earlier.seq] = act.seq
        self.current, self.hold = act, None

    def _lay_over(self, act: Act) -> None:
        if self.first_hold is not None:
            self.replaced[act.seq] = self.first_hold.seq
            return
        self.first_hold = self.hold = act
        if act.door is Door.REACTION:
            self.showing[act.source_id] = act

    def _remove(self, act: Act) -> None:
        target = act.target or ""
        if target not in self.seen:
            self.gone[target] = act
            return
        removed = self.seen[target]
        self.showing.pop(target, None)
        self.withdrawn.setdefault(removed.seq, act.seq)
        if removed is self.hold:
            self.hold = None
        lifts = self.opens.get(is_contest(removed)) is removed
        if lifts:
            self._lift(removed, act, Lifted.REMOVED)
        if lifts or removed is self.current:
            self._fall_back()

    def _withdraw(self, act: Act) -> None:
        """Lift the latest objection that is open; if there is none, take back everything.

        Whoever has two open takes back what counts now, and nothing else that was not named; a
        second WITHDRAW lifts the other.
        """
        lifted = self.objection
        if self.current is not None:
            self.withdrawn[self.current.seq] = act.seq
        if lifted is not None:
            self.withdrawn[lifted.seq] = act.seq
            self._lift(lifted, act, Lifted.WITHDRAWN)
            self._forget_shown_objections(is_contest(lifted))
            self._fall_back()
            return
        for taken_back in (*self.showing.values(), *filter(None, [self.hold])):
            self.withdrawn[taken_back.seq] = act.seq
        self.showing.clear()
        self.current = self.hold = self.reservation = None

    def _raise(self, act: Act) -> None:
        self.raised[act.seq] = Objection(act)
        self.opens[is_contest(act)] = act

    def _lift(self, raised: Act, act: Act, how: Lifted) -> None:
        del self.opens[is_contest(raised)]
        self.raised[raised.seq] = Objection(raised, act, how)

    def _forget_shown_objections(self, *contests: bool) -> None:
        """An objection lifted in writing does not come back because its sign still shows."""
        for shown in list(self.showing.values()):
            if shown.position == Position.OBJECT and is_contest(shown) in contests:
                del self.showing[shown.source_id]

    def _fall_back(self) -> None:
        """Let the latest reaction still showing count, so that room and tally agree.

        An objection that still shows masked what came after it, and masks it now; so does one
        that is open beside the one that was lifted.
        """
        shown = [act for act in self.showing.values() if act is not self.first_hold]
        ruled = {act_name(one.raised_by) for one in self.objections if one.how in _RULED}
        raised = (
            act for act in shown if self._is_another_objection(act) and act_name(act) not in ruled
        )
        first = next(raised, None)
        if first is not None:
            self._raise(first)
        self.current = self.objection or (shown[-1] if shown else None)
        later = list(self.showing.values())[-1:]
        if self.hold is None and later and later[0] is self.first_hold:
            self.hold = self.first_hold
        if self.objection is not None:
            self.replaced |= {act.seq: self.objection.seq for act in shown}
        for restored in (self.current, self.hold):
            if restored is not None:
                self.replaced.pop(restored.seq, None)
