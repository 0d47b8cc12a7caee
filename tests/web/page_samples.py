"""Ballots as people will see them: every rule, every state, long words, a long log."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ballot_samples import CLOSES, OPENED, ballot
from domain.ledgers import draft, rule_on
from histories import record_of

from bridge.domain.acts import GRACE, Act, Door, Verdict
from bridge.domain.ballots import Ballot, Ending, State, statement_text
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.export import Record
from bridge.ids import BallotId, Instant, PersonId, UserId
from bridge.store.ballots import Personal
from bridge.web.pages_folder import write_page

NAMES = (
    *("Amina Diallo", "Béla Horváth-Szentgyörgyi", "Chidi Okonkwo", "Dagny Lindqvist"),
    *("Esperanza de la Cruz y Villanueva", "Farid Karimi", "Gudrun Þórsdóttir", "Hana 花子 Sato"),
    *("Ibrahim Yıldız", "Joséphine Mbarga", "Karl-Heinz Vogelsang", "ليلى حداد", "Mateus Lima"),
)
TEXT = """\
Open consultations on connectivity

1. Consultations must be announced thirty days ahead, in the six languages of the organisation.
2. Every written answer must be published, with the reason where one is not followed.
3. Remote participation must be free of charge.

https://statements.example.org/a/very/long/address/that/no/phone/can/show/in/one/line/at/all/2025
"""
WORDS = {
    "reserve": "We endorse, but point 3 should name who pays. Our board meets on Thursday only.",
    "object": "Point 1 leaves out sign languages. With them in it, we would be glad to endorse.",
}
RULES = {
    "silence": Rule(mode="silence"),
    "threshold": Rule(mode="threshold", quorum=Fraction(1, 2), threshold=Fraction(2, 3)),
    "rough": Rule(mode="rough"),
    "signon": Rule(mode="signon"),
    "sense": Rule(mode="sense", hold=0),
}
ENDING = Ending(
    at=Instant(CLOSES - 86_400_000),
    was=State.OPEN,
    by=PersonId("m03"),
    reason="Point 1 was taken from an old draft; ask dagny@example.org.",
)
OVER = {"state": State.ANNOUNCED, "closed_at": CLOSES}


def slug(number: int) -> str:
    return f"m{number:02}"


def roll() -> RosterSnapshot:
    members = (
        Member(PersonId(slug(n)), name, (UserId(f"@{slug(n)}:hs.test"),))
        for n, name in enumerate(NAMES)
    )
    return RosterSnapshot("pc", "Policy Committee", tuple(members))


def said(number: int, what: str, minutes: int, **changes: object) -> Act:
    """What a member does some minutes after the opening."""
    given = {"at": OPENED // 1000 + 60 * minutes, "source": f"${number}-{what}-{minutes}"}
    given["with_text"] = what in WORDS
    return draft(slug(number), Door.REACTION, what, **(given | changes))  # type: ignore[arg-type]


def recorded(number: int, rule: Rule, acts: list[Act], **changes: object) -> Record:
    made: Ballot = ballot(
        number,
        title="Open consultations on connectivity: a joint statement of the committee",
        text=statement_text(TEXT),
        roster=roll(),
        rule=rule,
        chair=PersonId(slug(3)),
        proposer=PersonId(slug(0)),
        **changes,
    )
    record = record_of(made, acts)
    words = {
        act.seq: Personal("s", {"words": WORDS.get(act.position, "") if act.with_text else ""})
        for act in record.acts
    }
    return replace(record, personal=words)


def answers(rule: Rule) -> list[Act]:
    """Some answers that the rule offers."""
    if rule.mode == "signon":
        return [said(n, "endorse", 30 * n * n) for n in range(1, 8)]
    offered = ("endorse", "reserve", "no_objection", "abstain", "endorse", "recuse", "endorse")
    return [said(n, what, 45 * n * n) for n, what in enumerate(offered)]


def ruled(about: Act, kind: str, minutes: int) -> Act:
    return rule_on(kind, about, at=OPENED // 1000 + 60 * minutes)


def everything() -> list[Act]:
    """Objections of each fate, a reservation, what came in the grace, and what came too late."""
    withdrawn, answered = said(7, "object", 300), said(8, "object", 400)
    late = CLOSES // 1000 + 7200
    return [
        *answers(RULES["rough"]),
        withdrawn,
        said(7, "removed", 500, target=withdrawn.source_id),
        answered,
        ruled(answered, "address", 700),
        said(9, "object", 2000),
        said(10, "endorse", 0, at=CLOSES // 1000 - 60, flags=(GRACE,)),
        rule_on("declare", "consensus", at=CLOSES // 1000 + 90),
        said(11, "endorse", 0, at=late, verdict=Verdict.LATE),
        said(12, "object", 0, at=late + 900, verdict=Verdict.LATE),
        draft("?x", Door.REACTION, "endorse", at=late, verdict=Verdict.REJECTED),
    ]


def samples() -> dict[str, Record]:
    """Ballots by what they are, numbered in this order from 1."""
    made: dict[str, Record] = {}

    def add(name: str, mode: str, acts: list[Act], **changes: object) -> None:
        made[name] = recorded(len(made) + 1, RULES[mode], acts, **changes)

    for mode, rule in RULES.items():
        add(f"{mode}-open", mode, answers(rule))
        add(f"{mode}-announced", mode, everything() if rule.blocks else answers(rule), **OVER)
    add("blocked", "silence", [*answers(RULES["silence"]), said(9, "object", 2000)])
    add("final-call", "silence", answers(RULES["silence"]), state=State.FINAL_CALL)
    add("nothing-yet", "threshold", [])
    add("comments", "silence", [], state=State.COMMENT, opened_at=None, comments_until=CLOSES)
    add("about-to-open", "silence", [], state=State.LOCKED, opened_at=None)
    add("closed", "silence", answers(RULES["silence"]), state=State.CLOSED, closed_at=CLOSES)
    stood = [*answers(RULES["silence"]), said(9, "object", 2000)]
    gone = {"state": State.WITHDRAWN, "ending": ENDING}
    add("withdrawn", "silence", stood, **gone)
    add("withdrawn-before", "silence", [], **gone, opened_at=None, comments_until=CLOSES)
    replaced = replace(ENDING, reason="", instead=BallotId(1))
    over = {"state": State.SUPERSEDED, "ending": replaced}
    add("superseded", "rough", everything()[:9], **over, supersedes=BallotId(1))
    many = [said(n % 13, "endorse", n % 2000, source=f"$many{n}") for n in range(1100)]
    add("long-log", "silence", many)
    short = replace(RULES["silence"], short=True, shortened_reason="The hearing is on Friday.")
    made["shortened"] = recorded(
        len(made) + 1, short, answers(short), earlier=(statement_text("No."),)
    )
    return made


def write_samples(folder: Path) -> dict[str, str]:
    """Write the samples' pages; return the path of each, and of the files of the long log."""
    paths = {}
    for name, record in samples().items():
        write_page(folder, record, "sample")
        paths[name] = f"/b/{record.ballot.id}.html"
        for each in sorted((folder / "b" / f"{record.ballot.id}-log").glob("*")):
            paths[f"{name}-{each.stem}"] = f"/b/{record.ballot.id}-log/{each.name}"
    return paths
