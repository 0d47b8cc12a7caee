"""A ballot's page: what anybody may see of a public ballot, as one file that needs nothing else.

No script, no request to anywhere, no address and no Matrix id. What people wrote is escaped, and
addresses in it are left out. The same record gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bridge.domain.acts import CONTEST, GENESIS
from bridge.domain.appeals import appeals
from bridge.domain.ballots import COUNTING, Ballot, Outcome, State, StatementText
from bridge.domain.deadlines import show_instant
from bridge.domain.masking import masked
from bridge.domain.modes import explain
from bridge.domain.positions import Position
from bridge.domain.register import withdrawn_since
from bridge.domain.rulings import (
    LEVELS,
    Ruling,
    admitted,
    after_voids,
    amendment_of,
    is_ruling,
    rulings,
)
from bridge.domain.tally import Tally
from bridge.export import Record
from bridge.ids import Instant
from bridge.matrix.cards import SIGNS_ARE_PUBLIC
from bridge.web.pages_html import rendered
from bridge.web.pages_log import linked, log_values, newest, parts
from bridge.web.pages_said import ERASED, ArchiveLink, answer_link, who, words_of
from bridge.web.pages_words import (
    ANSWERS,
    FLAGS,
    OVER,
    ended,
    headline,
    raised_before,
    row_numbers,
    ruling,
    table,
)

LONGEST_LIST: Final = 200
"""Objections that have ended, and answers after the close, that the page shows; the log has all."""
DOWNLOADS: Final = {
    "acts.jsonl": "the log, each entry a line",
    "manifest.json": "text, rule, roll, and every number of the count",
    "recount.py": "the program that recounts it",
    "README.txt": "what each file is",
}
"""What lies beside the page, and what it is."""

_TITLES: Final = {
    Ruling.EXTEND: "Extended",
    Ruling.ADMIT: "Admitted",
    Ruling.STOP: "Late register",
    Ruling.CORRECT: "Corrected",
}
_REGISTERED: Final = frozenset(Position) - {Position.WITHDRAW}


@dataclass(frozen=True, slots=True)
class Curve:
    """How many members were heard from over time.

    Attributes:
        points: in 600 x 140; "" when nobody was.
        text: the same in words.
        begin: the instant at the left end.
        end: the one at the right.
    """

    points: str
    text: str
    begin: Instant
    end: Instant


def page(record: Record, counted: Tally, mark: str) -> bytes:
    """Return the page as HTML.

    Args:
        record: the ballot and its ledger.
        counted: its count.
        mark: stands in a meta element, so that whoever wrote the page knows what it shows.
    """
    return rendered("page.html.j2", _values(record, counted), mark=mark)


def _values(record: Record, counted: Tally) -> dict[str, Any]:
    ballot = record.ballot
    statement = masked(ballot.text.text)
    shown, files = newest(record.acts), parts(len(record.acts))
    links = linked(files)
    objections = list(_objections(record, counted))
    late = list(_late(record, counted))
    is_void = ballot.state in OVER
    return {
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
        "over": OVER.get(ballot.state, ""),
        "is_void": is_void,
        "instead": ballot.ending.instead if ballot.ending else None,
        "names": sorted(masked(one.shown) for one in ballot.roster.everybody),
        "is_refused": ballot.closed_at is not None
        and not is_void
        and ballot.rule.decides
        and counted.outcome is not Outcome.ADOPTED,
        "is_going_on": ballot.state in COUNTING,
        "explanation": explain(ballot.rule),
        "shortened": masked(ballot.rule.shortened_reason or ""),
        "table": table(ballot, counted),
        "answers": list(_answers(record, counted)),
        "objections": objections,
        "objections_left": len(counted.objections) - len(objections),
        "late": late[-LONGEST_LIST:],
        "late_left": max(0, len(late) - LONGEST_LIST),
        "statement": statement,
        "is_masked": statement != ballot.text.text,
        "curve": curve(record),
        **log_values(record, counted, shown, row_numbers(record.acts)),
        "acts_shown": _acts_shown(len(record.acts), len(shown)),
        "log_parts": links,
        "log_step": links[1].number - links[0].number if len(links) > 2 else 1,
        "downloads": DOWNLOADS.items(),
        "head": "none: nothing came in" if record.row.head == GENESIS else record.row.head,
        "chair": masked(ballot.roster.name_of(ballot.chair)),
    }


def _answers(record: Record, counted: Tally) -> Iterator[tuple[str, str, str]]:
    for member in sorted(record.ballot.roster.everybody, key=lambda one: (one.name, one.person)):
        standing = counted.positions.get(member.person)
        position = None if standing is None else standing.position
        words = words_of(record, None if standing is None else standing.words)
        name = masked(member.shown)
        answer = "not heard from" if position is None else ANSWERS[position.value]
        if member.person in counted.unconfirmed:
            answer = "not heard from on this text, though on an earlier version"
        yield name, answer, words


def _objections(
    record: Record, counted: Tally
) -> Iterator[tuple[str, int, str, str, ArchiveLink | None]]:
    again = counted.again
    over = [each for each in counted.objections if not each.is_open]
    kept = {id(each) for each in over[-LONGEST_LIST:]}
    for each in counted.objections:
        if not each.is_open and id(each) not in kept:
            continue
        raised, lifted = each.raised_by, each.lifted_by
        # What an objector said on lifting it stands with their answer.
        said = words_of(record, lifted) if lifted is not None and is_ruling(lifted) else ""
        told = (words_of(record, raised), *(FLAGS[f] for f in raised.flags if f == CONTEST))
        words = "; ".join(filter(None, told))
        what_came = ended(each, said, record.ballot)
        if raised.seq in again:
            what_came = f"{raised_before(again[raised.seq])} {what_came}"
        link = answer_link(record, lifted)
        yield who(record, raised), raised.effective_at, what_came, words, link


def _late(record: Record, counted: Tally) -> Iterator[tuple[str, str, int, str]]:
    """Yield the answers that came after the close, as the late register has them."""
    for act in counted.late:
        if act.position in _REGISTERED:
            said = words_of(record, act)
            yield who(record, act), ANSWERS[act.position], act.effective_at, said


def _facts(record: Record, counted: Tally) -> Iterator[tuple[str, str]]:
    """Yield what the chair did about the whole ballot, and where it comes from."""
    ballot = record.ballot
    yield from _ending(ballot)
    if ballot.state is State.COMMENT and ballot.comments_until is not None:
        yield "Comments", f"until {show_instant(ballot.comments_until)}"
    if ballot.supersedes is not None:
        yield "Replaces", f"b/{ballot.supersedes}"
    if ballot.follows is not None:
        yield "Follows", f"b/{ballot.follows}, which stands as it ended"
    if ballot.rule.mode == "signon" and ballot.state in COUNTING:
        yield "Names", SIGNS_ARE_PUBLIC
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
        words = words_of(record, act)
        said = f"The chair {masked(ruling(act, ballot, {}))}, {show_instant(act.effective_at)}."
        yield _TITLES[Ruling(act.position)], f"{said} Reason: {words}" if words else said


def _ending(ballot: Ballot) -> Iterator[tuple[str, str]]:
    """Yield how it ended without a result; nothing where that was not written down."""
    ending = ballot.ending
    if ending is None:
        return
    if ballot.state is State.WITHDRAWN:
        by = masked(ballot.roster.name_of(ending.by))
        reason = masked(ending.reason) or ERASED
        yield "Withdrawn", f"{show_instant(ending.at)}, by {by}, as chair"
        yield "Reason", reason
    elif ending.instead is not None:
        yield "Replaced", f"{show_instant(ending.at)}, by ballot b/{ending.instead}"


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
    return f"The last {shown} of {total} entries; the links lead to those before."


def curve(record: Record) -> Curve:
    """Return when each member was first heard from, summed up over time."""
    ballot = record.ballot
    acts = after_voids(record.acts)
    people = ballot.roster.people | admitted(acts)
    first: dict[str, int] = {}
    for act in sorted(acts, key=lambda act: act.effective_at):
        is_act = act.verdict == "accepted" and not is_ruling(act)
        is_answer = is_act and act.position not in {"removed", "withdraw"}
        if is_answer and act.person_ref in people and act.effective_at <= record.at:
            first.setdefault(act.person_ref, act.effective_at)
    begin = ballot.opened_at or ballot.created_at
    end = Instant(max(ballot.closed_at or ballot.deadline.instant, begin + 1))
    members = max(1, len(people))
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
        return Curve("", "", begin, end)
    text = (
        f"First answers: the first one {show_instant(_seconds(moments[0]))}, half of them by "
        f"{show_instant(_seconds(moments[(len(moments) - 1) // 2]))}, the last one "
        f"{show_instant(_seconds(moments[-1]))}; {len(moments)} of {members} members in all."
    )
    return Curve(" ".join(f"{x},{y}" for x, y in points), text, begin, end)


def _seconds(moment: int) -> Instant:
    return Instant(moment // 1000 * 1000)
