"""What the loops and handlers expect of the world outside: small protocols.

Adapters (matrix.client, mail.smtp) and the tests' fakes are held to the same contract suite.
Every method raises ``Transient`` or ``Permanent`` and nothing else on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.ids import EventId, Instant, RoomId, UserId

Content = Mapping[str, Any]


class Clock(Protocol):
    """Tells the time; the only source of "now"."""

    def __call__(self) -> Instant:
        """Return the current instant, Unix milliseconds UTC."""


@dataclass(frozen=True, slots=True)
class RoomSpec:
    """The room a list should have.

    Attributes:
        alias_localpart: without ``#`` and server, e.g. ``list_pc``.
        private: invite-only, history from joining on, not in the directory.
        invite: people to invite at creation.
        moderators: people who get power level 50.
    """

    alias_localpart: str
    name: str
    topic: str
    private: bool
    invite: tuple[UserId, ...] = ()
    moderators: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """One event to send.

    Attributes:
        sender: the bot or one of our ghosts; the request masquerades as it.
        txn_id: derived, globally unique; the client also writes it into the content as
            ``org.seconded.txn`` so that an unknown outcome can be looked up in the room.
        ts: origin_server_ts to claim (Unix ms; appservices only), or None for now.
    """

    room_id: RoomId
    sender: UserId
    event_type: str
    content: Content
    txn_id: str
    ts: Instant | None = None


class MatrixWriter(Protocol):
    """What the Matrix deliverer does to the homeserver. Every method may be repeated."""

    async def ensure_room(self, spec: RoomSpec) -> RoomId:
        """Create the room, or return the one that has the alias already."""

    async def ensure_ghost(self, user_id: UserId, display_name: str, room_id: RoomId) -> None:
        """Register the ghost, give it its device and name, and join it to the room."""

    async def send(self, request: Send) -> EventId:
        """Send an event; a duplicate annotation counts as success."""

    async def upload(self, name: str, content_type: str, data: bytes, sender: UserId) -> str:
        """Put a file into the content repository and return its address, an ``mxc://`` URI.

        Repeated, it is a second file under another address.

        Args:
            name: under which it is saved.
            content_type: under which it is handed out; see ``bridge.mail.filetypes``.
            data: the file.
            sender: the bot or a ghost that exists.

        Raises:
            TooLarge: it is over the homeserver's limit.
        """

    async def put_state(
        self, room_id: RoomId, event_type: str, state_key: str, content: Content
    ) -> EventId:
        """Set room state as the bot."""

    async def redact(self, room_id: RoomId, event_id: EventId, txn_id: str) -> EventId:
        """Redact an event as the bot."""

    async def find_sent(self, room_id: RoomId, txn_id: str, since: Instant) -> EventId | None:
        """Look an unknown outcome up in the room, back to ``since``."""


class MatrixReader(Protocol):
    """What the sweep and the checks read from the homeserver."""

    async def annotations(self, room_id: RoomId, event_id: EventId) -> Sequence[Content]:
        """Return every m.annotation of the event, all pages, as raw Matrix events."""

    async def thread(self, room_id: RoomId, root: EventId) -> Sequence[Content]:
        """Return every event of the Matrix thread below a root, all pages, as raw events."""

    async def event(self, room_id: RoomId, event_id: EventId) -> Content | None:
        """Return one raw event (redacted ones with ``unsigned.redacted_because``), None for 404."""

    async def state(self, room_id: RoomId) -> Sequence[Content]:
        """Return the room's whole current state as raw events."""

    async def ping(self, txn_id: str) -> None:
        """Ask the homeserver to reach us; wakes its retries (appservice API, MSC2659)."""

    async def whoami(self) -> UserId:
        """Return whom the token belongs to."""

    async def server_time(self) -> Instant:
        """Return the homeserver's clock (its Date header)."""


class MatrixGuest(Protocol):
    """What the bot does in a room that is not ours: the operators' room."""

    async def join(self, room: str) -> RoomId:
        """Join a room by id or alias as the bot; being there already is success."""


class Homeserver(MatrixWriter, MatrixReader, MatrixGuest, Protocol):
    """All of it on one connection."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail ready for SMTP: MAIL FROM, RCPT TO and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class Names(Protocol):
    """What is asked of the DNS."""

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """Return every TXT record of a name, its strings joined; none = it has none.

        Raises:
            Transient: no server answered, hence nothing is known.
        """


class MailWriter(Protocol):
    """What the mail deliverer does to our submission server."""

    async def send(self, envelope: Envelope) -> str:
        """Hand the mail over and return the server's answer.

        Raises:
            Transient: 4xx or no connection; ``outcome_unknown`` when lost after DATA.
            Permanent: 5xx.
        """
