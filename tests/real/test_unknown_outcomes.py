"""P2 on a real Synapse, in this process: the clock is ours, and the wire is cut where we say.

An outcome that has been unknown for 25 hours is looked up before anything is sent again: the
homeserver has forgotten the transaction id by then. And fifty ghosts write in one second.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fault_proxy import FaultProxy
from hand_clock import HandClock

from bridge.clock import now
from bridge.delivering import Deliverer
from bridge.delivery.matrix import Where, preparing
from bridge.demo.ports import LOOPBACK, free_ports
from bridge.demo.synapse import SynapseServer
from bridge.errors import Transient
from bridge.ids import EventId, Instant, ListId, MessageId, RoomId, UserId
from bridge.letters import PostPart, post_letter
from bridge.loops import Bell
from bridge.matrix.client import HomeserverClient
from bridge.ports import RoomSpec, Send
from bridge.store import outbox, rooms
from bridge.store.database import Store
from bridge.store.mirror import post_key
from bridge.store.rooms import Room

pytestmark = [pytest.mark.real, pytest.mark.parametrize("engine_name", ["sqlite"])]

HOUR_MS = 3_600_000
LIST = ListId("unknown.lists.demo")
GHOSTS = 50
PATIENCE = 5.0
"""Seconds a request may take here; 60 in the bridge."""


@dataclass
class Wire:
    """The way to the homeserver, cut before a request arrives or after it was carried out."""

    client: HomeserverClient
    cut: str | None = None
    asked: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    async def send(self, request: Send) -> EventId:
        self.asked["send"] += 1
        cut, self.cut = self.cut, None
        if cut == "before":
            raise Transient("lost on the way there", outcome_unknown=True)
        event_id = await self.client.send(request)
        if cut == "after":
            raise Transient("lost on the way back", outcome_unknown=True)
        return event_id

    async def find_sent(self, room_id: RoomId, txn_id: str, since: Instant) -> EventId | None:
        self.asked["look up"] += 1
        return await self.client.find_sent(room_id, txn_id, since)


@dataclass
class Desk:
    """A room at Synapse, a store, and a deliverer between them."""

    wire: Wire
    store: Store
    clock: HandClock
    room_id: RoomId
    deliverer: Deliverer[Any]

    async def deliver(self) -> None:
        """Let everything leave that is due, side by side."""
        taken = await self.deliverer._take(self.deliverer.lanes)
        await asyncio.gather(*(self.deliverer._deliver(one, Bell()) for one in taken))

    async def keys(self) -> Counter[str]:
        """Return how often each post stands in the room, over all pages."""
        found: Counter[str] = Counter()
        path = f"/_matrix/client/v3/rooms/{self.room_id}/messages"
        async for page in self.wire.client._pages(path, {"dir": "b"}, next_field="end"):
            for event in page.body["chunk"]:
                sources = event.get("content", {}).get("org.seconded.source", [])
                found.update(one["message_id"] for one in sources)
        return found


def part(number: int, ts: Instant | None = None) -> PostPart:
    """Return a post by an author of its own, in a thread of its own."""
    name = MessageId(f"unknown-{number}@people.demo")
    source = [{"list": LIST, "message_id": name, "part": 0}]
    content = {"msgtype": "m.text", "body": "Me too.", "org.seconded.source": source}
    ghost = UserId(f"@list_unknown{number}:hs.test")
    head = MessageId(f"head-{number}@people.demo")
    return PostPart(LIST, name, 0, ghost, f"Author {number} (list)", content, head, ts=ts)


@pytest.fixture
async def desk(shelf, synapse: SynapseServer, appservice) -> AsyncIterator[Desk]:
    bot = UserId(f"@{appservice.bot}:{appservice.server_name}")
    clock = HandClock(now())
    store = Store(shelf.fresh(), clock)
    async with HomeserverClient(synapse.url, as_token=appservice.as_token, bot=bot) as client:
        spec = RoomSpec(f"list_unknown{secrets.token_hex(4)}", "Unknown", "Lost answers.", False)
        room_id, wire = await client.ensure_room(spec), Wire(client)
        room = Room(LIST, room_id, (), clock(), None)
        await store.write(lambda tx: rooms.record_room(tx, room))
        where = Where(bot, {}, lambda *_: {})
        deliverer = Deliverer("matrix", wire, preparing(where), store, clock, GHOSTS)
        yield Desk(wire, store, clock, room_id, deliverer)
    await store.close()


async def state_of(desk: Desk, number: int) -> str:
    key = post_key(LIST, part(number).message_id, 0)
    item = await desk.store.read(lambda conn: outbox.by_key(conn, key))
    assert item is not None
    return item.state


@pytest.mark.parametrize(("cut", "sends"), [("after", 1), ("before", 2)])
async def test_an_outcome_unknown_for_25_hours_is_looked_up_before_it_is_sent_again(
    desk: Desk, cut: str, sends: int
) -> None:
    await desk.store.write(lambda tx: outbox.add(tx, post_letter(part(1))))
    desk.wire.cut = cut
    await desk.deliver()
    assert await state_of(desk, 1) == "unknown"
    desk.clock.forward(25 * HOUR_MS)
    await desk.deliver()
    assert await state_of(desk, 1) == "sent"
    assert desk.wire.asked == {"send": sends, "look up": 1}
    assert await desk.keys() == {part(1).message_id: 1}


@pytest.mark.parametrize("fault", ["hang", "hang_after"])
async def test_a_request_that_hangs_beyond_its_time_out_leads_to_one_event(
    desk: Desk, synapse: SynapseServer, appservice, fault: str
) -> None:
    bot, post = UserId(f"@{appservice.bot}:{appservice.server_name}"), part(1)
    (port,) = free_ports(1)
    proxy = FaultProxy(port, synapse.port, random.Random(1), {})
    door, token = f"http://{LOOPBACK}:{port}", appservice.as_token
    async with proxy, HomeserverClient(door, as_token=token, bot=bot, timeout=PATIENCE) as client:
        desk.wire.client = client
        # From here on, sending takes one request.
        await client.ensure_ghost(post.sender, post.display_name, desk.room_id)
        await desk.store.write(lambda tx: outbox.add(tx, post_letter(post)))
        proxy.odds = {fault: 1.0}
        await desk.deliver()
        assert (proxy.counts[fault], await state_of(desk, 1)) == (1, "unknown")
        proxy.odds = {}
        assert await desk.keys() == ({post.message_id: 1} if fault == "hang_after" else {})
        desk.clock.forward(HOUR_MS)
        await desk.deliver()
        assert await state_of(desk, 1) == "sent"
        assert await desk.keys() == {post.message_id: 1}


async def test_fifty_ghosts_that_write_in_one_second_are_all_heard(desk: Desk) -> None:
    second = Instant(desk.clock() // 1000 * 1000)

    def queue(tx: Any) -> None:
        for number in range(GHOSTS):
            assert outbox.add(tx, post_letter(part(number, ts=second)))

    await desk.store.write(queue)
    await desk.deliver()
    assert await desk.keys() == {part(number).message_id: 1 for number in range(GHOSTS)}
