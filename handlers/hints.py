"""What a person is told about their own act: what they could not see, once for each occasion."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.domain.acts import REMOVED, Act, Door, Verdict
from bridge.domain.positions import Position
from bridge.domain.standing import Note, Standing, standings
from bridge.ids import Instant, UserId
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from bridge.store.standings import acts_about
from handlers.conditions import ask_whether_it_stands
from handlers.moved import receipt_of
from handlers.refusals import LATE, REASONS
from handlers.saying import tell_once

NAME_OFF = (
    "The list with the names was published already, and archives keep it. From now on your name is "
    "marked as withdrawn, with this date."
)
NOTES: Mapping[Note, str] = {
    Note.OBJECTION_MASKS_A_TAP: (
        "Your objection still stands, so your new sign is not counted. "
        "Take the raised hand away, or write !withdraw or a new position in words."
    ),
    Note.SHOWS_SEVERAL: "You show several signs; the latest one counts.",
    Note.HOLD_USED: (
        "More time is given once, and you asked for it before: this changes nothing. Say what you "
        "think, or write to the chair."
    ),
    Note.NO_POSITION_LEFT: (
        "You took your answer back and hold no position now; an earlier one does not come back."
    ),
}
RESERVED = (
    "Please write what you want noted: !reserve and your words. "
    "Until then your reservation is not counted as a yes."
)
STILL_OBJECTS = (
    "You took a raised hand away, and your objection still stands: you gave it in words, or by "
    "another sign, too. !withdraw, or another answer in words, lifts it."
)
BROKEN = (
    "Your objection broke the silence: by the strict rule of this ballot the procedure has ended, "
    "and the text is not endorsed."
)


def hint(tx: Tx, row: BallotRow, act: Act, person: UserId) -> None:
    """Tell a person about what was not counted, or what is missing, once for each occasion."""
    for reason, text in _hints(tx, row, act):
        tell_once(tx, row.ballot, person, reason=reason, text=text)
    ask_whether_it_stands(tx, row, act, person)


def _hints(tx: Tx, row: BallotRow, act: Act) -> list[tuple[str, str]]:
    """Return what to tell, each with the occasion: it is told once, but anew about another one.

    A reason alone is no occasion: who was told of a lost tap does not know of the next version's.
    """
    version = row.ballot.text.version
    if act.verdict is Verdict.LATE:
        leaves = row.ballot.rule.mode == "signon" and act.position in {REMOVED, Position.WITHDRAW}
        # A ballot that was behind at its close may be given another deadline.
        late = (f"late/{row.ballot.deadline.instant}", LATE)
        return [(f"off:{act.source_id}", NAME_OFF)] if leaves else [late]
    if act.verdict is not Verdict.ACCEPTED:
        reason = act.reason or ""
        return [(f"{reason}/{version}", REASONS[reason])] if reason in REASONS else []
    if act.position == Position.OBJECT and row.ballot.rule.strict:
        return [(f"objected:{act.source_id}", BROKEN)]
    about = acts_about(tx.conn, row.ballot.id, act.person_ref)
    standing = _standing(about, row, act.person_ref, tx.now)
    if standing is None:
        return []
    before = None
    # A tap of somebody who never objected shows by itself.
    if act.door is Door.CHAT or standing.objections:
        earlier = [one for one in about if one.seq != act.seq]
        before = _standing(earlier, row, act.person_ref, tx.now)
    moved = receipt_of(act, before, standing, row.ballot.rule)
    told = [
        (f"{note.value}/{_occasion(note, standing, version)}", NOTES[note])
        for note in standing.notes
        if _is_told(note, act) and not (moved and note is Note.NO_POSITION_LEFT)
    ]
    # An objection without words counts, and is asked for them below.
    if Note.WORDS_MISSING in standing.notes and standing.position is Position.RESERVE:
        occasion = _occasion(Note.WORDS_MISSING, standing, version)
        told.append((f"{Note.WORDS_MISSING.value}/{occasion}", RESERVED))
    if _leaves_an_objection(act, about, standing):
        told.append((f"still_objects:{act.source_id}", STILL_OBJECTS))
    return [*told, *filter(None, [moved])]


def _occasion(note: Note, standing: Standing, version: int) -> str:
    """Return what makes a note news: the objection or answer it is about, or the text's version."""
    if note is Note.OBJECTION_MASKS_A_TAP:
        return standing.objections[-1].raised_by.source_id
    if note is Note.WORDS_MISSING and standing.act is not None:
        return standing.act.source_id
    return str(version)


def _leaves_an_objection(act: Act, about: list[Act], standing: Standing) -> bool:
    """Say whether somebody took a raised hand away who goes on objecting (2.6, V4 is not so)."""
    if act.position != REMOVED or not standing.objection_open:
        return False
    return any(one.source_id == act.target and one.position == Position.OBJECT for one in about)


def _standing(acts: list[Act], row: BallotRow, person: str, at: Instant) -> Standing | None:
    return standings(acts, row.ballot.rule, at).get(person)


def _is_told(note: Note, act: Act) -> bool:
    """Say whether a note is worth a word now; a used hold only to who asks for another."""
    return note in NOTES and (note is not Note.HOLD_USED or act.position == Position.HOLD)
