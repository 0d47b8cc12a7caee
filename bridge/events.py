"""What happened, as frozen facts in the past tense; what handlers are called with.

Facts about the room come from ``bridge.matrix.facts``; these are the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.ids import BallotId, Instant, ListId, MessageId


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an inbox item: ``done``, ``held`` or ``suppressed``, and why.

    ``about`` is the Message-ID of a mail, so that it can be traced.
    """

    state: str = "done"
    reason: str | None = None
    about: str | None = None


DONE = Outcome()


@dataclass(frozen=True, slots=True)
class MailArrived:
    """A mail came to our listener.

    Attributes:
        inbox_id: where its raw bytes are kept.
        client: the address it was handed over from.
        signers: the domains of the list's host whose signature on it is true; None = not asked.
    """

    inbox_id: int
    list_id: ListId
    envelope_sender: str
    client: str
    raw: bytes
    received_at: Instant
    signers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SweepFinished:
    """A ballot's card was read completely at the homeserver; all it showed is in the inbox.

    Attributes:
        started_at: when the reading began by our clock (Unix ms).
        passed_at: what had passed then by our clock and the homeserver's; None: it was not asked.
    """

    ballot: BallotId
    started_at: Instant
    passed_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class ClockStruck:
    """An instant a ballot waited for has passed: ``final_call``, ``confirm`` or a notice's."""

    ballot: BallotId
    what: str


@dataclass(frozen=True, slots=True)
class DigestDue:
    """The local time of a list's digest has come; ``day`` is its date there (``2025-11-01``)."""

    list_id: ListId
    day: str


@dataclass(frozen=True, slots=True)
class MailStuck:
    """A mail of ours did not reach its list: it is ``overdue``, ``bounced`` or ``expired``."""

    message_id: MessageId
    state: str


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """Somebody on this machine used the command line.

    Attributes:
        key: under which its answer is left.
        given_at: when it was stored; None when it is answered on the spot.
    """

    key: str
    list_id: ListId | None
    name: str
    verb: str
    arguments: Mapping[str, str]
    text: str
    given_at: Instant | None = None
