"""The homeserver is away, at the start and in the middle: it costs time and nothing else."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from list_copies import Copy
from polls import polled
from sources import is_public_post, source_keys

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Player
from bridge.demo.lmtp import hand_over
from bridge.demo.member import Event, Member
from bridge.demo.postoffice import PostOffice
from bridge.demo.stage import member_of, register
from bridge.demo.synapse import SynapseServer
from bridge.ids import MessageId, message_id_hash

pytestmark = pytest.mark.real

DOWN = Mirrored("down@lists.demo", "down-2m5@bridge.demo", "Patient Group", ("amal",))
SWEPT = Mirrored("swept@lists.demo", "swept-6t8@bridge.demo", "Busy Group", ("voter00",))
VOTERS = tuple(
    Player(f"voter{n:02}", f"Voter {n:02}", "UTC", server_name="hs.test") for n in range(20)
)


@pytest.fixture
def synapse_down(synapse: SynapseServer, accounts: Mapping) -> Iterator[SynapseServer]:
    synapse.stop()
    try:
        yield synapse
    finally:
        synapse.start()


async def test_a_mail_taken_while_the_homeserver_is_down_stands_in_the_room_once_it_is_up(
    synapse_down: SynapseServer,
    new_bridge: Callable[..., BridgeServer],
    post_office: PostOffice,
    log_in: Callable,
) -> None:
    bridge, copy = new_bridge(DOWN), Copy(DOWN, 1)
    try:
        await asyncio.to_thread(bridge.start)
        await polled(partial(log_events, bridge), lambda said: "homeserver_not_reached" in said)
        # Taken: anything but a 250 raises.
        hand_over(
            bridge.settings.ports.mail,
            copy.raw,
            sender=copy.envelope_sender,
            recipient=DOWN.bridge_address,
        )
        await asyncio.to_thread(synapse_down.start)
        amal = await log_in("amal")
        room = await amal.join_when_there("#list_down:hs.test", seconds=120)
        await amal.wait_for(partial(is_public_post, copy.message_id), "the mail", seconds=120)
        found = source_keys(await amal.history(room))
        assert found[message_id_hash(MessageId(copy.message_id)), 0] == 1
        await polled(partial(log_events, bridge), lambda said: "homeserver_reached" in said)
    finally:
        post_office.close_route(DOWN.bridge_address)
        bridge.stop()


def log_events(bridge: BridgeServer) -> list[str]:
    lines = bridge.process.log.read_text("utf-8", "replace").splitlines()
    return [json.loads(line)["event"] for line in lines if line.startswith("{")]


async def test_reactions_around_a_homeserver_s_crash_are_counted_exactly_after_a_sweep(
    synapse: SynapseServer, run_bridge: Callable, log_in: Callable, post_office: PostOffice
) -> None:
    accounts = await asyncio.to_thread(register, synapse, VOTERS)
    with run_bridge(SWEPT, roll=VOTERS, sweep_every="2s") as bridge:
        async with AsyncExitStack() as stack:
            voters = [
                await stack.enter_async_context(member_of(synapse, accounts[one.slug]))
                for one in VOTERS
            ]
            room = await voters[0].join_when_there("#list_swept:hs.test")
            for voter in voters[1:]:
                await voter.join(room)
            card = str((await open_ballot(bridge, voters[0], post_office))["event_id"])
            await everybody_reacts(voters[:10], room, card)
            # At once: Synapse loses what it has not pushed when it dies in a transaction.
            await asyncio.to_thread(synapse.kill)
            await asyncio.to_thread(synapse.start)
            await everybody_reacts(voters[10:], room, card)
            await polled(
                lambda: bridge.run("ballot", "status", "1").stdout,
                lambda said: "endorse 20," in said,
                looks=100,
            )


async def open_ballot(bridge: BridgeServer, chair: Member, office: PostOffice) -> Event:
    copy = Copy(SWEPT, 1)
    hand_over(
        bridge.settings.ports.mail,
        copy.raw,
        sender=copy.envelope_sender,
        recipient=SWEPT.bridge_address,
    )
    await chair.wait_for(partial(is_public_post, copy.message_id), "the statement")
    closes = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC"
    wish = ("--rule", "silence", "--roster", "pc", "--closes", closes, "--yes")
    opened = await asyncio.to_thread(bridge.run, "ballot", "open", "--post", copy.message_id, *wish)
    assert opened.returncode == 0, opened
    return await chair.wait_for(is_card, "the card")


def is_card(event: Event) -> bool:
    return event.get("content", {}).get("org.seconded.ballot", {}).get("kind") == "card"


async def everybody_reacts(voters: list[Member], room: str, card: str) -> None:
    async with asyncio.TaskGroup() as group:
        for voter in voters:
            group.create_task(voter.react(room, card, "✅"))
