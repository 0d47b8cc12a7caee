"""The words of our mails to the list, and what the chair sees before confirming.

Pure functions of frozen values; the words themselves are in ``bridge/templates``, where a group
can replace each by one of its own. A template's first line is the subject. The template decides
what is said; nothing it prints can be wider than a mail allows, or hold a control sign.
Only the Matrix door exists, so a call never invites an answer by mail (spec 3a, 3c).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from bridge.domain.acts import CONTEST, Act
from bridge.domain.again import how_it_ended
from bridge.domain.ballots import Ballot
from bridge.domain.deadlines import show, show_duration, show_instant
from bridge.domain.modes import MODES, explain
from bridge.domain.modes.threshold import needed
from bridge.domain.phases import moved_by
from bridge.domain.positions import Position
from bridge.domain.rules import Rule, RuleDefaults
from bridge.domain.rulings import LEVELS, LIFTING, Ruling, act_name, amendment_of
from bridge.domain.standing import Note, Objection, Standing
from bridge.domain.tally import Tally
from bridge.ids import Instant
from bridge.mail.columns import dotted, fold, one_line, quoted, wrap
from bridge.mail.texts_answering import MOST_ZONES, open_values
from bridge.mail.weights import HEAVIEST_BODY, LONGEST_WORDS, cut, fitting, said_with, weight

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
BROKEN: Final = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""What a template of a group's own may fail with."""
LONGEST_BODY: Final = 100_000
"""Characters; a template of a group's own that makes more is taken for broken."""
CALL_SIZES: Final = (
    *((True, 10_000), (True, 100), (True, 20)),
    *((False, 10_000), (False, 100), (False, 20)),
)
"""Whether a call has the text, and how many people it names; the first that is light enough."""
ALL: Final = 1_000_000
RESULT_SIZES: Final = (
    *((ALL, ALL), (LONGEST_WORDS, ALL), (500, ALL), (100, ALL)),
    *((100, 800), (100, 400), (100, 100)),
)
"""Bytes of each person's words in a result, and how many people each of its lists names.

The first that is light enough.
"""
RESULT_LISTS: Final = ("signers", "reservations", "unconfirmed", "remarks", "given_for", "late")
"""What a result names people in, one list each; whoever objected is always named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """What a call is made of.

    Attributes:
        room: the room's alias, ``#list_pc:example.org``.
        room_link: a link to the room, or None.
        contact: who is written to when something is wrong: a mail address.
        now: when the call is written (Unix ms); the window is counted from here.
        usual: the configured durations, to say what is unusual.
        log_url: where roll, rule, text and log can be read, or None.
        days_off: calendars in which it closes on a day off.
        again: why another call came before this one, or nothing.
        doubts: for the chair: why the text may not be all of what is meant.
    """

    ballot: Ballot
    room: str
    contact: str
    now: Instant
    usual: RuleDefaults = field(default_factory=RuleDefaults)
    room_link: str | None = None
    log_url: str | None = None
    days_off: tuple[str, ...] = ()
    again: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """What a result is made of.

    Attributes:
        room: the room's alias, where what a chair declared may be appealed.
        words: the words that came with an act, by its seq; erased ones are missing.
        head: the hash of the ledger's last act, None when nothing came in.
        outages: from when to when we were down while the ballot was open (Unix ms).
    """

    ballot: Ballot
    tally: Tally
    room: str
    contact: str
    head: str | None
    words: Mapping[int, str] = field(default_factory=dict)
    log_url: str | None = None
    outages: tuple[tuple[Instant, Instant], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionView:
    """What the mail about a later deadline is made of.

    Attributes:
        ballot: with the later deadline.
        tally: the count of this moment.
        was: the deadline before (Unix ms).
        reason: the chair's.
    """

    ballot: Ballot
    tally: Tally
    was: Instant
    reason: str
    room: str
    contact: str
    log_url: str | None = None


def call_text(view: CallView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that opens a ballot.

    Args:
        view: the ballot and how to reach the room.
        templates: a directory whose files take the place of ours, by name.
    """
    return _fitting_call("call.txt.j2", view, templates)


def comments_text(view: CallView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that puts a text up for comments."""
    return _fitting_call("comments.txt.j2", view, templates)


def extension_text(view: ExtensionView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that tells of a later deadline."""
    values = {
        "view": view,
        "tally": view.tally,
        "open": open_values(view.ballot, view.room, view.log_url),
    }
    return mail_text("extension.txt.j2", common_values(view.ballot) | values, templates)


def result_text(view: ResultView, *, templates: Path | None = None) -> tuple[str, str]:
    """Return subject and body of the mail that announces a counted ballot.

    What people said stands in it word for word, and everybody is named, unless a list would hold
    the mail.
    """

    def written(size: tuple[int, int]) -> tuple[str, str]:
        most_bytes, most_names = size
        words = {seq: _shortened(said, most_bytes) for seq, said in view.words.items()}
        values = _result_values(replace(view, words=words))
        named = {key: values[key][:most_names] for key in RESULT_LISTS}
        left = {key: len(values[key]) - len(named[key]) for key in RESULT_LISTS}
        return mail_text("result.txt.j2", values | named | {"left": left}, templates)

    return fitting(written, RESULT_SIZES)


def _shortened(said: str, most: int) -> str:
    words, is_cut = cut(said, most)
    return f"{words} [cut here; the log has all of it]" if is_cut else said


def preview_text(view: CallView, *, templates: Path | None = None) -> str:
    """Return what the chair sees beside the call before confirming: the roll and the instants."""
    body = _rendered("preview.txt.j2", _call_values(view), templates)
    return fold(body).strip("\n") + "\n"


def mail_text(name: str, values: Mapping[str, Any], templates: Path | None) -> tuple[str, str]:
    """Return subject and body of the mail that a template makes of the values.

    Raises:
        BROKEN: the template is a group's own, and wrong.
    """
    first, _, body = _rendered(name, values, templates).lstrip("\n").partition("\n")
    subject = one_line(first.removeprefix("Subject:"), 250)
    if templates is not None and not (subject and body.strip() and len(body) <= LONGEST_BODY):
        raise ValueError(f"{name} makes a mail without a subject, without a body, or too long")
    # Whatever a template of a group's own does, the body stays within the columns.
    return subject, fold(body).strip("\n") + "\n"


def _rendered(name: str, values: Mapping[str, Any], templates: Path | None) -> str:
    places = [TEMPLATES] if templates is None else [templates, TEMPLATES]
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(places),
        undefined=StrictUndefined,
        # The mails are text/plain.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        wrap=wrap,
        one_line=one_line,
        dotted=dotted,
        quoted=quoted,
        instant=show_instant,
        duration=show_duration,
    )
    return environment.get_template(name).render(values)


def common_values(ballot: Ballot) -> dict[str, Any]:
    """Return what every template may say of a ballot."""
    return {
        "ballot": ballot,
        "rule": ballot.rule,
        "text": ballot.text,
        "roster": ballot.roster,
        "members": len(ballot.roster.members),
        "names": [ballot.roster.name_of(member.person) for member in ballot.roster.members],
        "reachable": [
            ballot.roster.name_of(one.person) for one in ballot.roster.members if one.matrix
        ],
        "unreachable": [ballot.roster.name_of(each.person) for each in ballot.roster.unreachable],
        "explanation": explain(ballot.rule),
        "mode": MODES[ballot.rule.mode].name,
    }


def _fitting_call(name: str, view: CallView, templates: Path | None) -> tuple[str, str]:
    """Return the mail with the text and all names; with fewer, where a list would hold it."""

    def written(size: tuple[bool, int]) -> tuple[str, str]:
        with_text, most = size
        sized = _named(view.ballot, most) | ({} if with_text else {"statement": None})
        return mail_text(name, values | sized, templates)

    values = _call_values(view) | statement_values(view.ballot)
    return fitting(written, CALL_SIZES)


def _named(ballot: Ballot, most: int) -> dict[str, Any]:
    """Return so many of those who may answer, and how many are left out."""
    values = common_values(ballot)
    lists = {key: values[key][:most] for key in ("reachable", "unreachable")}
    left = sum(len(values[key]) - len(kept) for key, kept in lists.items())
    return lists | {"unnamed": left, "out_of_reach": len(values["unreachable"])}


def _call_values(view: CallView) -> dict[str, Any]:
    ballot = view.ballot
    return (
        common_values(ballot)
        | open_values(ballot, view.room, view.log_url)
        | {
            "view": view,
            "comments": show(ballot.comments_until or view.now, ballot.roster.zones[:MOST_ZONES]),
            "window": about(ballot.deadline.instant - view.now),
            "durations": _unusual(ballot.rule),
        }
    )


def statement_values(ballot: Ballot) -> dict[str, Any]:
    """Return the text as a mail repeats it, None when no mail could, and whether it is folded."""
    shown = fold(ballot.text.text)
    is_light = weight(shown) <= HEAVIEST_BODY
    return {
        "statement": shown if is_light else None,
        "is_folded": shown != ballot.text.text,
    }


def _result_values(view: ResultView) -> dict[str, Any]:
    names = view.ballot.roster.name_of
    return common_values(view.ballot) | {
        "view": view,
        "tally": view.tally,
        "books": view.tally.came_in,
        "quorum": view.ballot.rule.quorum_of(view.tally.base),
        "needed": needed(view.ballot.rule),
        "digits": max(2, len(str(max(view.tally.eligible, view.tally.came_in.rows)))),
        "closed_at": view.tally.at if view.ballot.closed_at is None else view.ballot.closed_at,
        "reservations": [
            (names(each.person_ref), _words(view, each.words)) for each in view.tally.reservations
        ],
        "objections": _objections(view),
        "raised": len(view.tally.objections),
        "signers": sorted(
            names(person)
            for person, each in view.tally.positions.items()
            if each.position is Position.ENDORSE
        ),
        "level": None if view.tally.level is None else LEVELS[view.tally.level],
        "appeal": view.ballot.rule.appeal if view.tally.level is not None else 0,
        "out_of_reach": sum(
            one.person not in view.tally.positions for one in view.ballot.roster.unreachable
        ),
        "unconfirmed": [names(person) for person in view.tally.unconfirmed],
        "voided": [
            (names(act.person_ref), act.position, _words(view, _ruling_on(view, act)))
            for act in view.tally.voided
        ],
        "admitted": [names(person) for person in sorted(_admitted(view))],
        "amendments": [_amendment(view, act) for act in _rulings(view, Ruling.AMEND)],
        "moved_by": moved_by(view.ballot, view.tally),
        "extensions": [
            (int(act.target or 0), _words(view, act)) for act in _rulings(view, Ruling.EXTEND)
        ],
        "remarks": [
            (names(person), note.value)
            for person, each in sorted(view.tally.positions.items())
            for note in each.notes
            if note in _REMARKS
        ],
        "given_for": [
            (names(person), each.act.text_version)
            for person, each in sorted(view.tally.positions.items())
            if each.act is not None and Note.EARLIER_VERSION in each.notes
        ],
        "late": [
            (
                names(act.person_ref),
                act.position,
                act.effective_at,
                *said_with(act, view.words, LONGEST_WORDS),
            )
            for act in view.tally.late
        ],
    }


_REMARKS: Final = frozenset({Note.GRACE, Note.REMOVED_BY_MODERATOR, Note.WITHDRAWN_LATER})


def ended_before(again: Mapping[int, Objection], raised: Act) -> str:
    """Return what became of the objection that the same person raised before, "" for none."""
    earlier = again.get(raised.seq)
    return "" if earlier is None else how_it_ended(earlier)


def _objections(view: ResultView) -> list[dict[str, Any]]:
    again = view.tally.again
    return [
        _objection(view, each) | {"earlier": ended_before(again, each.raised_by)}
        for each in view.tally.objections
    ]


def _objection(view: ResultView, objection: Objection) -> dict[str, Any]:
    person = objection.raised_by.person_ref
    counted: Standing | None = view.tally.positions.get(person)
    lifted = objection.lifted_by
    return {
        "name": view.ballot.roster.name_of(person),
        "raised_at": objection.raised_by.effective_at,
        "words": _words(view, objection.raised_by),
        "is_open": objection.is_open,
        "how": None if objection.how is None else objection.how.value,
        "is_contest": CONTEST in objection.raised_by.flags,
        "lifted_at": None if lifted is None else lifted.effective_at,
        "answer": None
        if lifted is None or lifted.position not in LIFTING
        else _words(view, lifted),
        "counted_as": None
        if counted is None or counted.position is None
        else counted.position.value,
    }


def _rulings(view: ResultView, kind: Ruling) -> list[Act]:
    return [act for act in view.tally.rulings if act.position == kind]


def _ruling_on(view: ResultView, act: Act) -> Act | None:
    """Return the chair's act that voided one."""
    return next((one for one in _rulings(view, Ruling.VOID) if one.target == act_name(act)), None)


def _admitted(view: ResultView) -> set[str]:
    return {act.target for act in _rulings(view, Ruling.ADMIT) if act.target}


def _amendment(view: ResultView, act: Act) -> tuple[int, str, Instant, str | None]:
    amendment = amendment_of(act)
    assert amendment is not None
    return amendment.version, amendment.label, act.effective_at, _words(view, act)


def _words(view: ResultView, act: Act | None) -> str | None:
    """Return the words of an act: "" when it came without, None when they were erased."""
    if act is None or not act.with_text:
        return ""
    return view.words.get(act.seq)


def about(milliseconds: int) -> str:
    """Return a length as people say it: to the hour or to the minute, or exactly when short."""
    seconds = max(0, round(milliseconds / 1000))
    unit = next((size for size in (3600, 60) if seconds >= 2 * size), 1)
    return show_duration(round(seconds / unit) * unit)


def _unusual(rule: Rule) -> dict[str, int]:
    """Return the durations that are not the specification's, by name, in seconds."""
    # What only mail would need is not said while mail is no door; nor what a mode has not.
    silent = {"minimum_window", "allow_short_windows", "extension", "appeal"}
    if "mail" not in rule.doors:
        silent.add("grace_mail")
    if rule.mode == "rough" or not rule.decides:
        silent |= {"final_call"}
    if not rule.decides:
        silent |= {"after_lifting", "hold"}
    return {
        each.name: getattr(rule, each.name)
        for each in fields(RuleDefaults)
        if each.name not in silent and getattr(rule, each.name) != each.default
    }
