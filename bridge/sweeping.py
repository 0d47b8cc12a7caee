"""Sweeps: read at the homeserver what it may have failed to push.

A homeserver loses appservice events when it restarts while a transaction is in flight (measured),
so push alone cannot promise that each reaction counts. A sweep reads a card's annotations and its
thread, and puts what is new into the inbox exactly as if it had been pushed; then, in the same
commit, a note that it is complete. Everything before the note is handled before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bridge.domain.ballots import COUNTING
from bridge.errors import Permanent, Transient
from bridge.failpoints import reach
from bridge.ids import BallotId, EventId, Instant, ListId, RoomId
from bridge.intake import add_events, event_key, list_lane
from bridge.matrix.privacy import why_closed
from bridge.matrix.transactions import raw_event
from bridge.outside import CLOCKS_APART_MS
from bridge.ports import Clock, Content, MatrixReader
from bridge.store import ballots, inbox, reactions, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Reading, Store, Tx
from bridge.store.rooms import Room, RoomEvent

log = structlog.get_logger()
EARLIER_CARDS = ("old_card", "gone_card")
FAILED_PAUSE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Card:
    """A card to sweep.

    Attributes:
        earlier: the ballot's other cards, which somebody redacted or a new version replaced: what
            was given there may still count, and may be taken back there.
        text: the statement below it, which somebody may have redacted like the card.
    """

    ballot: BallotId
    list_id: ListId
    room_id: RoomId
    event_id: EventId
    earlier: tuple[EventId, ...] = ()
    text: tuple[EventId, ...] = ()


def cards_due(conn: Reading, now: Instant, every_ms: int) -> list[Card]:
    """Return the cards that want a sweep now, those that count before those that are over.

    By routine, because their deadline has passed, or because something can still be said there.
    """
    counting = ballots.in_states(conn, tuple(COUNTING))
    due = [row for row in counting if _wants_sweep(row, now, every_ms)]
    due += ballots.to_look_at(conn, now)
    # What a sweep found takes a moment to be handled.
    swept = inbox.unhandled_sweeps(conn) if due else frozenset()
    cards = []
    for row in due:
        event = rooms.ballot_event(conn, row.ballot.id, "card")
        if event is not None and row.ballot.id not in swept:
            cards.append(_card(conn, row, event))
    return cards


def _card(conn: Reading, row: BallotRow, event: RoomEvent) -> Card:
    ballot = row.ballot
    others = rooms.ballot_events(conn, ballot.id, (*EARLIER_CARDS, "statement"))
    near = [one for one in others if one.room_id == event.room_id]
    return Card(
        ballot.id,
        ballot.list_id,
        event.room_id,
        event.event_id,
        earlier=tuple(one.event_id for one in near if one.kind in EARLIER_CARDS),
        text=tuple(one.event_id for one in near if one.kind == "statement"),
    )


def _wants_sweep(row: BallotRow, now: Instant, every_ms: int) -> bool:
    # Where our clock was set back, nothing is known of the time that comes again.
    last = row.swept_at if row.swept_at is not None and row.swept_at <= now else 0
    decides_at = row.ballot.deadline.instant + row.ballot.rule.grace_chat * 1000
    return now >= last + every_ms or (now >= decides_at and last < decides_at)


async def sweep_cards(
    store: Store,
    reader: MatrixReader,
    cards: Sequence[Card],
    clock: Clock,
    pauses: dict[BallotId, Instant],
) -> int:
    """Sweep the cards whose pause is over, and return how many of them the homeserver showed.

    One that cannot be read holds up no other ballot.

    Args:
        store: where what they show goes.
        reader: the homeserver.
        cards: those that want a sweep.
        clock: tells when each sweep begins.
        pauses: when each that could not be read may be tried again.

    Raises:
        Transient: the homeserver did not answer for one of them; the others were swept.
    """
    swept = 0
    unanswered: Transient | None = None
    for card in cards:
        if clock() < pauses.get(card.ballot, 0):
            continue
        try:
            await sweep_card(store, reader, card, clock)
            swept += 1
        except Transient as error:
            unanswered = error
        except Permanent as error:
            pauses[card.ballot] = Instant(clock() + FAILED_PAUSE_MS)
            log.error("sweep_failed", ballot=card.ballot, reason=str(error))  # noqa: TRY400
    if unanswered is not None:
        raise unanswered
    return swept


async def sweep_card(store: Store, reader: MatrixReader, card: Card, clock: Clock) -> None:
    """Read a card completely and leave what it shows in the inbox.

    Raises:
        Transient: the homeserver did not answer; nothing is noted as swept.
    """
    started_at = clock()
    passed_at = await passed_by_both(reader, started_at)
    reach("sweep.begun")
    found = await reader.annotations(card.room_id, card.event_id)
    reach("sweep.annotations_read")
    written = await reader.thread(card.room_id, card.event_id)
    showing = await store.read(lambda conn: reactions.showing_on(conn, card.event_id))
    there = {str(event.get("event_id")) for event in found}
    gone = [one.event_id for one in showing if one.event_id not in there]
    for earlier in card.earlier:
        again, said, lost = await _earlier(store, reader, card.room_id, earlier)
        found, written, gone = [*found, *again], [*written, *said], [*gone, *lost]
    shown = (card.event_id, *card.text)
    removals = [await _removal(reader, card.room_id, event_id) for event_id in (*gone, *shown)]
    events = [*found, *written, *(one for one in removals if one is not None)]
    reach("sweep.read")

    def note(tx: Tx) -> int:
        raw = tuple(raw_event({"room_id": card.room_id, **one}) for one in events)
        added = add_events(tx, raw)
        for event in raw:
            # It may have come before its card, or its reaction, was known to us.
            inbox.reconsider(tx, event_key(event))
        inbox.add(
            tx,
            lane=list_lane(card.list_id),
            kind="sweep",
            key=f"sweep:{card.ballot}:{started_at}",
            raw=b"",
            meta={"ballot": card.ballot, "started_at": started_at, "passed_at": passed_at},
        )
        reach("sweep.noted")
        return added

    missed = await store.write(note)
    reach("sweep.committed")
    log.info("card_swept", ballot=card.ballot, reactions=len(found), missed=missed)


async def passed_by_both(reader: MatrixReader, ours: Instant) -> Instant:
    """Return the instant that has passed by our clock and by the homeserver's, so by the slower."""
    try:
        # It names the second that has begun.
        theirs = await reader.server_time() + 999
    except Permanent:
        # Something that stands before it takes the Date header away.
        return ours
    if abs(ours - theirs) > CLOCKS_APART_MS:
        log.error("clocks_apart", ours_minus_theirs_ms=ours - theirs)
    return Instant(min(ours, theirs))


async def _earlier(
    store: Store, reader: MatrixReader, room_id: RoomId, card: EventId
) -> tuple[list[Content], list[Content], list[EventId]]:
    """Return what an earlier card shows: reactions, words, and which reactions are gone.

    One that cannot be read any more holds up nothing; what was given on it stays.
    """
    try:
        found = list(await reader.annotations(room_id, card))
        written = list(await reader.thread(room_id, card))
    except Permanent as error:
        log.warning("earlier_card_unread", event_id=card, reason=str(error))
        return [], [], []
    showing = await store.read(lambda conn: reactions.showing_on(conn, card))
    there = {str(event.get("event_id")) for event in found}
    return found, written, [one.event_id for one in showing if one.event_id not in there]


async def _removal(
    reader: MatrixReader, room_id: RoomId, event_id: EventId
) -> Mapping[str, Any] | None:
    """Return the redaction that took an event away; None keeps what it was.

    A reaction that cannot be fetched any more (404) was not shown to have been withdrawn.
    """
    event = await reader.event(room_id, event_id)
    unsigned = event.get("unsigned") if event else None
    because = unsigned.get("redacted_because") if isinstance(unsigned, Mapping) else None
    if not isinstance(because, Mapping):
        if event is None:
            log.warning("reaction_vanished", event_id=event_id)
        return None
    # To redact a redaction gives nothing back, so what became of it does not matter.
    return {"room_id": room_id, "redacts": event_id, **because, "unsigned": {}}


async def read_rooms(
    store: Store, reader: MatrixReader, private: Mapping[ListId, bool], now: Instant, every_ms: int
) -> int:
    """Read rooms not read for a while, open or close them to posts; return how many were read.

    Raises:
        Transient: the homeserver did not answer.
    """
    read = 0
    known = await store.read(rooms.every_room)
    for room in known:
        if room.list_id in private and now >= room.checked_at + every_ms:
            try:
                state = await reader.state(room.room_id)
            except Permanent as error:
                # We were put out of it, perhaps; the other rooms are read all the same.
                await _record(store, room, room.state, f"its state cannot be read: {error}", now)
                continue
            await record_state(store, room, state, is_private=private[room.list_id], now=now)
            read += 1
    return read


async def record_state(
    store: Store, room: Room, state: Sequence[Content], *, is_private: bool, now: Instant
) -> None:
    """Write a room's state down, with why nothing may be sent there, if so."""
    await _record(store, room, state, why_closed(state, is_private=is_private), now)


async def _record(
    store: Store, room: Room, state: Sequence[Content], closed: str | None, now: Instant
) -> None:
    # Who is in the room decides nothing, and may be thousands.
    kept = tuple(event for event in state if event.get("type") != "m.room.member")
    fresh = Room(room.list_id, room.room_id, kept, now, closed)
    reach("room.read")

    def note(tx: Tx) -> None:
        # What was pushed meanwhile may be newer than what was read: it is read again.
        if rooms.room_of(tx.conn, room.list_id) == room:
            rooms.record_room(tx, fresh)
        reach("room.noted")

    await store.write(note)
    reach("room.committed")
    if closed is not None:
        log.warning("room_closed", list=room.list_id, reason=closed)
