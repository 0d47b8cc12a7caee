"""The ballot whose notices and digests are golden, and what our mails to a list must keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ballot_samples
from ballot_samples import CLOSES, OPENED
from domain.ledgers import PEOPLE, ledger

from bridge.domain.acts import CHAIR, REMOVED, Door, Verdict
from bridge.domain.ballots import Ballot
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.domain.tally import Tally, tally
from bridge.ids import Instant
from bridge.mail.compose import ListMail, compose

GOLDEN = Path(__file__).parent.parent / "golden"
HOUR = 3_600_000
AT = Instant(CLOSES - 45 * HOUR)
"""Sat 1 Nov 2025 11:00 UTC."""
SILENCE = Rule(mode="silence")
ZONES = ("Africa/Tunis", "Asia/Tokyo", "America/Sao_Paulo")
ROLL = RosterSnapshot(
    name="pc",
    title="Policy Committee",
    members=tuple(
        Member(name, f"{name.title()} Example", (f"@{name}:hs.test",), zone)
        for name, zone in zip(PEOPLE, (*ZONES, None, None, None, None), strict=True)
    ),
)


def ballot(**changes: Any) -> Ballot:
    """Return the ballot, 45 hours before its close."""
    return ballot_samples.ballot(42, **{"roster": ROLL, "title": "Open consultations"} | changes)


def act(person: str, position: str, hours: float, **changes: Any) -> Any:
    """Return an act so many hours after the opening; with words it came by chat."""
    door = Door.CHAT if changes.get("with_text") else Door.REACTION
    at = Instant(OPENED + round(hours * HOUR))
    given = {"ballot": 42, "door": door, "source_id": f"${person}{hours}"} | changes
    return ballot_samples.act(person, position, at, **given)


def ruled(kind: str, target: str, hours: float) -> Any:
    """Return a chair's act so many hours after the opening."""
    given = {"target": target, "with_text": True, "door": Door.CHAIR}
    return act("gil", kind, hours, **given, capacity=CHAIR)


BEFORE = (
    act("ada", "endorse", 1),
    act("ben", "no_objection", 2),
    act("cem", "object", 3),
    act("gil", "abstain", 4),
)
SINCE = (
    act("dia", "object", 30, with_text=True),
    act("cem", REMOVED, 31, target="$cem3"),
    act("ben", "reserve", 32, with_text=True),
    act("eve", "endorse", 33),
    act("fay", "endorse", 34),
    act("gil", REMOVED, 35, target="$gil4"),
    act("?zoe", "endorse", 36, verdict=Verdict.REJECTED, reason="not_on_the_roll"),
    act("cem", "recuse", 37, with_text=False, door=Door.CHAT),
)
LATE = (
    act("gil", "endorse", 97, verdict=Verdict.LATE, reason="after_the_deadline"),
    act("eve", "object", 120, verdict=Verdict.LATE, reason="after_the_deadline", with_text=True),
)
ALL = (*BEFORE, *SINCE)
SAID = {
    5: "Paragraph 5 names one group of stakeholders only; everybody who is concerned should be "
    "named.\n\nI would withdraw this for: all stakeholders.",
    7: "Fine with me, but I would have liked more about maintenance.",
}


def counted(drafts: Any, *, upto: int | None = None, **how: Any) -> Tally:
    """Count what was answered; ``upto`` acts of it, if only a part was known."""
    given = {"roster": ROLL, "rule": SILENCE, "proposer": "ada", "at": AT} | how
    return tally(ledger(*drafts)[:upto], **given)


def long_roll(number: int = 200) -> RosterSnapshot:
    """Return a roll of so many people with long names."""
    return replace(
        ROLL,
        members=tuple(
            Member(f"p{n}", f"Professor Doctor Person {n} of a Very Long Name Ü", (f"@p{n}:hs",))
            for n in range(number)
        ),
    )


def mail(parts: tuple[str, str]) -> str:
    return f"Subject: {parts[0]}\n\n{parts[1]}"


def is_narrow(text: str) -> bool:
    """Say whether no line of a body is wider than 72 columns, an address alone excepted."""
    body = text.partition("\n\n")[2]
    return all(len(one) <= 72 or re.fullmatch(r" *https://\S+", one) for one in body.split("\n"))


def posted(subject: str, body: str) -> bytes:
    """Make the mail that the list would get; refuses what no mail can hold."""
    written = ListMail(
        message_id="notice@example.org",
        in_reply_to=None,
        references=(),
        from_name="PC ballots",
        from_address="seconded@example.org",
        to="pc@lists.example.org",
        reply_to=None,
        subject=subject,
        body=body,
        date=AT,
        instance="0",
    )
    return compose(written)


def write_golden(texts: Mapping[str, Callable[[], str]]) -> None:
    """Write the golden files anew; read the difference."""
    for name, text_of in texts.items():
        (GOLDEN / name).write_text(text_of(), encoding="utf-8")
