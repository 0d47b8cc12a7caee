"""The ballot and its state machine as a table (spec 2.2); no clock decides anything here.

A trigger that the state does not know raises and changes nothing. BLOCKED is not a state but
what the tally shows while an objection is open, in OPEN and in FINAL CALL alike.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bridge.domain.acts import canonical_json
from bridge.domain.deadlines import Deadline
from bridge.domain.roster import RosterSnapshot
from bridge.domain.rules import Rule
from bridge.ids import BallotId, Instant, ListId, MessageId, PersonId


class State(StrEnum):
    """Where a ballot stands."""

    DRAFT = "draft"
    COMMENT = "comment"
    LOCKED = "locked"
    OPEN = "open"
    FINAL_CALL = "final_call"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"

    @property
    def words(self) -> str:
        """The state as people say it."""
        return self.value.replace("_", " ")


class Trigger(StrEnum):
    """What moves a ballot on."""

    PUBLISH = "publish"
    LOCK = "lock"
    NEW_TEXT = "new_text"
    CALL_SEEN = "call_seen"
    FINAL_CALL = "final_call"
    OBJECTION = "objection"
    DEADLINE_PASSED = "deadline_passed"
    BROKEN = "broken"
    EXTEND = "extend"
    RESULT_SEEN = "result_seen"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"


class Outcome(StrEnum):
    """The result in data; the words for people are the templates' business."""

    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    NOT_QUORATE = "not_quorate"
    OBJECTED = "objected"
    TOO_FEW = "too_few"
    NO_DECISION = "no_decision"
    WITHDRAWN = "withdrawn"
    COUNTED = "counted"


TRANSITIONS: Final = MappingProxyType(
    {
        State.DRAFT: {
            Trigger.PUBLISH: State.COMMENT,
            # A text that needs no comments is locked at once; COMMENT is optional.
            Trigger.LOCK: State.LOCKED,
            Trigger.WITHDRAW: State.WITHDRAWN,
            # What has not opened yet must not open beside the one that took its place.
            Trigger.SUPERSEDE: State.SUPERSEDED,
        },
        State.COMMENT: {
            Trigger.NEW_TEXT: State.COMMENT,
            Trigger.LOCK: State.LOCKED,
            Trigger.WITHDRAW: State.WITHDRAWN,
            Trigger.SUPERSEDE: State.SUPERSEDED,
        },
        State.LOCKED: {
            Trigger.NEW_TEXT: State.COMMENT,
            # The clock starts when our own call is seen on the list, not when it is sent.
            Trigger.CALL_SEEN: State.OPEN,
            # Its call came too late, or not at all: a new call names a later deadline.
            Trigger.EXTEND: State.LOCKED,
            Trigger.WITHDRAW: State.WITHDRAWN,
            Trigger.SUPERSEDE: State.SUPERSEDED,
        },
        State.OPEN: {
            # A substantive change: the final call that may begin is one for the new text.
            Trigger.NEW_TEXT: State.OPEN,
            Trigger.FINAL_CALL: State.FINAL_CALL,
            Trigger.OBJECTION: State.OPEN,
            Trigger.EXTEND: State.OPEN,
            Trigger.DEADLINE_PASSED: State.CLOSED,
            # Only under a strict rule; another one stays open while an objection is.
            Trigger.BROKEN: State.CLOSED,
            Trigger.WITHDRAW: State.WITHDRAWN,
            Trigger.SUPERSEDE: State.SUPERSEDED,
        },
        State.FINAL_CALL: {
            Trigger.NEW_TEXT: State.OPEN,
            Trigger.OBJECTION: State.OPEN,
            Trigger.EXTEND: State.OPEN,
            Trigger.DEADLINE_PASSED: State.CLOSED,
            Trigger.BROKEN: State.CLOSED,
            Trigger.WITHDRAW: State.WITHDRAWN,
            Trigger.SUPERSEDE: State.SUPERSEDED,
        },
        State.CLOSED: {
            # Once, and only if we were behind at the deadline: the caller knows.
            Trigger.EXTEND: State.OPEN,
            Trigger.RESULT_SEEN: State.ANNOUNCED,
        },
        # Reopening is not offered: nobody could tell that the chair had seen the result.
        State.ANNOUNCED: {},
        State.WITHDRAWN: {},
        State.SUPERSEDED: {},
    }
)
"""State -> trigger -> next state."""


class Audience(StrEnum):
    """Who is told of a step."""

    ROOM = "room"
    LIST = "list"
    CHAIR = "chair"


_EVERYONE: Final = frozenset({Audience.ROOM, Audience.LIST})

TOLD: Final = MappingProxyType(
    {
        Trigger.PUBLISH: _EVERYONE,
        # Whoever comments on the list must not comment on a text that has changed.
        Trigger.NEW_TEXT: _EVERYONE,
        # The mail is the call itself; the room has the card when the list has shown the call.
        Trigger.LOCK: frozenset({Audience.LIST, Audience.CHAIR}),
        Trigger.CALL_SEEN: frozenset({Audience.ROOM}),
        Trigger.FINAL_CALL: _EVERYONE,
        # That a final call ended stands in the notice of the objection that ended it.
        Trigger.OBJECTION: frozenset({Audience.ROOM}),
        # The list is told by the result, which waits for the chair.
        Trigger.DEADLINE_PASSED: frozenset({Audience.ROOM, Audience.CHAIR}),
        Trigger.BROKEN: _EVERYONE,
        Trigger.EXTEND: _EVERYONE,
        # The result that was seen is what tells the list.
        Trigger.RESULT_SEEN: frozenset({Audience.ROOM}),
        Trigger.WITHDRAW: _EVERYONE,
        Trigger.SUPERSEDE: _EVERYONE,
    }
)
"""Trigger -> who is told at once; nothing is left to the digest alone, which few lists have."""

COUNTING: Final = frozenset({State.OPEN, State.FINAL_CALL})
"""The states in which positions count."""


class IllegalTransition(Exception):  # noqa: N818 - the domain's word; nothing is broken
    """The state does not know the trigger; nothing has changed."""

    def __init__(self, state: State, trigger: Trigger) -> None:
        possible = ", ".join(TRANSITIONS[state]) or "nothing"
        super().__init__(f"a ballot that is {state} cannot {trigger}; possible: {possible}")
        self.state = state
        self.trigger = trigger


def step(state: State, trigger: Trigger) -> State:
    """Return the state after the trigger.

    Raises:
        IllegalTransition: the state does not know the trigger.
    """
    following = TRANSITIONS[state].get(trigger)
    if following is None:
        raise IllegalTransition(state, trigger)
    return following


def may_be_replaced(state: State) -> bool:
    """Say whether a new ballot may come in the place of one in this state; a result stands."""
    return state is State.WITHDRAWN or Trigger.SUPERSEDE in TRANSITIONS[state]


def may_be_followed(state: State) -> bool:
    """Say whether a new ballot may take up one in this state: nothing is reopened."""
    return state is State.CLOSED or not TRANSITIONS[state]


@dataclass(frozen=True, slots=True)
class StatementText:
    """One version of the statement, normalised, with the whole hash that decides (2.7).

    Attributes:
        version: from 1, shown as ``v1``.
        text: as ``normalise_text`` leaves it.
        sha256: hex, over the UTF-8 bytes of ``text``.
    """

    version: int
    text: str
    sha256: str

    @property
    def code(self) -> str:
        """The first 8 hex digits: for people, it proves nothing."""
        return self.sha256[:8]


def normalise_text(text: str) -> str:
    """Return the text in NFC, with LF line ends, no trailing blanks and no empty lines at the end.

    A text that is not empty ends in one LF, as text files do.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    body = "\n".join(line.rstrip() for line in lines).rstrip("\n")
    return unicodedata.normalize("NFC", body + "\n") if body else ""


def statement_text(text: str, *, version: int = 1) -> StatementText:
    """Normalise and hash a statement."""
    normal = normalise_text(text)
    sha256 = hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()
    return StatementText(version=version, text=normal, sha256=sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a ballot ended that has no result.

    Attributes:
        at: when (Unix ms).
        was: the state before.
        by: who withdrew it, or whose ballot came in its place.
        reason: why it was withdrawn; "" where none was asked, and once it is erased.
        instead: the ballot that came in its place, or None.
    """

    at: Instant
    was: State
    by: PersonId
    reason: str = ""
    instead: BallotId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The question put to a roster: text, roll, rule and deadline, frozen at opening.

    Attributes:
        id: number per instance from 1, shown as ``b/42``.
        key: id of the command that made it; makes a second delivery harmless.
        message_id: the post that holds the statement; (list_id, message_id) is its key.
        chair: confirms and is written to when something was counted wrongly.
        proposer: whose text it is; never counts toward the support needed.
        opened_at: when our own call was seen on the list (Unix ms), or None.
        closed_at: the closing instant that was used (Unix ms), or None.
        outcome: None until it is closed.
        earlier: the versions of the text before this one, from the first.
        card_version: the version whose card members react to now; an editorial change has none
            of its own.
        card_copies: how often that card was put up again, because somebody redacted it.
        comments_until: the red-line deadline of a text put up for comments (Unix ms), or None.
        supersedes: the ballot in whose place this one comes, or None.
        follows: a ballot that is over and stands as it is, which this one takes up again, or None.
        erasures: how often somebody was erased from it: what shows it is written anew.
        calls: how many calls were written: another one names a later deadline before it opens.
        ending: how it was withdrawn or replaced; None before, and where it was not written down.
    """

    id: BallotId
    key: str
    list_id: ListId
    message_id: MessageId
    title: str
    chair: PersonId
    proposer: PersonId | None
    state: State
    text: StatementText
    roster: RosterSnapshot
    rule: Rule
    deadline: Deadline
    created_at: Instant
    opened_at: Instant | None = None
    closed_at: Instant | None = None
    outcome: Outcome | None = None
    earlier: tuple[StatementText, ...] = ()
    card_version: int = 1
    card_copies: int = 0
    comments_until: Instant | None = None
    supersedes: BallotId | None = None
    follows: BallotId | None = None
    calls: int = 1
    erasures: int = 0
    ending: Ending | None = None

    @property
    def label(self) -> str:
        """The ballot's public name, ``b/42``."""
        return f"b/{self.id}"

    @property
    def terms(self) -> bytes:
        """The canonical JSON of what the count rests on beside the log: hashed and exported.

        No other published hash covers whose text it is and when it closed.
        """
        return canonical_json(
            {
                "ballot": self.id,
                "proposer": self.proposer,
                "closed_at": self.closed_at,
                "text": self.text.sha256,
                "rule": self.rule.sha256,
                "roll": self.roster.sha256,
            }
        )

    @property
    def terms_sha256(self) -> str:
        """The terms' hash (hex)."""
        return hashlib.sha256(self.terms).hexdigest()
