"""What comes in, mails and Matrix events, is in the inbox before it is acknowledged.

While nothing else is being written it is handled in the very commit that stores it: that is one
sync and two changes of threads less on a post's way (measured: 5 of 23 milliseconds).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bridge.config import Config
from bridge.errors import Transient
from bridge.failpoints import reach
from bridge.ids import ListId, digest
from bridge.mail.lmtp import Arrival
from bridge.matrix.transactions import RawEvent
from bridge.store import inbox, rooms
from bridge.store.database import Store, Tx
from bridge.store.place import is_nearly_full

AtOnce = Callable[[], Awaitable[object]]
"""Handles what the inbox holds."""


def list_lane(list_id: ListId) -> str:
    """Return the lane in which everything about a list and its room is handled in order."""
    return f"list:{list_id}"


@dataclass(frozen=True, slots=True)
class MailIntake:
    """Takes mails from the listener; the recipient address names the list."""

    store: Store
    lists: Mapping[str, ListId]
    at_once: AtOnce | None = None

    def knows(self, recipient: str) -> bool:
        """Tell whether an address is the intake address of a list, without regard to case."""
        return recipient.casefold() in self.lists

    async def accept(self, arrival: Arrival) -> None:
        """Store a mail durably; the very same delivery for the same list is stored once.

        Raises:
            Transient: the database cannot write now, or soon: what is left of the disk is for the
                answers to the ballots that are open.
        """
        reach("arrival.offered")
        if is_nearly_full(self.store.place):
            raise Transient("the disk is nearly full")
        list_id = self.lists[arrival.recipient.casefold()]
        # The envelope is part of the key: a stranger's copy, held, must not take the place of the
        # same bytes from the list.
        content = hashlib.sha256(arrival.raw).hexdigest()
        key = f"mail:{digest(list_id, arrival.envelope_sender, arrival.client, content)}"
        meta = {
            "list_id": list_id,
            "envelope_sender": arrival.envelope_sender,
            "client": arrival.client,
        }

        def store(tx: Tx) -> None:
            inbox.add(tx, lane=list_lane(list_id), kind="mail", key=key, raw=arrival.raw, meta=meta)
            reach("arrival.stored")

        await _stored(self.store, store, self.at_once)
        reach("arrival.committed")


def mail_intake(store: Store, config: Config, at_once: AtOnce | None = None) -> MailIntake:
    """Return the intake of every configured list."""
    lists = {one.intake_address.casefold(): one.id for one in config.lists}
    return MailIntake(store, lists, at_once)


async def _stored(store: Store, run: Callable[[Tx], None], at_once: AtOnce | None) -> None:
    """Store what arrived, and have it handled in the same commit when nobody else waits for one.

    Raises:
        Transient: it could not be stored. That it could not be handled is nothing to its sender.
    """
    if at_once is None or not store.is_idle:
        await store.write(run)
        return
    stored, handled = await asyncio.gather(store.write(run), at_once(), return_exceptions=True)
    if isinstance(stored, BaseException):
        raise stored
    if isinstance(handled, BaseException) and not isinstance(handled, Transient):
        raise handled


@dataclass(frozen=True, slots=True)
class EventIntake:
    """Takes the homeserver's events; the event id alone decides whether one is known."""

    store: Store
    at_once: AtOnce | None = None

    async def __call__(self, events: tuple[RawEvent, ...]) -> None:
        """Store a transaction's events durably, in one commit.

        Raises:
            Transient: the database cannot write now; the homeserver sends them again.
        """
        if not events:
            return
        reach("events.pushed")

        def store(tx: Tx) -> None:
            add_events(tx, events)
            reach("events.stored")

        await _stored(self.store, store, self.at_once)
        reach("events.committed")


def event_key(event: RawEvent) -> str:
    """Return the inbox key of a Matrix event: its id, however it came."""
    return f"event:{event.key}"


def add_events(tx: Tx, events: tuple[RawEvent, ...]) -> int:
    """Put raw Matrix events into the inbox and return how many were new."""
    lanes: dict[str, str] = {}
    added = 0
    for event in events:
        room_id = event.room_id or ""
        if room_id not in lanes:
            list_id = rooms.list_of_room(tx.conn, event.room_id) if event.room_id else None
            lanes[room_id] = list_lane(list_id) if list_id else f"room:{room_id}"
        key = event_key(event)
        added += inbox.add(tx, lane=lanes[room_id], kind="matrix", key=key, raw=event.json)
    return added
