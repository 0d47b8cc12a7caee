"""The ledger's entry: an act, its verdict, its place in the hash chain (spec 2.1 and 2.9).

An act says who did what, through which door, when. Names, addresses and words stand apart;
the act carries only their salted hash, so that erasing a person leaves the chain whole.
Nothing here decides what a person's acts amount to: that is ``standing``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

from bridge.ids import Instant

__all__ = [
    "CHAIR",
    "CONTEST",
    "GENESIS",
    "GRACE",
    "REMOVED",
    "REMOVED_BY_MODERATOR",
    "SELF",
    "UNTIL_PUBLICATION",
    "Act",
    "Door",
    "Facts",
    "InTime",
    "Reason",
    "Verdict",
    "act_hash",
    "canonical_json",
    "chain",
    "distinct",
    "effective_time",
    "is_in_time",
    "judge",
    "order_key",
    "personal_hash",
    "verify_chain",
]

GENESIS: Final = "0" * 64
"""What the first act of a ballot names as its predecessor."""

REMOVED: Final = "removed"
"""The position of an act that takes a reaction back; ``target`` names the reaction."""

SELF: Final = "self"
"""The capacity of somebody who speaks for nobody else."""

CHAIR: Final = "@chair"
"""The capacity of a chair's act, see ``rulings``; no slug of an organisation has an ``@``."""

GRACE: Final = "grace"
"""Flag: given in time, received in the grace or by the first catch-up after the deadline."""

REMOVED_BY_MODERATOR: Final = "removed_by_moderator"
"""Flag: somebody else removed the reaction; the position stays (2.6)."""

CONTEST: Final = "contest"
"""Flag: an objection to the chair's calling a change of the text editorial (2.7)."""

UNTIL_PUBLICATION: Final = "until_publication"
"""Flag: a name taken off a sign-on list after the close and before its publication (2.6)."""


class Door(StrEnum):
    """The way an act came in. Every door but ``reaction`` counts as written (2.3)."""

    REACTION = "reaction"
    CHAT = "chat"
    MAIL = "mail"
    CLI = "cli"
    CHAIR = "chair"


class Verdict(StrEnum):
    """What the ledger says about an act, once and for ever."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SUGGESTION = "suggestion"
    LATE = "late"


class Reason(StrEnum):
    """Why an act was not accepted."""

    GHOST = "ghost"
    NOT_ON_THE_ROLL = "not_on_the_roll"
    REMOVED_BY_MODERATOR = "removed_by_moderator"
    NOT_AN_OPTION = "not_an_option"
    NOT_A_DELEGATE = "not_a_delegate"
    DOOR_CLOSED = "door_closed"
    NOT_OPEN = "not_open"
    AFTER_THE_DEADLINE = "after_the_deadline"
    NOT_AN_ANSWER = "not_an_answer"
    TOO_LITTLE_EVIDENCE = "too_little_evidence"
    OLD_VERSION = "old_version"
    REGISTER_CLOSED = "register_closed"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row of a ballot's ledger; a draft until ``chain`` gives it its place.

    Attributes:
        ballot: the ballot's number.
        seq: place in the chain from 1; 0 in a draft. Never the order that counts.
        received_at: when we stored it (Unix ms).
        effective_at: when it was done, never later than ``received_at`` (Unix ms).
        claimed_at: what the other side's clock said, or None.
        source_id: the Matrix event id or Message-ID; unique within its door.
        person_ref: slug of the roster, or a stranger's pseudonym.
        capacity: ``self`` or the slug of an organisation.
        text_version: the version of the statement it was given for, from 1.
        position: a ``Position`` value, ``removed``, or "" when the key was no option; a
            ``rulings.Ruling`` in a chair's act.
        target: the source id that a removal removes; what a ruling is about; else None.
        with_text: words came with it (they are personal and kept apart).
        reason: why it was not accepted, else None.
        flags: remarks that do not change the verdict: ``grace``, ``removed_by_moderator``,
            ``contest``, ``until_publication``.
        personal_hash: SHA-256 of the salted personal part.
    """

    ballot: int
    received_at: Instant
    effective_at: Instant
    claimed_at: Instant | None
    door: Door
    source_id: str
    person_ref: str
    capacity: str
    text_version: int
    position: str
    target: str | None
    with_text: bool
    verdict: Verdict
    reason: str | None
    flags: tuple[str, ...]
    personal_hash: str
    seq: int = 0
    prev_hash: str = ""
    hash: str = ""


def canonical_json(value: object) -> bytes:
    """Return the one JSON form that is hashed: sorted keys, no white space, UTF-8, no floats.

    Raises:
        ValueError: the value holds a float; it would not survive another JSON library.
    """
    _refuse_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Total on hostile strings too: a lone surrogate gets a hash like any other letter.
    return text.encode("utf-8", "surrogatepass")


def act_hash(act: Act) -> str:
    """Return the SHA-256 (hex) over the canonical JSON of the act without its own hash."""
    row = asdict(act)
    del row["hash"]
    return hashlib.sha256(canonical_json(row)).hexdigest()


def personal_hash(salt: str, personal: object) -> str:
    """Return what the act shows of its personal part: SHA-256(salt + canonical JSON), hex."""
    return hashlib.sha256(salt.encode() + canonical_json(personal)).hexdigest()


def chain(draft: Act, *, seq: int, prev_hash: str) -> Act:
    """Give a draft its place: the next ``seq`` and the hash of the act before (or GENESIS)."""
    placed = replace(draft, seq=seq, prev_hash=prev_hash)
    return replace(placed, hash=act_hash(placed))


def verify_chain(acts: Iterable[Act]) -> int | None:
    """Return the first ``seq`` that is missing, moved or altered, or None for a whole chain.

    A chain cut at its end is whole too; only the published head tells.
    """
    head = GENESIS
    for seq, act in enumerate(sorted(acts, key=lambda act: act.seq), start=1):
        if (act.seq, act.prev_hash, act.hash) != (seq, head, act_hash(act)):
            return seq
        head = act.hash
    return None


def order_key(act: Act) -> tuple[Instant, bool, str, str]:
    """Return the order that counts: when it was done, then the source id (then the door).

    What the chair did in the same millisecond comes after what people did: it is about that.
    """
    return (act.effective_at, act.capacity == CHAIR, act.source_id, act.door)


def distinct(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Return the acts in the order that counts, each (door, source id) once, the first kept.

    The store's unique key does the same; a second delivery is no act (V14).
    """
    first: dict[tuple[str, str], Act] = {}
    for act in sorted(acts, key=lambda act: act.seq):
        first.setdefault((act.door, act.source_id), act)
    return tuple(sorted(first.values(), key=order_key))


def effective_time(claimed: Instant | None, received: Instant) -> Instant:
    """Return when it was done: the claimed time, cut to the received one if in the future."""
    return received if claimed is None else min(claimed, received)


class InTime(StrEnum):
    """Whether an act met the deadline: yes, by the grace (flagged), or no."""

    YES = "yes"
    GRACE = "grace"
    LATE = "late"


def is_in_time(
    effective: Instant,
    received: Instant,
    *,
    deadline: Instant,
    grace: int,
    caught_up_at: Instant | None = None,
) -> InTime:
    """Say whether an act met the deadline (2.9, V11).

    Args:
        effective: when it was done (Unix ms).
        received: when we stored it (Unix ms).
        deadline: the closing instant (Unix ms); done at that very instant is in time.
        grace: seconds an act may travel after the deadline.
        caught_up_at: end of the first complete catch-up, if we were behind at the deadline.
    """
    if effective > deadline:
        return InTime.LATE
    if received <= deadline:
        return InTime.YES
    if received <= deadline + grace * 1000 or received <= (caught_up_at or 0):
        return InTime.GRACE
    return InTime.LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about an answer when it is judged.

    Attributes:
        on_roll: the person stands in the ballot's roster snapshot.
        ghost: a user that a bridge owns (ours always; others' unless linked by hand).
        by_moderator: a removal by somebody other than the one who reacted.
        recognised: the key or word is an option (or it is a removal of one).
        delegate: may speak in the capacity named; always true for ``self``.
        door_open: the rule admits this door.
        ballot_open: the ballot has opened, and is not withdrawn or superseded.
        in_time: the answer of ``is_in_time``.
        this_version: given on the current version's card, not on an older one's.
        register_open: what comes after the close is still written into the late register.
        direct: said to the ballot itself, as a keyword or reaction; else it is only a hint.
        evidence_enough: authorship is proven as well as the rule asks.
    """

    on_roll: bool
    in_time: InTime
    recognised: bool = True
    ghost: bool = False
    by_moderator: bool = False
    delegate: bool = True
    door_open: bool = True
    ballot_open: bool = True
    this_version: bool = True
    register_open: bool = True
    direct: bool = True
    evidence_enough: bool = True


_Check = tuple[Callable[[Facts], bool], Verdict, Reason]

CHECKS: Final[tuple[_Check, ...]] = (
    (lambda f: f.ghost, Verdict.REJECTED, Reason.GHOST),
    (lambda f: not f.on_roll, Verdict.REJECTED, Reason.NOT_ON_THE_ROLL),
    (lambda f: f.by_moderator, Verdict.REJECTED, Reason.REMOVED_BY_MODERATOR),
    (lambda f: not f.recognised, Verdict.REJECTED, Reason.NOT_AN_OPTION),
    (lambda f: not f.delegate, Verdict.REJECTED, Reason.NOT_A_DELEGATE),
    (lambda f: not f.door_open, Verdict.REJECTED, Reason.DOOR_CLOSED),
    (lambda f: not f.ballot_open, Verdict.REJECTED, Reason.NOT_OPEN),
    (lambda f: not f.this_version, Verdict.REJECTED, Reason.OLD_VERSION),
    (
        lambda f: f.in_time is InTime.LATE and not f.register_open,
        Verdict.REJECTED,
        Reason.REGISTER_CLOSED,
    ),
    (lambda f: f.in_time is InTime.LATE, Verdict.LATE, Reason.AFTER_THE_DEADLINE),
    (lambda f: not f.direct, Verdict.SUGGESTION, Reason.NOT_AN_ANSWER),
    (lambda f: not f.evidence_enough, Verdict.SUGGESTION, Reason.TOO_LITTLE_EVIDENCE),
)
"""Checked in this order; the first that holds is the verdict."""


def judge(facts: Facts) -> tuple[Verdict, Reason | None]:
    """Return the verdict and why, or (accepted, None)."""
    for holds, verdict, reason in CHECKS:
        if holds(facts):
            return verdict, reason
    return Verdict.ACCEPTED, None


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError(  # noqa: TRY004 - a float is a wrong value here, as in json itself
            f"{value!r} is a float; hashed JSON has integers and strings only"
        )
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            _refuse_floats(part)
