"""The errands to the homeserver, one for each kind of letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bridge.delivery.errand import Errand, NotDue, Prepare
from bridge.delivery.files import Mails, UploadErrand, no_mails
from bridge.delivery.references import GoneError, UnresolvedError, resolve
from bridge.errors import Permanent, Transient
from bridge.failpoints import reach
from bridge.ids import BallotId, EventId, Instant, ListId, MessageId, RoomId, UserId, digest
from bridge.matrix.cards import filled
from bridge.matrix.files import with_address
from bridge.matrix.relations import (
    annotation_content,
    in_reply,
    in_thread,
    permalink,
    pinned_content,
    replacing,
)
from bridge.ports import Content, Homeserver, RoomSpec, Send
from bridge.store import inbox, mirror, outbox, rooms
from bridge.store.database import Reading, Tx
from bridge.store.outbox import OutboxItem
from bridge.store.rooms import Door, Room, RoomEvent

# A homeserver forgets transaction ids after a day (measured); look before resending well before.
LOOK_UP_AFTER_MS = 20 * 60 * 60 * 1000
NOT_READ_YET = "its state has not been read yet"
# When the room opens, what waits for it is looked at at once (store.rooms).
CLOSED_WAIT_MS = 60_000

StatusContent = Callable[[Reading, BallotId, Instant], Content]


@dataclass(frozen=True, slots=True)
class Where:
    """What preparing needs to know: who speaks, the room each list should have, and its mails.

    Attributes:
        name: under which the bot is shown.
    """

    bot: UserId
    name: str
    specs: Mapping[ListId, RoomSpec]
    status: StatusContent
    mails: Mails = no_mails


@dataclass(frozen=True, slots=True)
class RoomErrand:
    """Make the room of a list, or find it, and stand there under our name."""

    list_id: ListId
    spec: RoomSpec
    bot: UserId
    name: str

    async def carry(self, homeserver: Homeserver, tried_at: Instant | None) -> str:
        """Create the room or return the one that has its alias; may be repeated.

        Raises:
            Permanent: somebody else made a room under that alias before us; whoever made a room
                rules it, so no list is mirrored there.
            Transient: the room cannot be read yet.
        """
        del tried_at
        room_id = await homeserver.ensure_room(self.spec)
        reach("matrix.room_made")
        try:
            state = await homeserver.state(room_id)
        except Permanent as error:
            # Synapse gives the alias before the maker is in (seen when a bridge was killed while
            # it made the room): whoever finds the room by its alias may be too early.
            raise Transient(f"#{self.spec.alias_localpart} cannot be read yet: {error}") from error
        makers = [one.get("sender") for one in state if one.get("type") == "m.room.create"]
        if makers != [self.bot]:
            raise Permanent(
                f"#{self.spec.alias_localpart} names a room that we did not make; remove the alias"
            )
        await homeserver.ensure_ghost(self.bot, self.name, room_id)
        reach("matrix.bot_named")
        return room_id

    def record(self, tx: Tx, remote_id: str) -> None:
        """Remember the room, closed until its state has been read."""
        room = Room(self.list_id, RoomId(remote_id), (), Instant(0), NOT_READ_YET)
        rooms.record_room(tx, room)
        tx.wakes.add("sweep")


@dataclass(frozen=True, slots=True)
class EventErrand:
    """Send one event as the bot or as a ghost.

    Attributes:
        display_name: the ghost's name, None for the bot.
        kind, message_id, ballot: what to remember the event as; kind None for nothing.
        part: of a post; part 0 is the post's own event.
    """

    list_id: ListId
    request: Send
    now: Instant
    display_name: str | None = None
    kind: str | None = None
    message_id: MessageId | None = None
    ballot: BallotId | None = None
    part: int = 0

    async def carry(self, homeserver: Homeserver, tried_at: Instant | None) -> str:
        """Send it; an old try of unknown outcome is looked up in the room first."""
        found = await _sent_before(homeserver, self.request, tried_at, self.now)
        if found is not None:
            return found
        if self.display_name is not None:
            await homeserver.ensure_ghost(
                self.request.sender, self.display_name, self.request.room_id
            )
            reach("matrix.ghost_stands")
        return await homeserver.send(self.request)

    def record(self, tx: Tx, remote_id: str) -> None:
        """Remember what the event is, and that the post stands as it."""
        event_id = EventId(remote_id)
        if self.kind is not None:
            event = RoomEvent(
                event_id,
                self.request.room_id,
                self.list_id,
                self.kind,
                self.message_id,
                self.ballot,
            )
            rooms.record_event(tx, event)
            # People may have reacted before we knew that it is ours.
            inbox.reconsider_about(tx, event_id)
        if self.kind == "post" and self.part == 0 and self.message_id is not None:
            mirror.record_event_of(tx, self.list_id, self.message_id, event_id)


@dataclass(frozen=True, slots=True)
class PinErrand:
    """Pin the ballot's card, or unpin it."""

    room_id: RoomId
    target: EventId
    pinned: bool

    async def carry(self, homeserver: Homeserver, tried_at: Instant | None) -> str:
        """Read what is pinned and write it back with or without the card; may be repeated."""
        del tried_at
        now = _pinned(await homeserver.state(self.room_id))
        reach("matrix.pins_read")
        others = [event for event in now if event != self.target]
        wanted = [*others, self.target] if self.pinned else others
        if wanted == now:
            return self.target
        content = pinned_content([EventId(event) for event in wanted])
        return await homeserver.put_state(self.room_id, "m.room.pinned_events", "", content)

    def record(self, tx: Tx, remote_id: str) -> None:
        """Nothing hangs on it."""


@dataclass(frozen=True, slots=True)
class AlertErrand:
    """Tell the operators' room."""

    room: str
    request: Send
    now: Instant

    async def carry(self, homeserver: Homeserver, tried_at: Instant | None) -> str:
        """Join the room, which may be named by alias, and send; an old try is looked up first."""
        room_id = await homeserver.join(self.room)
        reach("matrix.joined")
        request = replace(self.request, room_id=room_id)
        found = await _sent_before(homeserver, request, tried_at, self.now)
        return found if found is not None else await homeserver.send(request)

    def record(self, tx: Tx, remote_id: str) -> None:
        """Nothing hangs on it."""


async def _sent_before(
    homeserver: Homeserver, request: Send, tried_at: Instant | None, now: Instant
) -> str | None:
    """Look an old try of unknown outcome up in its room; None when it may be sent."""
    if tried_at is None or now - tried_at <= LOOK_UP_AFTER_MS:
        return None
    found = await homeserver.find_sent(request.room_id, request.txn_id, tried_at)
    reach("matrix.looked_up")
    return found


def _alert(where: Where, tx: Tx, item: OutboxItem) -> Errand[Homeserver]:
    payload = item.letter.payload
    txn_id = digest("txn", item.letter.key, where.bot)
    request = Send(RoomId(""), where.bot, "m.room.message", payload["content"], txn_id)
    return AlertErrand(payload["room"], request, tx.now)


def prepare(where: Where, tx: Tx, item: OutboxItem) -> Errand[Homeserver] | NotDue:
    """Resolve a letter, or say why it cannot leave yet."""
    letter = item.letter
    if letter.kind == "alert":
        return _alert(where, tx, item)
    list_id = ListId(letter.payload["list_id"])
    if letter.kind == "room":
        return RoomErrand(list_id, where.specs[list_id], where.bot, where.name)
    room = rooms.door_of(tx.conn, list_id)
    if room is None:
        return NotDue("the room does not exist yet", CLOSED_WAIT_MS)
    if room.closed_because is not None:
        return NotDue(f"the room is closed to posts: {room.closed_because}", CLOSED_WAIT_MS)
    try:
        return _PREPARING[letter.kind](_Place(where, tx, room, item), letter.payload)
    except UnresolvedError as error:
        return NotDue(str(error))


@dataclass(frozen=True, slots=True)
class _Place:
    """One letter and the room it goes to."""

    where: Where
    tx: Tx
    room: Door
    item: OutboxItem

    def resolve(self, reference: str | None) -> EventId | None:
        return resolve(self.tx.conn, self.room.list_id, reference)

    def resolve_place(self, reference: str | None) -> EventId | None:
        """Resolve where a message stands; without its thread it stands in the timeline."""
        try:
            return self.resolve(reference)
        except GoneError:
            return None

    def with_file(self, content: Content) -> Content:
        """Name the address of the file a letter shows; as it is when it shows none.

        Raises:
            GoneError: the upload was set aside.
        """
        key = self.item.letter.payload.get("file")
        if key is None:
            return content
        upload = outbox.by_key(self.tx.conn, key)
        if upload is None or upload.remote_id is None:
            raise GoneError("the upload of this file was set aside; put it back first")
        return with_address(content, upload.remote_id)

    def send(self, content: Content, *, sender: UserId, kind: str, ts: Instant | None) -> Send:
        return Send(
            room_id=self.room.room_id,
            sender=sender,
            event_type=kind,
            content=content,
            txn_id=digest("txn", self.item.letter.key, sender),
            ts=ts,
        )

    def bot_event(self, content: Content, kind: str = "m.room.message") -> Send:
        return self.send(content, sender=self.where.bot, kind=kind, ts=None)


def _post(place: _Place, payload: Mapping[str, Any]) -> Errand[Homeserver]:
    message_id, head = MessageId(payload["message_id"]), MessageId(payload["head"])
    content = place.with_file(payload["content"])
    if head != message_id or payload["part"] > 0:
        content = _in_thread(place, payload, content)
    request = place.send(
        content, sender=UserId(payload["sender"]), kind="m.room.message", ts=payload["ts"]
    )
    return EventErrand(
        place.room.list_id,
        request,
        place.tx.now,
        display_name=payload["display_name"],
        kind="post",
        message_id=message_id,
        part=payload["part"],
    )


def _in_thread(place: _Place, payload: Mapping[str, Any], content: Content) -> Content:
    """Put a reply under its head; when the head was set aside, it stands in the timeline."""
    conn, list_id = place.tx.conn, place.room.list_id
    named = [MessageId(payload[name]) for name in ("head", "reply_to") if payload[name]]
    events = {post.message_id: post.event_id for post in mirror.among(conn, list_id, named)}
    head, answered = events.get(named[0]), events.get(named[-1])
    return in_thread(content, head, answered or head) if head else content


def _say(place: _Place, payload: Mapping[str, Any]) -> Errand[Homeserver]:
    content = place.with_file(payload["content"])
    linked = place.resolve(payload["link"])
    if linked is not None:
        content = filled(content, permalink(place.room.room_id, linked))
    thread = place.resolve_place(payload["thread"])
    answered = place.resolve_place(payload["reply_to"])
    replaced = place.resolve(payload["replaces"])
    if replaced is not None:
        content = replacing(content, replaced)
    elif thread is not None:
        content = in_thread(content, thread, answered)
    elif answered is not None:
        content = in_reply(content, answered)
    return EventErrand(
        place.room.list_id,
        place.bot_event(content),
        place.tx.now,
        kind=payload["kind"],
        ballot=payload["ballot"],
    )


def _status(place: _Place, payload: Mapping[str, Any]) -> Errand[Homeserver]:
    ballot = BallotId(payload["ballot"])
    status = rooms.ballot_event(place.tx.conn, ballot, "status")
    if status is None:
        raise GoneError("the status line was set aside, so it cannot be edited")
    content = place.where.status(place.tx.conn, ballot, place.tx.now)
    request = place.bot_event(replacing(content, status.event_id))
    return EventErrand(place.room.list_id, request, place.tx.now)


def _upload(place: _Place, payload: Mapping[str, Any]) -> Errand[Homeserver]:
    return UploadErrand(place.where.mails, place.room.room_id, payload)


def _react(place: _Place, payload: Mapping[str, Any]) -> Errand[Homeserver]:
    target = place.resolve(payload["target"])
    assert target is not None
    request = place.bot_event(annotation_content(target, payload["sign"]), "m.reaction")
    return EventErrand(place.room.list_id, request, place.tx.now)


def _pin(place: _Place, payload: Mapping[str, Any]) -> Errand[Homeserver]:
    target = place.resolve(payload["target"])
    assert target is not None
    return PinErrand(place.room.room_id, target, payload["pinned"])


_PREPARING: Mapping[str, Callable[[_Place, Mapping[str, Any]], Errand[Homeserver]]] = {
    "post": _post,
    "say": _say,
    "upload": _upload,
    "status": _status,
    "react": _react,
    "pin": _pin,
}


def _pinned(state: object) -> list[str]:
    events = state if isinstance(state, list | tuple) else ()
    for event in events:
        if event.get("type") == "m.room.pinned_events":
            pinned = event.get("content", {}).get("pinned", [])
            return [name for name in pinned if isinstance(name, str)]
    return []


def preparing(where: Where) -> Prepare:
    """Return ``prepare`` for one homeserver and its rooms."""
    return partial(prepare, where)
