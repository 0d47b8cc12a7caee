"""What a room shows of a ballot: preview, card, statement and status line; pure.

No meaning by emoji alone: every sign stands beside its name and its word, in an order that a
screen reader follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.domain.appeals import appeals
from bridge.domain.ballots import Ballot, Outcome, State
from bridge.domain.counts import is_blocking
from bridge.domain.deadlines import show, show_instant
from bridge.domain.modes import explain, positions_of
from bridge.domain.positions import REACTIONS, WORDS, Position, Sign
from bridge.domain.rules import Rule
from bridge.domain.tally import Tally
from bridge.ids import BallotId, Instant, UserId
from bridge.matrix.canonical import clean_text, json_size
from bridge.matrix.content import notice_contents
from bridge.matrix.ghosts import one_line
from bridge.matrix.html import (
    inline,
    listing,
    paragraphs,
    preformatted,
    quotation,
    sanitised,
    unpinging,
)
from bridge.matrix.relations import mentions
from bridge.ports import Content

NAMES: Mapping[Position, str] = {
    Position.ENDORSE: "endorse",
    Position.RESERVE: "endorse, with a reservation",
    Position.NO_OBJECTION: "no objection",
    Position.ABSTAIN: "abstain",
    Position.HOLD: "hold, I need more time",
    Position.OBJECT: "object",
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ADOPTED: "adopted",
    Outcome.NOT_ADOPTED: "not adopted",
    Outcome.NOT_QUORATE: "not quorate",
    Outcome.OBJECTED: "not adopted, an objection stands",
    Outcome.TOO_FEW: "not adopted, too few spoke",
    Outcome.NO_DECISION: "no decision",
    Outcome.WITHDRAWN: "withdrawn",
    Outcome.COUNTED: "counted",
}

_OTHER_NAMES: Mapping[Position, str] = {
    Position.RECUSE: "recused",
    Position.WITHDRAW: "taken back",
}

PREVIEW_SIZE: Final = 48_000
"""Bytes of JSON for the two bodies of a preview, so that its question still fits in an event."""

SIGNS_ARE_PUBLIC: Final = (
    "Your name is published with the text. On the list it stays in archives that we cannot reach."
)
_CUT: Final = "… and so on, as the statement stands in its post."
STILL_SIGNING: Final = (
    "Signing is still possible, until the chair says here that the register is closed: react with "
    "✅, or write !endorse in this message's thread. Names that come now are listed as signed "
    "after publication."
)
_COUNTED: Final = frozenset({State.CLOSED, State.ANNOUNCED})
_OPEN: Final = frozenset({State.OPEN, State.FINAL_CALL})


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or a list in its two forms."""

    plain: str
    html: str


def offered(rule: Rule) -> Mapping[Position, Sign]:
    """Return the signs of the positions that exist under a rule, in the order they are seeded."""
    return {
        position: sign for position, sign in REACTIONS.items() if position in positions_of(rule)
    }


def preview_content(facts: str, mail: str, question: str, *, to: UserId) -> Content:
    """Return what the chair confirms: what will happen, the mail if there is one, the question.

    Both stand in columns, so a client must keep their blanks. The mail is cut at a line's end
    when an event cannot hold it; the question is always there.
    """
    for size in (16_000, 8_000, 4_000, 2_000):
        blocks = [_columns(_cut_to(facts, size))]
        if mail:
            blocks += [
                _paragraph("The mail, as the list would get it:"),
                _columns(_cut_to(mail, size)),
            ]
        content = _content("m.notice", [*blocks, _paragraph(question)])
        if json_size(content["body"]) + json_size(content["formatted_body"]) <= PREVIEW_SIZE:
            break
    return {**content, "m.mentions": mentions(to)}


def card_content(ballot: Ballot) -> Content:
    """Return the ballot's card: what is asked, of whom, until when, and how to answer."""
    heading = f"Ballot {ballot.label}: {_title(ballot)}"
    state = _state(ballot)
    first = [heading, f"{state[0].upper()}{state[1:]}"]
    if ballot.state in _OPEN:
        first += _local_times(ballot)
    if ballot.closed_at is not None:
        first.append(f"Counted as of {show_instant(ballot.closed_at)}")
    if ballot.rule.short:
        first.append("TEST: its window is shorter than any real ballot's.")
    about = (
        f"Text: version {ballot.text.version}, code {ballot.text.code}, in this message's thread",
        f"Rule: {explain(ballot.rule)}",
        f"Who: {len(ballot.roster.everybody)} on the roll {one_line(ballot.roster.title, 200)}",
        *_linked(ballot),
    )
    blocks = [_paragraph(*first, strong=heading), _paragraph(*about)]
    if ballot.state in _OPEN:
        blocks += _how_to_answer(ballot.rule)
        blocks += [_paragraph(SIGNS_ARE_PUBLIC)] if ballot.rule.mode == "signon" else []
    elif ballot.rule.mode == "signon" and ballot.state in _COUNTED:
        blocks += [_paragraph(STILL_SIGNING, SIGNS_ARE_PUBLIC)]
    return {**_content("m.text", blocks), **_mark(ballot.id, "card")}


def old_card_content(ballot: Ballot, newer: int) -> Content:
    """Return what the card of an earlier version says when a newer one has taken its place."""
    heading = f"Ballot {ballot.label}: {_title(ballot)}"
    lines = (
        heading,
        f"This is the card of version {ballot.text.version} of the text.",
        f"Version {newer} has a card of its own below: answers to this one count no more.",
    )
    return {**_content("m.text", [_paragraph(*lines, strong=heading)]), **_mark(ballot.id, "card")}


def comments_content(ballot: Ballot) -> Content:
    """Return the message that puts a text up for comments: until when, and what is no answer."""
    heading = f"Draft of ballot {ballot.label}: {_title(ballot)}"
    assert ballot.comments_until is not None
    lines = (
        heading,
        f"Comments until {show_instant(ballot.comments_until)}, in this thread or on the list.",
        "A reaction here is no endorsement.",
        f"Text: version {ballot.text.version}, code {ballot.text.code}, in this message's thread",
        f"Then it is put to {_roll(ballot)} until {show_instant(ballot.deadline.instant)}.",
        f"Rule: {explain(ballot.rule)}",
    )
    shown = _paragraph(*lines, strong=heading)
    return {**_content("m.text", [shown]), **_mark(ballot.id, "comments")}


def status_content(ballot: Ballot, tally: Tally, now: Instant) -> Content:
    """Return the status line: numbers with their base, what is missing, the time left.

    It is edited when somebody answers, so it says of what moment it speaks.
    """
    heading = f"{ballot.label} {_title(ballot)}"
    lines = [f"{heading}: {_state(ballot)}", _numbers(ballot, tally)]
    if ballot.state in _OPEN:
        is_enough = tally.outcome is Outcome.ADOPTED
        lines.append("If it closed now: adopted." if is_enough else tally.missing)
        in_the_way = [one for one in tally.open_objections if is_blocking(one, ballot.rule)]
        if in_the_way:
            names = (ballot.roster.name_of(one.raised_by.person_ref) for one in in_the_way)
            lines.append(f"BLOCKED by the objection of {', '.join(names)}.")
        if tally.unconfirmed:
            lines.append(
                f"Not confirmed for version {ballot.text.version} of the text: "
                f"{len(tally.unconfirmed)}, counted as not heard from."
            )
        counted_at = show_instant(Instant(now // 60_000 * 60_000))
        lines.append(
            f"Counted {counted_at}, {_left(ballot.deadline.instant - now)} before it closes."
        )
    if made := len(appeals(tally.late)):
        lines.append(f"Appealed by {made} of the {ballot.rule.cosigners} members needed.")
    shown = _paragraph(*filter(None, lines), strong=heading)
    return {**_content("m.text", [shown]), **_mark(ballot.id, "status")}


def statement_contents(ballot: Ballot) -> tuple[Content, ...]:
    """Return the statement itself, for the card's thread, in as many messages as it takes."""
    text = ballot.text
    head = f"The text to decide about: version {text.version}, code {text.code}."
    tail = f"SHA-256 {text.sha256}"
    return tuple(
        {
            **part,
            "body": f"{head}\n\n{part['body']}\n\n{tail}",
            "formatted_body": paragraphs(head)
            + quotation(part["formatted_body"])
            + f"<p><sub>{tail}</sub></p>",
            **_mark(ballot.id, "statement"),
        }
        for part in notice_contents(text.text)
    )


def filled(content: Content, url: str) -> Content:
    """Put an address in the place of ``{link}``."""
    change = {key: content[key].replace("{link}", url) for key in ("body", "formatted_body")}
    return {**content, **change}


def position_words(position: str) -> str:
    """Return a position as people say it."""
    return {**NAMES, **_OTHER_NAMES}.get(Position(position), position) if position else "nothing"


def state_words(ballot: Ballot) -> str:
    """Return where a ballot stands, in a few words: ``open``, ``closed: adopted``."""
    if ballot.outcome is not None and ballot.state in {State.CLOSED, State.ANNOUNCED}:
        return f"closed: {OUTCOMES[ballot.outcome]}"
    return ballot.state.words


def _how_to_answer(rule: Rule) -> list[_Block]:
    signs = offered(rule).items()
    points = _Block(
        "\n".join(f"{_sign(*each)} ({' '.join(_words(each[0]))})" for each in signs),
        listing(f"{inline(_sign(*each))} ({_words_html(each[0])})" for each in signs),
    )
    can = positions_of(rule)
    words = [text for position, text in _WORDS_ONLY.items() if position in can]
    return [
        _paragraph("React to this message, or write the word in its thread:"),
        points,
        _paragraph(
            f"Words only: {', '.join(words)}.",
            "The bot's own reactions do not count; what counts is in the status line.",
        ),
    ]


_WORDS_ONLY: Final[Mapping[Position, str]] = {
    Position.RECUSE: "!recuse leaves the count",
    Position.WITHDRAW: "!withdraw takes your position back",
}


def _linked(ballot: Ballot) -> list[str]:
    """Return the lines about the ballots before this one."""
    replaced = [] if ballot.supersedes is None else [f"Comes in the place of b/{ballot.supersedes}"]
    over = (
        [] if ballot.follows is None else [f"Follows b/{ballot.follows}, which stands as it ended"]
    )
    return [*replaced, *over]


def _numbers(ballot: Ballot, tally: Tally) -> str:
    if ballot.rule.mode == "signon":
        return f"{tally.endorse} of {tally.eligible} who can sign have signed."
    numbers = (
        ("endorse", tally.endorse),
        ("with reservation", tally.reserve),
        ("no objection", tally.no_objection),
        ("abstain", tally.abstain),
        ("hold", tally.hold),
        ("object", tally.object),
        ("not heard from", tally.silent),
        ("reservation without words", tally.reserve_without_words),
    )
    always = {"endorse", "object", "not heard from"}
    shown = ", ".join(f"{name} {count}" for name, count in numbers if count or name in always)
    return f"Of {tally.base} who count: {shown}"


def _local_times(ballot: Ballot) -> list[str]:
    """Return the deadline on the roll's clocks, places that agree together; the day if another."""
    universal, *places = show(ballot.deadline.instant, ballot.roster.zones)
    at: dict[str, list[str]] = {}
    for line in places:
        city, _, local = line.partition("  ")
        weekday, day, month, clock = local.split()
        date = f"{weekday} {day} {month}"
        shown = clock if universal.startswith(f"{date} ") else f"{clock} ({date})"
        at.setdefault(shown, []).append(city)
    told = "; ".join(f"{', '.join(cities)} {shown}" for shown, cities in at.items())
    return [f"Local times: {told}"] if told else []


def _columns(text: str) -> _Block:
    whole = unpinging(clean_text(text).strip("\n"))
    return _Block(whole, preformatted(whole))


def _cut_to(text: str, size: int) -> str:
    """Return as many whole lines as fit into ``size`` bytes."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= size:
        return text
    return raw[:size].decode("utf-8", "ignore").rpartition("\n")[0] + f"\n{_CUT}"


def _paragraph(*lines: str, strong: str = "") -> _Block:
    """Return lines of text; the words in ``strong`` are bold where they first stand."""
    text = clean_text("\n".join(lines))
    html = inline(text)
    if strong:
        shown = inline(clean_text(strong))
        html = html.replace(shown, f"<strong>{shown}</strong>", 1)
    return _Block(unpinging(text), f"<p>{html}</p>")


def _content(msgtype: str, blocks: Iterable[_Block]) -> dict[str, Any]:
    every = tuple(blocks)
    return {
        "msgtype": msgtype,
        "body": "\n\n".join(block.plain for block in every),
        "format": "org.matrix.custom.html",
        "formatted_body": sanitised("".join(block.html for block in every)),
        "m.mentions": mentions(),
    }


def _mark(ballot: BallotId, kind: str) -> dict[str, Any]:
    return {"org.seconded.ballot": {"id": ballot, "kind": kind}}


def _roll(ballot: Ballot) -> str:
    return one_line(clean_text(ballot.roster.title), 200)


def _title(ballot: Ballot) -> str:
    return one_line(clean_text(ballot.title), 200)


def _sign(position: Position, sign: Sign) -> str:
    return f"{sign.seed} {sign.name}: {NAMES[position]}"


def _words(position: Position) -> list[str]:
    """Return the word to type and, where more is asked for, what should follow it."""
    word = WORDS[position]
    return [f"!{word.chat}", *([word.hint] if word.hint else [])]


def _words_html(position: Position) -> str:
    word, *hint = _words(position)
    return " ".join([f"<code>{inline(word)}</code>", *map(inline, hint)])


def _state(ballot: Ballot) -> str:
    if ballot.state in _OPEN:
        return f"open until {show_instant(ballot.deadline.instant)}"
    if ballot.state is State.CLOSED:
        return f"{state_words(ballot)}; the result is not on the list yet"
    if ballot.state is State.ANNOUNCED:
        return f"{state_words(ballot)}; the result is on the list"
    return state_words(ballot)


def _left(milliseconds: int) -> str:
    seconds = max(0, milliseconds // 1000)
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"
