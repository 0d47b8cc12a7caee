"""Write a ledger as a table of (person, door, what, target or None) for the domain's tests."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.domain.acts import (
    CHAIR,
    GENESIS,
    REMOVED,
    SELF,
    Act,
    Door,
    Facts,
    InTime,
    Verdict,
    chain,
    judge,
)
from bridge.domain.positions import position_of_key
from bridge.domain.roster import Delegation, Member, Role, RosterSnapshot
from bridge.domain.rulings import act_name
from bridge.ids import Instant, PersonId, UserId

DEADLINE = Instant(100_000)
PEOPLE = ("ada", "ben", "cem", "dia", "eve", "fay", "gil")


def roll(*people: str, delegations: Iterable[tuple[str, str, Role]] = ()) -> RosterSnapshot:
    """A roll of these people (default: seven)."""
    return RosterSnapshot(
        name="pc",
        title="Policy Committee",
        members=tuple(
            Member(PersonId(p), p.title(), (UserId(f"@{p}:hs.test"),)) for p in people or PEOPLE
        ),
        delegations=tuple(Delegation(PersonId(p), o, r) for p, o, r in delegations),
    )


def draft(
    person: str,
    door: Door,
    what: str,
    *,
    at: int = 1,
    source: str | None = None,
    target: str | None = None,
    with_text: bool = False,
    verdict: Verdict = Verdict.ACCEPTED,
    reason: str | None = None,
    flags: tuple[str, ...] = (),
    capacity: str = SELF,
    version: int = 1,
) -> Act:
    """An act that is not chained yet; ``at`` is in seconds."""
    return Act(
        ballot=1,
        received_at=Instant(at * 1000),
        effective_at=Instant(at * 1000),
        claimed_at=None,
        door=door,
        source_id=source or f"{person}-{door}-{what}-{at}",
        person_ref=person,
        capacity=capacity,
        text_version=version,
        position=what,
        target=target,
        with_text=with_text,
        verdict=verdict,
        reason=reason,
        flags=flags,
        personal_hash="0" * 64,
    )


def react(person: str, key: str, *, at: int, on_roll: bool = True, **changes: object) -> Act:
    """A reaction, judged as a handler would judge it."""
    position = position_of_key(key)
    facts = Facts(on_roll=on_roll, in_time=InTime.YES, recognised=position is not None)
    verdict, reason = judge(facts)
    given = {"source": f"${person}{at}", "verdict": verdict, "reason": reason, **changes}
    return draft(person, Door.REACTION, position or "", at=at, **given)  # type: ignore[arg-type]


def unreact(person: str, reacted_at: int, *, at: int, **changes: object) -> Act:
    """The removal of the reaction that the person gave at ``reacted_at``."""
    given = {"source": f"$x{person}{at}", "target": f"${person}{reacted_at}", **changes}
    return draft(person, Door.REACTION, REMOVED, at=at, **given)  # type: ignore[arg-type]


def write(person: str, what: str, *, at: int, door: Door = Door.MAIL, **changes: object) -> Act:
    """A written position."""
    return draft(person, door, what, at=at, **changes)  # type: ignore[arg-type]


def rule_on(kind: str, about: Act | str, *, at: int, **changes: object) -> Act:
    """A chair's act about another act, or with another target."""
    target = about if isinstance(about, str) else act_name(about)
    given = {"source": f"$r{kind}{at}", "target": target, "capacity": CHAIR, **changes}
    return draft("gil", Door.CHAIR, kind, at=at, **given)  # type: ignore[arg-type]


def amend(label: str, version: int, *, at: int) -> Act:
    """The chair's act that made a version of the text."""
    return rule_on("amend", f"{label}/{version}/{'0' * 64}", at=at)


def ledger(*drafts: Act) -> tuple[Act, ...]:
    """Chain the drafts in the order given."""
    acts: list[Act] = []
    for seq, each in enumerate(drafts, start=1):
        acts.append(chain(each, seq=seq, prev_hash=acts[-1].hash if acts else GENESIS))
    return tuple(acts)
