"""A ballot's page: what anybody may see of a public ballot, as one file that needs nothing else.

No script, no request to anywhere, no address and no Matrix id. What people wrote is escaped, and
addresses in it are left out. The same record gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bridge.domain.acts import GENESIS, Act
from bridge.domain.ballots import State
from bridge.domain.deadlines import show_instant
from bridge.domain.modes import explain
from bridge.domain.tally import Tally
from bridge.export import Record, count
from bridge.mail.texts import TEMPLATES

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

# Bounded, so that no text makes it slow.
_ADDRESS: Final = re.compile(r"[^\s@<>(),;]{0,64}@[^\s@<>(),;]{1,255}")
_OUTCOMES: Final = {
    "adopted": "Endorsed",
    "not_adopted": "Not endorsed",
    "not_quorate": "Not endorsed: too few answered",
    "objected": "Not endorsed: there is an objection",
    "too_few": "Not endorsed: too few spoke",
    "no_decision": "No decision",
    "withdrawn": "Withdrawn",
    "counted": "Counted",
}
_STATES: Final = {
    State.COMMENT: "Open for comments",
    State.LOCKED: "About to open",
    State.OPEN: "Open",
    State.FINAL_CALL: "Open, final call",
    State.WITHDRAWN: "Withdrawn",
    State.SUPERSEDED: "Replaced by a newer ballot",
}
_ROWS: Final = (
    ("endorse", "endorse"),
    ("endorse with reservation", "reserve"),
    ("reservation without words", "reserve_without_words"),
    ("no objection", "no_objection"),
    ("abstain", "abstain"),
    ("more time asked for", "hold"),
    ("object", "object"),
    ("not heard from", "silent"),
)
_ANSWERS: Final = {row: name for name, row in _ROWS} | {"recuse": "recused"}
_ENDED: Final = {
    None: "It is open.",
    "removed": "Withdrawn by taking the reaction back.",
    "replaced": "Withdrawn by another answer in writing.",
    "withdrawn": "Withdrawn in writing.",
}


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
    shown = record.acts[-LONGEST_LOG:]
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
        "headline": _headline(record, counted),
        "is_void": ballot.state in {State.WITHDRAWN, State.SUPERSEDED},
        "explanation": explain(ballot.rule),
        "shortened": masked(ballot.rule.shortened_reason or ""),
        "table": [
            (name, getattr(counted, row))
            for name, row in _ROWS
            if row not in {"hold", "reserve_without_words"} or getattr(counted, row)
        ],
        "answers": list(_answers(record, counted)),
        "objections": list(_objections(record, counted)),
        "statement": statement,
        "is_masked": statement != ballot.text.text,
        "curve": curve(record),
        "acts": [(act, _who(record, act)) for act in shown],
        "acts_shown": _acts_shown(len(record.acts), len(shown)),
        "downloads": DOWNLOADS,
        "head": "none: nothing came in" if record.row.head == GENESIS else record.row.head,
        "chair": masked(ballot.roster.name_of(ballot.chair)),
    }


def _headline(record: Record, counted: Tally) -> str:
    ballot = record.ballot
    if ballot.state in _STATES:
        return _STATES[ballot.state]
    said = _OUTCOMES[(ballot.outcome or counted.outcome).value]
    return said if ballot.state is State.ANNOUNCED else f"{said}; the result is not on the list yet"


def _answers(record: Record, counted: Tally) -> Iterator[tuple[str, str, str]]:
    for member in sorted(record.ballot.roster.members, key=lambda one: (one.name, one.person)):
        standing = counted.positions.get(member.person)
        position = None if standing is None else standing.position
        words = _words(record, None if standing is None else standing.words)
        name = masked(member.name or member.person)
        yield name, "not heard from" if position is None else _ANSWERS[position.value], words


def _objections(record: Record, counted: Tally) -> Iterator[tuple[str, int, str, str]]:
    for each in counted.objections:
        ended = _ENDED[None if each.how is None else each.how.value]
        raised = each.raised_by
        yield _who(record, raised), raised.effective_at, ended, _words(record, raised)


def _words(record: Record, act: Act | None) -> str:
    part = record.personal.get(act.seq) if act is not None else None
    if part is None:
        return ""
    return masked(str(part.personal.get("words", "")))


def _who(record: Record, act: Act) -> str:
    roster = record.ballot.roster
    on_roll = act.person_ref in roster.people
    return masked(roster.name_of(act.person_ref)) if on_roll else "not on the roll"


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
