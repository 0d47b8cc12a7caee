"""What somebody asks for about a ballot, the same through chat and command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.config import ListConfig
from bridge.domain.ballots import COUNTING, Ballot, State
from bridge.errors import UserError
from bridge.ids import EventId, MessageId, PersonId
from bridge.store import ballots
from bridge.store.ballots import BallotRow
from bridge.store.database import Tx
from handlers.context import Context

LONGEST: Final = {"reason": 1000, "title": 200, "link": 2000}
"""Argument -> characters it may have: lists hold a mail of more than about 40 kB."""


def must_be_short(arguments: Mapping[str, str]) -> None:
    """Refuse words that would make a mail which no list takes.

    Raises:
        UserError: they are too long; says by how much.
    """
    for key, most in LONGEST.items():
        length = len(arguments.get(key, ""))
        if length > most:
            raise UserError(
                f"{key}= has {length:,} characters and may have {most:,}. Nothing was done; what "
                "needs more room can stand in a post of its own."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command about a ballot, with what it was given in.

    Attributes:
        key: the id of what asked; the act that comes of it has it as its source.
        chair: who asks, None for what anybody may ask.
        post: the post that holds a text: the one replied to, or named.
        event: the chat message, None from the command line.
        about: the event that the chat message answers, or None.
    """

    tx: Tx
    context: Context
    listed: ListConfig
    key: str
    arguments: Mapping[str, str]
    chair: PersonId | None = None
    post: MessageId | None = None
    event: EventId | None = None
    about: EventId | None = None

    def row(self) -> BallotRow:
        """Return the ballot that is meant.

        Raises:
            UserError: there is none, or which one is meant is not clear.
        """
        return find_ballot(self.tx, self.listed, self.arguments)

    def reason(self, form: str) -> str:
        """Return the reason that was given.

        Raises:
            UserError: none was; shows the right form.
        """
        reason = " ".join(self.arguments.get("reason", "").split())
        if not reason:
            raise UserError(f'Why? Write {form} reason="…"; it is shown to everybody.')
        return reason

    def is_chair(self) -> PersonId:
        """Return who asks.

        Raises:
            UserError: nobody who may.
        """
        if self.chair is None:
            raise UserError("Who is the chair? Say --as PERSON, a facilitator of the list.")
        return self.chair

    def asked_by(self, ballot: Ballot) -> str:
        """Return how who asks is called: not every facilitator is the ballot's chair."""
        person = self.is_chair()
        if person == ballot.chair:
            return "the chair"
        known = self.context.roster.people.get(person)
        return f"{known.name if known is not None else person}, a facilitator of the list"


def find_ballot(tx: Tx, listed: ListConfig, arguments: Mapping[str, str]) -> BallotRow:
    """Return the ballot an argument names, or the only one that makes sense.

    Raises:
        UserError: there is none, or which one is meant is not clear.
    """
    if written := arguments.get("ballot"):
        row = ballots.ballot_named(tx.conn, written)
        if row is None or row.ballot.list_id != listed.id:
            raise UserError(f"There is no ballot {called(written)} on this list.")
        return row
    current = [
        row
        for row in ballots.every_ballot(tx.conn)
        if row.ballot.list_id == listed.id and row.ballot.state in {*COUNTING, State.CLOSED}
    ]
    if len(current) != 1:
        raise UserError("Which ballot? Name it, for example b/42; !ballot list shows them.")
    return current[0]


def called(written: str) -> str:
    """Return how a ballot that somebody wrote is called, whichever way its number was written."""
    number = written.removeprefix("b/")
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return f"b/{int(number)}" if is_number else repr(written)
