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
        return CONTEST in self.raised_by.flags


@dataclass(slots=True)
class Fold:
    """What one person shows and holds so far.

    Attributes:
        current: the position that counts below a hold; the objection while one is open.
        hold: the hold that lies over ``current``, expired or not.
        showing: reactions that can still count, by source id, oldest first.
        objections: every objection raised, oldest first; only the last can be open.
        withdrawn: seq of an act -> seq of the act that took it back.
        replaced: seq of an act -> seq of the act that took its place, or masks it.
        first: seq of the first act taken.
    """

    current: Act | None = None
    hold: Act | None = None
    showing: dict[str, Act] = field(default_factory=dict)
    objections: list[Objection] = field(default_factory=list)
    withdrawn: dict[int, int] = field(default_factory=dict)
    replaced: dict[int, int] = field(default_factory=dict)
    first: int = 0
    first_hold: Act | None = None
    reservation: Act | None = None
    seen: dict[str, Act] = field(default_factory=dict)
    gone: dict[str, Act] = field(default_factory=dict)

    @property
    def objection(self) -> Objection | None:
        """The open objection, or None."""
        return self.objections[-1] if self.objections and self.objections[-1].is_open else None

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
        """Take what the chair said about the open objection, if it is that one."""
        objection = self.objection
        if objection is not None and act.target == act_name(objection.raised_by):
            how = BY_CHAIR[Ruling(act.position)]
            self.objections[-1] = Objection(objection.raised_by, act, how)

    def _answer(self, act: Act) -> None:
        if act.door is Door.REACTION:
            self.showing[act.source_id] = act
            if self.objection is not None:
                self.replaced[act.seq] = self.objection.raised_by.seq
                return
        else:
            self._answer_in_writing(act)
        if act.position == Position.OBJECT:
            self.objections.append(Objection(act))
        self._settle(act)

    def _answer_in_writing(self, act: Act) -> None:
        """Lift an open objection, or take it over with the words of a second one."""
        if act.position == Position.OBJECT and self.objection is not None:
            self.objections.pop()
        self._lift(act, Lifted.REPLACED)
        self._forget_shown_objections()
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
        if removed is self.current:
            self._lift(act, Lifted.REMOVED)
            self._fall_back()

    def _withdraw(self, act: Act) -> None:
        """Lift the open objection; if there is none, take back everything."""
        lifted = self.objection is not None
        self._lift(act, Lifted.WITHDRAWN)
        if self.current is not None:
            self.withdrawn[self.current.seq] = act.seq
        if lifted:
            self._forget_shown_objections()
            self._fall_back()
            return
        for taken_back in (*self.showing.values(), *filter(None, [self.hold])):
            self.withdrawn[taken_back.seq] = act.seq
        self.showing.clear()
        self.current = self.hold = self.reservation = None

    def _lift(self, act: Act, how: Lifted) -> None:
        if self.objection is not None:
            self.objections[-1] = Objection(self.objection.raised_by, act, how)

    def _forget_shown_objections(self) -> None:
        """An objection lifted in writing does not come back because its sign still shows."""
        for shown in list(self.showing.values()):
            if shown.position == Position.OBJECT:
                del self.showing[shown.source_id]

    def _fall_back(self) -> None:
        """Let the latest reaction still showing count, so that room and tally agree.

        An objection that still shows masked what came after it, and masks it now.
        """
        shown = [act for act in self.showing.values() if act is not self.first_hold]
        raised = [act for act in shown if self._objects(act)]
        self.current = raised[0] if raised else (shown[-1] if shown else None)
        later = list(self.showing.values())[-1:]
        if self.hold is None and later and later[0] is self.first_hold:
            self.hold = self.first_hold
        for restored in (self.current, self.hold):
            if restored is not None:
                self.replaced.pop(restored.seq, None)
        if raised:
            self.objections.append(Objection(raised[0]))
            masked = (act for act in shown if act is not raised[0])
            self.replaced |= {act.seq: raised[0].seq for act in masked}

    def _objects(self, act: Act) -> bool:
        """Say whether a reaction objects, and the chair has not answered that one."""
        name = act_name(act)
        ruled = (one for one in self.objections if one.how in BY_CHAIR.values())
        return act.position == Position.OBJECT and all(
            act_name(one.raised_by) != name for one in ruled
        )
