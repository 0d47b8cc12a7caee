"""What the chair says about objections, acts and the roll: acts of the same ledger (spec 2.5, 2.6).

Each is checked against the rule, entered with the chair as its person, told in the room and to
whom it concerns. What it does to the count is the domain's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.domain.acts import CHAIR, SELF, Act, Door, Verdict
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.domain.deadlines import show_duration, show_instant
from bridge.domain.fold import Objection
from bridge.domain.modes.rough import is_answered_too_late, too_late
from bridge.domain.rulings import ADOPTING, LEVELS, Level, Ruling, act_name
from bridge.domain.standing import standings
from bridge.domain.tally import Tally
from bridge.errors import UserError
from bridge.ids import Instant, PersonId
from bridge.matrix.cards import OUTCOMES, position_words
from bridge.store import ballots, listposts
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.standings import acts_about, keep_up
from handlers.context import Context
from handlers.counting import closes_at, tally_now
from handlers.finalcalls import settle
from handlers.saying import ask_for_status, tell_person, tell_room
from handlers.wishes import Wish

DONE_ALREADY: Final = "That was done already."
_DECIDING: Final = frozenset({*COUNTING, State.CLOSED})


def enter_ruling(
    wish: Wish,
    ballot: Ballot,
    kind: Ruling,
    target: str | None,
    words: str,
    **more: tuple[str, ...],
) -> Act | None:
    """Append a chair's act; None when this very command made one before."""
    tx = wish.tx
    act = Act(
        ballot=ballot.id,
        received_at=tx.now,
        effective_at=tx.now,
        claimed_at=None,
        door=Door.CHAIR,
        source_id=wish.key,
        person_ref=wish.is_chair(),
        capacity=CHAIR,
        text_version=ballot.text.version,
        position=kind.value,
        target=target,
        with_text=bool(words),
        verdict=Verdict.ACCEPTED,
        reason=None,
        flags=more.get("flags", ()),
        personal_hash="",
    )
    entered = ballots.append_act(tx, act, {"words": words})
    if entered is not None:
        keep_up(tx, ballot)
    return entered


def address(wish: Wish) -> str:
    """Mark an objection as addressed, with a link to the answer."""
    link = " ".join(wish.arguments.get("link", "").split())
    if not link:
        raise UserError(
            "Where is the answer? Write !ballot address b/42 person=NAME link=https://…"
        )
    return _answer(wish, Ruling.ADDRESS, link, f"was answered by the chair: {link}")


def overrule(wish: Wish) -> str:
    """Overrule an objection, with a reason."""
    reason = wish.reason("!ballot overrule b/42 person=NAME")
    return _answer(wish, Ruling.OVERRULE, reason, f"was overruled by the chair. Reason: {reason}")


def set_aside(wish: Wish) -> str:
    """Set an objection aside that was given no reason in time."""
    row = wish.row()
    person = _member(wish, row)
    objection = _open_objection(wish, row, person)
    _must_have_waited(wish, row.ballot, objection)
    reason = wish.arguments.get("reason", "").strip()
    told = "was set aside by the chair, because it came without a reason"
    return _lift(wish, row, (Ruling.SET_ASIDE, objection), reason, told)


def void(wish: Wish) -> str:
    """Void an act that is spam or abuse, with a reason and before the close; the ledger keeps it.

    Afterwards only what the rule itself leaves to the chair is ruled: an objection that never got
    a reason (2.5), and the level of a rough consensus.
    """
    reason = wish.reason("!ballot void b/42 person=NAME")
    row = wish.row()
    _must_be_deciding(wish, row)
    if row.ballot.state is State.CLOSED:
        raise UserError(
            f"{row.ballot.label} is closed, and nothing you void now may alter its result. Once it "
            f"is on the list, !ballot correct {row.ballot.label} says below it what is wrong; to "
            f"ask again, open a new ballot with follows={row.ballot.label}."
        )
    act = _act_meant(wish, row)
    if enter_ruling(wish, row.ballot, Ruling.VOID, act_name(act), reason) is None:
        return DONE_ALREADY
    name = row.ballot.roster.name_of(act.person_ref)
    after_ruling(wish.tx, wish.context, row.ballot)
    text = f"The chair voided an answer of {name} to {row.ballot.label}. Reason: {reason}"
    tell_room(wish.tx, row.ballot, f"void:{wish.key}", text)
    tell_person(wish.tx, row.ballot, act.person_ref, reason=f"void:{wish.key}", text=text)
    said = f"Voided: {name}, {act.position.replace('_', ' ')}. It stays in the log."
    return f"{said}{_what_is_left(wish, row, act.person_ref, name)}"


def _what_is_left(wish: Wish, row: BallotRow, person: str, name: str) -> str:
    """Return what somebody holds whose answer was voided: another one may have stood below."""
    at = row.ballot.closed_at or wish.tx.now
    acts = acts_about(wish.tx.conn, row.ballot.id, person)
    standing = standings(acts, row.ballot.rule, at).get(person)
    if standing is None or standing.position is None:
        return ""
    held = position_words(standing.position)
    again = f'!ballot void {row.ballot.label} person={person} reason="…"'
    return f" {name} counts as {held} by another answer now; {again} voids that one, too."


def admit(wish: Wish) -> str:
    """Admit somebody to the roll, before the deadline only; their answers count from then on."""
    reason = wish.reason("!ballot admit b/42 person=NAME")
    row = wish.row()
    ballot = row.ballot
    if ballot.state not in COUNTING or wish.tx.now >= ballot.deadline.instant:
        raise UserError(f"{ballot.label} admits nobody now: only while it is open.")
    named = PersonId(wish.arguments.get("person", ""))
    if named in {one.person for one in ballot.roster.everybody}:
        raise UserError(f"{named} is on the roll of {ballot.label} already.")
    if named not in wish.context.roster.people:
        raise UserError(f"There is no person {named!r} in the roster; person= takes a slug.")
    if enter_ruling(wish, ballot, Ruling.ADMIT, named, reason) is None:
        return DONE_ALREADY
    member = wish.context.roster.member(named)
    roster = replace(ballot.roster, admitted=(*ballot.roster.admitted, member))
    wider = replace(ballot, roster=roster)
    ballots.update_ballot(wish.tx, wider)
    after_ruling(wish.tx, wish.context, wider)
    text = f"The chair admitted {member.name} to the roll of {ballot.label}. Reason: {reason}"
    tell_room(wish.tx, wider, f"admit:{wish.key}", text)
    more = "What you tapped or wrote before does not count: please answer again."
    tell_person(wish.tx, wider, named, reason=f"admit:{wish.key}", text=f"{text} {more}")
    return f"{member.name} is on the roll of {ballot.label} now, and answers from now on count."


def declare(wish: Wish) -> str:
    """Declare the level of consensus, after the close of a ballot by rough consensus."""
    row = wish.row()
    ballot = row.ballot
    if ballot.rule.mode != "rough":
        raise UserError(f"{ballot.label} is decided by its numbers; only rule=rough is declared.")
    level = _level(wish)
    if ballot.state is not State.CLOSED:
        raise UserError(f"{ballot.label} is not closed yet; you declare after its deadline.")
    _must_not_be_published(wish, row)
    counted = tally_now(wish.tx, ballot, ballot.closed_at or wish.tx.now)
    _must_have_been_called(ballot, counted, level)
    words = wish.arguments.get("reason", "").strip()
    if enter_ruling(wish, ballot, Ruling.DECLARE, level.value, words) is None:
        return DONE_ALREADY
    outcome = after_ruling(wish.tx, wish.context, ballot)
    text = f"The chair declared {LEVELS[level]} on {ballot.label}: {outcome}."
    tell_room(wish.tx, ballot, f"declare:{wish.key}", text)
    return f"{text} Write confirm in the card's thread, or !ballot close, to post the result."


def stop(wish: Wish) -> str:
    """Close the late register of an announced ballot."""
    row = wish.row()
    if row.ballot.state is not State.ANNOUNCED:
        raise UserError(f"{row.ballot.label} has no late register yet: it is not announced.")
    reason = wish.arguments.get("reason", "").strip()
    if enter_ruling(wish, row.ballot, Ruling.STOP, None, reason) is None:
        return DONE_ALREADY
    text = f"The late register of {row.ballot.label} is closed."
    tell_room(wish.tx, row.ballot, f"stop:{wish.key}", text)
    return text


def after_ruling(tx: Tx, context: Context, ballot: Ballot) -> str:
    """Count anew, as the outcome may be another one now, and return it in words."""
    at = ballot.closed_at or tx.now
    counted = tally_now(tx, ballot, at)
    if ballot.state is State.CLOSED and counted.outcome is not ballot.outcome:
        ballots.update_ballot(tx, replace(ballot, outcome=counted.outcome))
    settle(tx, context, ballot)
    ask_for_status(tx, context, ballot)
    return OUTCOMES[counted.outcome]


def _answer(wish: Wish, kind: Ruling, words: str, told: str) -> str:
    row = wish.row()
    if row.ballot.rule.mode != "rough":
        raise UserError(
            f"The rule of {row.ballot.label} lets only the objector lift an objection: by taking "
            "it back, or by another answer in writing."
        )
    objection = _open_objection(wish, row, _member(wish, row))
    if row.ballot.state is State.CLOSED:
        raise UserError(
            f"{row.ballot.label} is closed, and an answer now would leave the objector no time to "
            "reply. It ends as objected; open a new ballot to ask again."
        )
    return _lift(wish, row, (kind, objection), words, told)


def _lift(wish: Wish, row: BallotRow, what: tuple[Ruling, Objection], words: str, told: str) -> str:
    kind, objection = what
    person = objection.raised_by.person_ref
    if enter_ruling(wish, row.ballot, kind, act_name(objection.raised_by), words) is None:
        return DONE_ALREADY
    after_ruling(wish.tx, wish.context, row.ballot)
    text = f"The objection of {row.ballot.roster.name_of(person)} to {row.ballot.label} {told}"
    text = text if text.endswith((".", "!", "?")) or "://" in text else f"{text}."
    tell_room(wish.tx, row.ballot, f"ruling:{wish.key}", text)
    more = _what_the_objector_can(wish.tx, row.ballot)
    tell_person(wish.tx, row.ballot, person, reason=f"ruling:{wish.key}", text=f"{text} {more}")
    return text


def _what_the_objector_can(tx: Tx, ballot: Ballot) -> str:
    if ballot.state is State.CLOSED:
        return f"{ballot.label} is closed; what you write now is recorded as late."
    until = show_instant(closes_at(tx, ballot))
    return f"If you still object, raise it again before {until}: !object and your words."


def _member(wish: Wish, row: BallotRow) -> str:
    """Return the member that person= names."""
    named = wish.arguments.get("person", "")
    known = [one.person for one in row.ballot.roster.everybody]
    if named not in known:
        raise UserError(f"Whose? Write person=NAME, one of {', '.join(known)}.")
    return named


def _open_objection(wish: Wish, row: BallotRow, person: str) -> Objection:
    _must_be_deciding(wish, row)
    at = row.ballot.closed_at or wish.tx.now
    counted, name = tally_now(wish.tx, row.ballot, at), row.ballot.roster.name_of(person)
    found = [one for one in counted.open_objections if one.raised_by.person_ref == person]
    if not found:
        raise UserError(f"{name} has no open objection to {row.ballot.label}.")
    answered = [one for one in found if one.raised_by.source_id == wish.about]
    if len(found) > 1 and not answered:
        # An answer to the one must not end the other, which nobody has answered.
        raise UserError(
            f"{name} has two objections open to {row.ballot.label}: one to the text, and one to "
            "calling its change editorial. Which do you mean? Write the command as a reply to the "
            "message that raised it; a raised hand is ruled on once the other one is."
        )
    return (answered or found)[0]


def _must_be_deciding(wish: Wish, row: BallotRow) -> None:
    if row.ballot.state not in _DECIDING:
        raise UserError(
            f"{row.ballot.label} is {row.ballot.state.words}; nothing is ruled on it now."
        )
    _must_not_be_published(wish, row)


def _must_not_be_published(wish: Wish, row: BallotRow) -> None:
    """Nothing alters a result that is on its way to the list."""
    if any(post.kind == "result" for post in listposts.of_ballot(wish.tx.conn, row.ballot.id)):
        raise UserError(f"The result of {row.ballot.label} is on its way to the list already.")


def _must_have_waited(wish: Wish, ballot: Ballot, objection: Objection) -> None:
    raised = objection.raised_by
    if raised.with_text:
        raise UserError("That objection has a reason: it is not set aside for want of one.")
    waited = Instant(raised.received_at + ballot.rule.reason_wait * 1000)
    if wish.tx.now < min(waited, ballot.deadline.instant):
        raise UserError(
            "The objector has been asked for the reason, and has "
            f"{show_duration(ballot.rule.reason_wait)} or until the deadline to give it."
        )


def _act_meant(wish: Wish, row: BallotRow) -> Act:
    """Return the act of the message that is answered, or the one that counts for a member."""
    if wish.about is not None and "person" not in wish.arguments:
        for door in (Door.CHAT, Door.REACTION, Door.MAIL):
            act = ballots.act_by_source(wish.tx.conn, door, wish.about)
            if act is not None and act.ballot == row.ballot.id:
                return act
    person = _member(wish, row)
    acts = acts_about(wish.tx.conn, row.ballot.id, person)
    at = row.ballot.closed_at or wish.tx.now
    standing = standings(acts, row.ballot.rule, at, capacity=SELF).get(person)
    if standing is None or standing.act is None:
        raise UserError(f"{row.ballot.roster.name_of(person)} holds no position to void.")
    return standing.act


def _must_have_been_called(ballot: Ballot, counted: Tally, level: Level) -> None:
    """Refuse what the count would not follow: an objector must have had time to reply (2.5)."""
    if counted.open_objections:
        raise UserError(
            f"{counted.missing} None can be any more, so {ballot.label} ends as objected; open a "
            "new ballot to ask again."
        )
    if level in ADOPTING and is_answered_too_late(counted, ballot.rule):
        raise UserError(
            f"{too_late(ballot.rule)} Declare level=strong_support or level=divergence, or open a "
            "new ballot to ask again."
        )


def _level(wish: Wish) -> Level:
    wanted = wish.arguments.get("level", "").strip().casefold().replace(" ", "_")
    if wanted not in set(Level):
        known = ", ".join(Level)
        raise UserError(f"Which level? Write !ballot declare b/42 level=…, one of {known}.")
    return Level(wanted)
