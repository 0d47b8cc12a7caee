"""A ballot's page: what anybody may see of a public ballot, as one file that needs nothing else.

No script, no request to anywhere, no address and no Matrix id. What people wrote is escaped, and
addresses in it are left out. The same record gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bridge.domain.acts import CONTEST, GENESIS, Act
from bridge.domain.appeals import appeals
from bridge.domain.ballots import State, StatementText
from bridge.domain.deadlines import show_instant
from bridge.domain.modes import explain
from bridge.domain.register import withdrawn_since
from bridge.domain.rulings import LEVELS, Ruling, amendment_of, is_ruling, rulings
from bridge.domain.tally import Tally
from bridge.export import Record, count
from bridge.mail.texts import TEMPLATES
from bridge.web.pages_words import (
    ANSWERS,
    FLAGS,
    ended,
    headline,
    row_numbers,
    ruling,
    table,
    verdict,
)

LONGEST_LOG: Final = 500
"""Rows of the log that the page shows; the export has them all."""
DOWNLOADS: Final = ("acts.jsonl", "manifest.json", "recount.py", "README.txt")

STYLE: Final = (TEMPLATES / "page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)
"""Nothing is loaded and nothing runs; only the style of the page itself, by its hash."""

LAYOUT: Final = hashlib.sha256(
    STYLE.encode() + (TEMPLATES / "page.html.j2").read_bytes()
).hexdigest()
"""Changes when the page would look different."""

_TITLES: Final = {
    Ruling.EXTEND: "Extended",
    Ruling.ADMIT: "Admitted",
    Ruling.STOP: "Late register",
    Ruling.CORRECT: "Corrected",
}
# Bounded, so that no text makes it slow.
_ADDRESS: Final = re.compile(r"[^\s@<>(),;]{0,64}@[^\s@<>(),;]{1,255}")


@dataclass(frozen=True, slots=True)
class Curve:
    """How many members were heard from over time: points in 600 x 140, and the same in words."""

    points: str
    text: str


def page(record: Record, state: str) -> bytes:
    """Return the page as HTML.

    Args:
        record: the ballot and its ledger.
        state: stands in a meta element, so that whoever wrote the page knows what it shows.
    """
    html = _environment().get_template("page.html.j2").render(_values(record), state=state)
    return html.strip().encode("utf-8", "replace") + b"\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["instant"] = show_instant
    return environment


def masked(text: str) -> str:
    """Return the text with mail addresses and Matrix ids left out."""
    return _ADDRESS.sub("[address]", text)


def _values(record: Record) -> dict[str, Any]:
    ballot, counted = record.ballot, count(record)
    statement = masked(ballot.text.text)
    shown, rows = record.acts[-LONGEST_LOG:], row_numbers(record.acts)
    return {
        "policy": POLICY,
        # Ours, and no part of anybody's input.
        "style": Markup(STYLE),  # noqa: S704
        "ballot": ballot,
        "roster": ballot.roster,
        "rule": ballot.rule,
        "text": ballot.text,
        "tally": counted,
        "at": record.at,
        "title": masked(ballot.title),
        "roll_title": masked(ballot.roster.title),
        "headline": headline(ballot, counted),
        "facts": list(_facts(record, counted)),
        "versions": list(_versions(record, counted)),
        "is_void": ballot.state in {State.WITHDRAWN, State.SUPERSEDED},
        "explanation": explain(ballot.rule),
        "shortened": masked(ballot.rule.shortened_reason or ""),
        "table": table(ballot, counted),
        "answers": list(_answers(record, counted)),
        "objections": list(_objections(record, counted)),
        "statement": statement,
        "is_masked": statement != ballot.text.text,
        "curve": curve(record),
        "acts": [(act, _who(record, act), _what(record, act, rows)) for act in shown],
        "verdict": lambda act, reason: verdict(act, reason, counted),
        "acts_shown": _acts_shown(len(record.acts), len(shown)),
        "downloads": DOWNLOADS,
        "head": "none: nothing came in" if record.row.head == GENESIS else record.row.head,
        "chair": masked(ballot.roster.name_of(ballot.chair)),
    }


def _answers(record: Record, counted: Tally) -> Iterator[tuple[str, str, str]]:
    for member in sorted(record.ballot.roster.everybody, key=lambda one: (one.name, one.person)):
        standing = counted.positions.get(member.person)
        position = None if standing is None else standing.position
        words = _words(record, None if standing is None else standing.words)
        name = masked(member.name or member.person)
        answer = "not heard from" if position is None else ANSWERS[position.value]
        if member.person in counted.unconfirmed:
            answer = "not heard from on this text, though on an earlier version"
        yield name, answer, words


def _objections(record: Record, counted: Tally) -> Iterator[tuple[str, int, str, str]]:
    for each in counted.objections:
        raised, lifted = each.raised_by, each.lifted_by
        # What an objector said on lifting it stands with their answer.
        said = _words(record, lifted) if lifted is not None and is_ruling(lifted) else ""
        told = (_words(record, raised), *(FLAGS[f] for f in raised.flags if f == CONTEST))
        words = "; ".join(filter(None, told))
        yield _who(record, raised), raised.effective_at, ended(each, said), words


def _words(record: Record, act: Act | None) -> str:
    part = record.personal.get(act.seq) if act is not None else None
    if part is None:
        return ""
    return masked(str(part.personal.get("words", "")))


def _who(record: Record, act: Act) -> str:
    roster = record.ballot.roster
    if is_ruling(act):
        return f"{masked(roster.name_of(act.person_ref))}, as chair"
    is_known = act.person_ref in roster.people or any(
        act.person_ref == one.person for one in roster.admitted
    )
    return masked(roster.name_of(act.person_ref)) if is_known else "not on the roll"


def _what(record: Record, act: Act, rows: Mapping[str, int]) -> str:
    if is_ruling(act):
        return masked(ruling(act, record.ballot, rows))
    return ANSWERS.get(act.position, "something unknown")


def _facts(record: Record, counted: Tally) -> Iterator[tuple[str, str]]:
    """Yield what the chair did about the whole ballot, and where it comes from."""
    ballot = record.ballot
    if ballot.state is State.COMMENT and ballot.comments_until is not None:
        yield "Comments", f"until {show_instant(ballot.comments_until)}"
    if ballot.supersedes is not None:
        yield "Replaces", f"b/{ballot.supersedes}"
    if counted.level is not None:
        yield "Declared", f"{LEVELS[counted.level]}, by the chair"
    if made := appeals(counted.late):
        names = ", ".join(masked(ballot.roster.name_of(act.person_ref)) for act in made)
        yield "Appealed", f"by {len(made)} of the {ballot.rule.cosigners} members needed: {names}"
    if ballot.rule.mode == "signon" and ballot.state is State.ANNOUNCED:
        for act in withdrawn_since(record.acts, ballot.rule, counted.positions):
            name = masked(ballot.roster.name_of(act.person_ref))
            yield "Withdrawn", f"{name}, after publication, {show_instant(act.effective_at)}"
    for act in rulings(counted.rulings, Ruling.EXTEND, Ruling.ADMIT, Ruling.STOP, Ruling.CORRECT):
        words = _words(record, act)
        said = f"The chair {masked(ruling(act, ballot, {}))}, {show_instant(act.effective_at)}."
        yield _TITLES[Ruling(act.position)], f"{said} Reason: {words}" if words else said


def _versions(record: Record, counted: Tally) -> Iterator[tuple[StatementText, str]]:
    """Yield each version of the text, the first one first, with what made it."""
    made = {
        amendment.version: f"{amendment.label} change, {show_instant(act.effective_at)}"
        for act in rulings(counted.rulings, Ruling.AMEND)
        if (amendment := amendment_of(act)) is not None
    }
    for text in (*record.ballot.earlier, record.ballot.text):
        first = "the first" if text.version == 1 else "changed before the opening"
        yield text, made.get(text.version, first)


def _acts_shown(total: int, shown: int) -> str:
    if total == shown:
        return f"{total} {'entry' if total == 1 else 'entries'}."
    return f"The last {shown} of {total} entries; the export has them all."


def curve(record: Record) -> Curve:
    """Return when each member was first heard from, summed up over time."""
    ballot = record.ballot
    first: dict[str, int] = {}
    for act in sorted(record.acts, key=lambda act: act.effective_at):
        is_answer = act.verdict == "accepted" and act.position not in {"removed", "withdraw"}
        if is_answer and act.person_ref in ballot.roster.people and act.effective_at <= record.at:
            first.setdefault(act.person_ref, act.effective_at)
    begin = ballot.opened_at or ballot.created_at
    end = max(ballot.closed_at or ballot.deadline.instant, begin + 1)
    members = max(1, len(ballot.roster.people))
    moments = sorted(first.values())
    steps = max(1, len(moments) // 200)
    points = [(0, 130)]
    for number, moment in enumerate(moments, start=1):
        if number % steps and number != len(moments):
            continue
        x = 600 * min(max(moment - begin, 0), end - begin) // (end - begin)
        points += [(x, points[-1][1]), (x, 130 - 120 * number // members)]
    x = 600 * min(max(record.at - begin, 0), end - begin) // (end - begin)
    points.append((max(x, points[-1][0]), points[-1][1]))
    if not moments:
        return Curve("", "")
    text = (
        f"First answers: the first one {show_instant(_seconds(moments[0]))}, half of them by "
        f"{show_instant(_seconds(moments[(len(moments) - 1) // 2]))}, the last one "
        f"{show_instant(_seconds(moments[-1]))}; {len(moments)} of {members} members in all."
    )
    return Curve(" ".join(f"{x},{y}" for x, y in points), text)


def _seconds(moment: int) -> Any:
    return moment // 1000 * 1000
