"""Erasing a person from the ballots: shown, confirmed and done on the command line alone.

A request for it in chat would itself name them there for good. What others say of the person, and
what left this machine, is beyond it; the answer says so, with what can be done about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from bridge.domain.acts import canonical_json
from bridge.domain.ballots import Ballot, State
from bridge.domain.modes.sentences import count
from bridge.domain.standing import standings
from bridge.errors import UserError
from bridge.events import CommandGiven
from bridge.ids import BallotId, Instant, ListId, PersonId, UserId
from bridge.mail.columns import wrap
from bridge.matrix.cards import state_words
from bridge.store import ballots, erasure
from bridge.store.database import Tx
from bridge.store.erasure import Erased, Identity
from bridge.store.proposals import Proposal, proposal_by_key, record_proposal, record_settled
from bridge.store.rehearsal import rehearse
from bridge.store.standings import acts_about
from handlers.confirming import CONFIRM_WITHIN_MS
from handlers.context import Context

ERASE: Final = "erase"
OPERATOR: Final = "operator"
"""By whom, when no facilitator is named: whoever may run our command line."""
_OVER: Final = frozenset({State.ANNOUNCED, State.WITHDRAWN, State.SUPERSEDED})
_FOR_GOOD: Final = (
    "All of it: nobody can tell any more who that was. The counts, the results, every hash and the "
    "slug {person} stay: log and roll are made of slugs."
)
_REMAINS: Final = (
    (
        "the list's archives and its readers' mailboxes: every mail of ours that named them. Ask "
        "the list's owner; nobody can take a mail back"
    ),
    (
        "the rooms, on every homeserver in them: their messages and reactions, and ours that name "
        "them. A moderator redacts these there"
    ),
    "what the list itself brought here: their own mails, and the posts in the room made of them",
    "what other people wrote about them, also in a reason or in the text of a ballot",
    "the roster file: take them out of it and restart, or the next ballot freezes the name again",
    "backups, exports with names, and logs made until now: delete those you keep",
)
"""Where a name still stands afterwards, and what an operator can do there."""
_VACUUM: Final = (
    "old pages of this PostgreSQL server, and its write-ahead log: VACUUM FULL (see the runbook)"
)


def erase_asked(event: CommandGiven, tx: Tx, context: Context) -> str:
    """Erase somebody, or show what that would do; return the answer.

    Raises:
        UserError: nobody is called so, it is too early, or something else would happen now.
    """
    by = _who_asks(context, event.arguments.get("as"))
    whose = _whose(tx, context, event.arguments.get("person", ""))
    _must_be_possible(tx, whose)
    # The command names whom: it is forgotten whether or not it is done.
    erasure.forget_command(tx, event.key)
    if event.arguments.get("yes") == "yes":
        _must_be_what_was_shown(event, tx, context, whose)
        return _erased(event, tx, context, whose, by)
    found = _rehearsed(tx, context, whose)
    if found.is_nothing:
        return _nothing(whose)
    shown = _shown(tx, whose, found)
    if "preview" in event.arguments:
        _note(tx, event.arguments["preview"], by, _digest(whose, found))
    return f"{shown}\n\nNothing was done yet. Say --yes to do it."


def _rehearsed(tx: Tx, context: Context, whose: Identity) -> Erased:
    is_ours = context.namespace.owns_user
    return rehearse(tx, lambda trial: erasure.erase(trial, whose, is_ours)).value


def _erased(event: CommandGiven, tx: Tx, context: Context, whose: Identity, by: str) -> str:
    found = erasure.erase(tx, whose, context.namespace.owns_user)
    if found.is_nothing:
        return _nothing(whose)
    erasure.record_erasure(tx, event.key, by, found)
    done = (
        f"Erased, and written down without the name: {count(sum(found.entries.values()), 'act')} "
        f"of the log, {count(len(found.rolls), 'roll')}, {count(found.reactions, 'reaction')}, "
        f"{count(found.events, 'event')}. Pages follow within a minute."
    )
    return "\n".join([wrap(done), *_remains(tx)])


def _nothing(whose: Identity) -> str:
    return f"Nothing of {whose.person} is kept with the ballots; nothing was done."


def _whose(tx: Tx, context: Context, person: str) -> Identity:
    """Return whom a slug means, by roster file, rolls and ledgers together."""
    known = context.roster.people.get(PersonId(person))
    kept = erasure.identity_in(tx.conn, person)
    if known is None and kept is None:
        raise UserError(f"Nobody is called {person!r}, neither in the roster nor in any ballot.")
    names = frozenset({known.name} if known is not None else ())
    matrix: frozenset[UserId] = frozenset(known.matrix if known is not None else ())
    if kept is not None:
        names, matrix = names | kept.names, matrix | kept.matrix
    return Identity(PersonId(person), names, matrix)


def _who_asks(context: Context, named: str | None) -> str:
    facilitators = {one for listed in context.lists.values() for one in listed.facilitators}
    if named is not None and named not in facilitators:
        raise UserError(f"{named!r} is no facilitator of any list.")
    return named or OPERATOR


def _must_be_possible(tx: Tx, whose: Identity) -> None:
    """Refuse while a count or a mail that is still to come needs to know whose it is."""
    for row in ballots.every_ballot(tx.conn):
        ballot = row.ballot
        if ballot.state in _OVER:
            continue
        if ballot.chair == whose.person:
            raise UserError(
                f"{whose.person} is the chair of {ballot.label}, which is not over yet. Withdraw "
                "it, or wait until its result is on the list."
            )
        if _holds_a_position(tx, ballot, whose):
            raise UserError(
                f"{whose.person} holds a position on {ballot.label} ({state_words(ballot)}), and "
                "the count must know whose it is. Have them take it back first (!withdraw), or "
                "wait until its result is on the list."
            )
    waiting = erasure.unsent_about(tx.conn, whose)
    if waiting:
        raise UserError(
            f"{count(waiting, 'message')} naming {whose.person} still on the way: ask again when "
            "nothing waits any more (seconded status)."
        )


def _holds_a_position(tx: Tx, ballot: Ballot, whose: Identity) -> bool:
    acts = acts_about(tx.conn, ballot.id, whose.person)
    at = ballot.closed_at or tx.now
    held = standings(acts, ballot.rule, at).get(whose.person)
    return held is not None and (
        held.act is not None or held.unconfirmed is not None or held.objection_open
    )


def _shown(tx: Tx, whose: Identity, found: Erased) -> str:
    copies = f"{count(found.reactions, 'reaction')} and {count(found.events, 'event')}"
    return "\n".join(
        (
            f"Erase {whose.person} from all ballots",
            "",
            *_ballots(tx, whose, found),
            wrap(
                f"{copies} as they came from the room, and what we have sent: the copies kept here",
                "Also      ",
                " " * 10,
            ),
            wrap("nobody: no mail, no message in any room", "Told      ", " " * 10),
            wrap(_FOR_GOOD.format(person=whose.person), "For good  ", " " * 10),
            *_remains(tx),
        )
    )


def _ballots(tx: Tx, whose: Identity, found: Erased) -> Iterator[str]:
    """Yield what is erased of each ballot; a page and a new export show it as withdrawn."""
    for number in sorted({*found.entries, *found.rolls}):
        row = ballots.ballot_by_id(tx.conn, BallotId(number))
        assert row is not None
        entries = found.entries.get(number, 0)
        of = [f"words and ids of {count(entries, 'act')} of its log"] if entries else []
        of += ["name, Matrix ids and zone on its roll"] if number in found.rolls else []
        said = f"{row.ballot.label} ({state_words(row.ballot)}): {', and '.join(of)}."
        if row.ballot.state not in _OVER and number in found.rolls:
            said += f" It is not over: {whose.person} can answer there no more."
        yield wrap(said, "Goes      ", " " * 10)


def _remains(tx: Tx) -> Iterator[str]:
    yield "Remains   what is not in the ballots, or not in our reach:"
    is_postgres = tx.conn.dialect.name == "postgresql"
    for one in (*_REMAINS, *([_VACUUM] if is_postgres else [])):
        yield wrap(one, " " * 10 + "- ", " " * 12)


def _digest(whose: Identity, found: Erased) -> str:
    of = [[number, entries] for number, entries in sorted(found.entries.items())]
    shown = canonical_json([ERASE, whose.person, of, list(found.rolls)])
    return hashlib.sha256(shown).hexdigest()


def _note(tx: Tx, key: str, by: str, shown: str) -> None:
    """Write down that a preview was shown; not of whom."""
    proposal = Proposal(
        key=key,
        list_id=ListId(""),
        ballot=BallotId(0),
        verb=ERASE,
        arguments={},
        chair=PersonId(by),
        root=None,
        post=None,
        about=None,
        shown=shown,
        stood={},
        asked_at=tx.now,
    )
    record_proposal(tx, proposal)


def _must_be_what_was_shown(event: CommandGiven, tx: Tx, context: Context, whose: Identity) -> None:
    """Refuse a yes to a preview that holds no more; a script that says --yes saw none."""
    key = event.arguments.get("preview")
    if key is None:
        return
    found = _rehearsed(tx, context, whose)
    proposal = proposal_by_key(tx.conn, key)
    if proposal is None or proposal.verb != ERASE or proposal.settled_at is not None:
        raise UserError("Nothing waits to be confirmed; give the command again.")
    record_settled(tx, proposal.id)
    is_late = tx.now > Instant(proposal.asked_at + CONFIRM_WITHIN_MS)
    if is_late or proposal.shown != _digest(whose, found):
        raise UserError(
            "What you were shown holds no more: an hour passed, or somebody acted since. Nothing "
            f"was done. This is what it would do now.\n\n{_shown(tx, whose, found)}"
        )
