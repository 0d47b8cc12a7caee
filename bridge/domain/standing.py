"""From acts to the one position each person holds, and to what became of each act (spec 2.6).

The rules, in the order in which they matter:

1. The latest accepted act wins, across doors, in the order of ``acts.order_key``.
2. An open objection masks later taps. It is lifted by removing the very reaction that lodged
   it, by a written new position of the same person, or by a written WITHDRAW. One to the text
   and a contest of its change's label stand side by side: WITHDRAW lifts the later of them.
3. Removing the reaction that counts falls back to the latest reaction still showing; if none
   is left there is no position, never a silent return to an older mail.
4. A hold lies over the position below it until it expires; each person has one.
5. Only the person who reacted takes a reaction back: a moderator's removal is a remark.
6. What the chair voided was never cast; what the chair addressed, overruled or set aside is no
   open objection any more, though its objector is counted as objecting (2.5).
7. A substantive change of the text begins an epoch: positions given before are not confirmed,
   and an unconfirmed position is none (2.7).

Nobody is asked, told or counted here; ``notes`` say what somebody should be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bridge.domain.acts import (
    CHAIR,
    GRACE,
    REMOVED,
    REMOVED_BY_MODERATOR,
    SELF,
    UNTIL_PUBLICATION,
    Act,
    Verdict,
    distinct,
    order_key,
)
from bridge.domain.epochs import Epoch, epochs_of, latest_version
from bridge.domain.fold import Fold, Lifted, Objection
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.rulings import LIFTING, act_name, after_voids, is_ruling, rulings
from bridge.ids import Instant

__all__ = ["Fate", "Fated", "Lifted", "Note", "Objection", "Standing", "fates", "standings"]


class Note(StrEnum):
    """What a person should be told about their position, or a reader of the result."""

    GRACE = "grace"
    REMOVED_BY_MODERATOR = "removed_by_moderator"
    WITHDRAWN_LATER = "withdrawn_later"
    OBJECTION_MASKS_A_TAP = "objection_masks_a_tap"
    OBJECTION_WITHDRAWN = "objection_withdrawn"
    OBJECTION_WITHDRAWN_IN_WRITING = "objection_withdrawn_in_writing"
    SHOWS_SEVERAL = "shows_several"
    WORDS_MISSING = "words_missing"
    NO_POSITION_LEFT = "no_position_left"
    HOLD_EXPIRED = "hold_expired"
    HOLD_USED = "hold_used"
    UNCONFIRMED = "unconfirmed"
    EARLIER_VERSION = "earlier_version"


@dataclass(frozen=True, slots=True)
class Standing:
    """The one position a person holds at an instant.

    Attributes:
        position: None when the person is silent (or took everything back).
        act: the act that gives the position, or None.
        words: the act whose words belong to it (a reservation's text, a reason), or None.
        hold_until: when the hold over the position expires (Unix ms), None without one.
        objections: all this person ever raised, oldest first.
        notes: in the order of ``Note``.
        unconfirmed: the act of an earlier text's position that waits to be confirmed, or None.
    """

    person_ref: str
    position: Position | None
    act: Act | None = None
    words: Act | None = None
    hold_until: Instant | None = None
    objections: tuple[Objection, ...] = ()
    notes: tuple[Note, ...] = ()
    unconfirmed: Act | None = None

    @property
    def text_given(self) -> bool:
        """Whether words stand beside the position."""
        return self.words is not None

    @property
    def objection_open(self) -> bool:
        """Whether an objection stands in the way; a hold never hides it."""
        return any(objection.is_open for objection in self.objections)


class Fate(StrEnum):
    """What became of an act; each act of the ledger has exactly one fate (2.11, 7)."""

    STANDING = "standing"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    LATE = "late"
    SUGGESTION = "suggestion"
    UNCONFIRMED = "unconfirmed"
    RULING = "ruling"


@dataclass(frozen=True, slots=True)
class Fated:
    """An act's fate and, for replaced and withdrawn acts, the seq of the act that did it.

    The acts that withdraw are withdrawn themselves, as is a hold that expired: ``by`` is None.
    """

    fate: Fate
    by: int | None = None


def standings(
    acts: Iterable[Act], rule: Rule, at: Instant, *, capacity: str = SELF
) -> Mapping[str, Standing]:
    """Return the position of everybody who ever had an act accepted in that capacity.

    Args:
        acts: a ballot's ledger, in any order; repeated deliveries are passed over.
        rule: for how long a hold lies.
        at: acts done later do not count, holds that expired by then are over (Unix ms).
        capacity: ``self``, or the slug of an organisation.
    """
    every = after_voids(distinct(acts))
    known = [act for act in every if act.capacity == capacity]
    layers = _layers(every, known, at)
    # The acts that a note may be read from: a person's own, and removals by a moderator.
    remarks: dict[str, list[Act]] = {person: [] for layer in layers for person in layer.folds}
    everybody = [act for act in known if REMOVED_BY_MODERATOR in act.flags]
    for act in known:
        remarks.get(act.person_ref, []).append(act)
    version = latest_version(every)
    found = {}
    for person, own in remarks.items():
        standing = _over_all(person, layers, (*own, *everybody), rule, at)
        found[person] = _with_version(standing, version)
    return found


def fates(acts: Iterable[Act], rule: Rule, at: Instant) -> Mapping[int, Fated]:
    """Return what became of each act of the ledger, by its seq."""
    known = after_voids(distinct(acts))
    found = {
        act.seq: Fated(Fate.RULING if is_ruling(act) else _FATES[_verdict(act, at)])
        for act in known
    }
    for capacity in {act.capacity for act in known} - {CHAIR}:
        mine = [act for act in known if act.capacity == capacity]
        later: dict[str, int] = {}
        for layer in reversed(_layers(known, mine, at)):
            for person, fold in layer.folds.items():
                became = _fates_of(fold, rule, at)
                found |= became if layer.ended_by is None else _past(became, later.get(person))
                later[person] = fold.first
    return found


_FATES: Final[Mapping[Verdict, Fate]] = {
    # Acts that nobody replaced, withdrew or holds now: removals, WITHDRAW, holds that expired.
    Verdict.ACCEPTED: Fate.WITHDRAWN,
    Verdict.REJECTED: Fate.REJECTED,
    Verdict.SUGGESTION: Fate.SUGGESTION,
    Verdict.LATE: Fate.LATE,
}


def _verdict(act: Act, at: Instant) -> Verdict:
    """Return the verdict as it bears on counting: a moderator removes nothing."""
    if act.verdict is Verdict.ACCEPTED and act.effective_at > at:
        return Verdict.ACCEPTED if UNTIL_PUBLICATION in act.flags else Verdict.LATE
    if act.position == REMOVED and REMOVED_BY_MODERATOR in act.flags:
        return Verdict.REJECTED
    return act.verdict


@dataclass(frozen=True, slots=True)
class _Layer:
    """What people hold by the acts of one epoch of the text.

    Attributes:
        ended_by: the act that made the next epoch, None in the last one.
    """

    folds: Mapping[str, Fold]
    ended_by: Act | None

    def closed(self, person: str) -> Iterator[Objection]:
        """Yield a person's objections; one that was open ended with the text."""
        for one in self.folds[person].objections if person in self.folds else ():
            is_over = not one.is_open or self.ended_by is None
            yield one if is_over else Objection(one.raised_by, self.ended_by, Lifted.NEW_TEXT)


def _layers(every: Sequence[Act], known: Sequence[Act], at: Instant) -> list[_Layer]:
    """Return the folds of each epoch, the oldest epoch first."""
    ruled = [act for act in rulings(every) if act.position in LIFTING]
    return [_Layer(_folds(epoch, ruled, at), epoch.ended_by) for epoch in epochs_of(every, known)]


def _folds(epoch: Epoch, ruled: Iterable[Act], at: Instant) -> dict[str, Fold]:
    folds: dict[str, Fold] = {}
    owner = {act_name(act): act.person_ref for act in epoch.acts}
    for act in sorted((*epoch.acts, *ruled), key=order_key):
        if is_ruling(act):
            about = folds.get(owner.get(act.target or "", ""))
            if about is not None:
                about.rule(act)
        elif _verdict(act, at) is Verdict.ACCEPTED:
            folds.setdefault(act.person_ref, Fold()).take(act)
    return folds


def _over_all(
    person: str, layers: Sequence[_Layer], acts: tuple[Act, ...], rule: Rule, at: Instant
) -> Standing:
    """Return what a person holds now: the last epoch's standing, and what earlier ones left."""
    *earlier, last = layers
    standing = _standing(person, last.folds.get(person, Fold()), acts, rule, at)
    closed = tuple(objection for layer in earlier for objection in layer.closed(person))
    standing = replace(standing, objections=(*closed, *standing.objections))
    if person in last.folds:
        return standing
    before = (
        _standing(person, layer.folds[person], acts, rule, at).act
        for layer in reversed(earlier)
        if person in layer.folds
    )
    unconfirmed = next(before, None)
    notes = standing.notes if unconfirmed is None else (Note.UNCONFIRMED,)
    return replace(standing, unconfirmed=unconfirmed, notes=notes)


def _with_version(standing: Standing, version: int) -> Standing:
    """Mark a position that was given before an editorial change."""
    if standing.act is None or standing.act.text_version >= version:
        return standing
    return replace(standing, notes=(*standing.notes, Note.EARLIER_VERSION))


def _past(became: Mapping[int, Fated], by: int | None) -> dict[int, Fated]:
    """Return fates of an earlier epoch: what stood there was given anew, or waits for that."""
    left = Fated(Fate.UNCONFIRMED) if by is None else Fated(Fate.REPLACED, by)
    return {seq: left if one.fate is Fate.STANDING else one for seq, one in became.items()}


def _hold_until(fold: Fold, rule: Rule) -> Instant | None:
    """Return when the hold is over: by our clock, as the sender's may be days behind."""
    return None if fold.hold is None else Instant(fold.hold.received_at + rule.hold * 1000)


def _counting(fold: Fold, rule: Rule, at: Instant) -> Act | None:
    """Return the act that gives the position: an open objection, a live hold, the rest."""
    until = _hold_until(fold, rule)
    live = until is not None and at < until
    return fold.hold if live and fold.objection is None else fold.current


def _standing(person: str, fold: Fold, acts: tuple[Act, ...], rule: Rule, at: Instant) -> Standing:
    act = _counting(fold, rule, at)
    words = fold.words if act is fold.current else act
    standing = Standing(
        person_ref=person,
        position=None if act is None else Position(act.position),
        act=act,
        words=words if words is not None and words.with_text else None,
        hold_until=_hold_until(fold, rule),
        objections=fold.objections,
    )
    scene = _Scene(standing, fold, acts, at)
    return replace(standing, notes=tuple(note for note, holds in _NOTES.items() if holds(scene)))


def _fates_of(fold: Fold, rule: Rule, at: Instant) -> dict[int, Fated]:
    act = _counting(fold, rule, at)
    found = {seq: Fated(Fate.REPLACED, by) for seq, by in fold.replaced.items()}
    if act is not None:
        for below in (fold.current, fold.hold):
            until = _hold_until(fold, rule)
            expired = below is fold.hold and (until is None or until <= at)
            if below is not None and not expired:
                found[below.seq] = Fated(Fate.REPLACED, act.seq)
    found |= {seq: Fated(Fate.WITHDRAWN, by) for seq, by in fold.withdrawn.items()}
    return found if act is None else found | {act.seq: Fated(Fate.STANDING)}


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the notes about one person are read from."""

    standing: Standing
    fold: Fold
    acts: tuple[Act, ...]
    at: Instant

    @property
    def act(self) -> Act | None:
        return self.standing.act

    def is_removed_by(self, is_such: Callable[[Act], bool]) -> bool:
        """Say whether such a removal names the reaction that counts."""
        return self.act is not None and any(
            act.position == REMOVED and act.target == self.act.source_id and is_such(act)
            for act in self.acts
        )

    def is_withdrawn_later(self) -> bool:
        return self.is_removed_by(self._is_late) or any(
            act.position == Position.WITHDRAW and self._is_late(act)
            for act in self.acts
            if self.act is not None and act.person_ref == self.standing.person_ref
        )

    def masks_a_tap(self) -> bool:
        opens = {act.seq: act.effective_at for act in self.fold.opens.values()}
        by = self.fold.replaced
        return any(
            shown.effective_at >= opens[by[shown.seq]]
            for shown in self.fold.showing.values()
            if shown.position != Position.OBJECT and by.get(shown.seq) in opens
        )

    def lifted(self, *ways: Lifted) -> bool:
        objections = self.fold.objections
        return bool(objections) and objections[-1].how in ways

    def has_expired_hold(self) -> bool:
        until = self.standing.hold_until
        return until is not None and until <= self.at

    def has_used_its_hold(self) -> bool:
        """Say whether more time was asked for again, which is given once (2.3)."""
        first = self.fold.first_hold
        return first is not None and first.seq in self.fold.replaced.values()

    def _is_late(self, act: Act) -> bool:
        return _verdict(act, self.at) is Verdict.LATE


_WORDS_ASKED: Final = frozenset({Position.RESERVE, Position.OBJECT})
_NOTES: Final[Mapping[Note, Callable[[_Scene], bool]]] = {
    Note.GRACE: lambda s: s.act is not None and GRACE in s.act.flags,
    # Seen as it happened, or found by a sweep in a reaction first read after its removal.
    Note.REMOVED_BY_MODERATOR: lambda s: (
        s.is_removed_by(lambda act: REMOVED_BY_MODERATOR in act.flags)
        or (s.act is not None and REMOVED_BY_MODERATOR in s.act.flags)
    ),
    Note.WITHDRAWN_LATER: _Scene.is_withdrawn_later,
    Note.OBJECTION_MASKS_A_TAP: _Scene.masks_a_tap,
    Note.OBJECTION_WITHDRAWN: lambda s: s.lifted(Lifted.REMOVED),
    Note.OBJECTION_WITHDRAWN_IN_WRITING: lambda s: s.lifted(Lifted.REPLACED, Lifted.WITHDRAWN),
    Note.SHOWS_SEVERAL: lambda s: len(s.fold.showing) > 1,
    Note.WORDS_MISSING: lambda s: s.standing.position in _WORDS_ASKED and not s.standing.text_given,
    Note.NO_POSITION_LEFT: lambda s: s.act is None,
    Note.HOLD_EXPIRED: _Scene.has_expired_hold,
    Note.HOLD_USED: _Scene.has_used_its_hold,
}
