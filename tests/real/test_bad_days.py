"""P2 and P4 on real servers: nearly every fifth request fails, and Synapse dies again and again.

Meanwhile mails come in and people react. In the end each post stands in the room once, the tally
is exact and the books balance. ``SECONDED_SEED=number`` draws the faults of an earlier run again.
"""

import asyncio
import json
import os
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import pytest
from fault_proxy import PASSED, ROUGH, FaultProxy, shown
from list_copies import Copy
from polls import polled
from senders import Senders
from sources import is_public_post, source_keys
from telling import teller

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Player
from bridge.demo.lmtp import hand_over
from bridge.demo.member import Event, Member, MemberError
from bridge.demo.ports import free_ports
from bridge.demo.stage import member_of, register
from bridge.demo.synapse import SynapseServer
from bridge.ids import MessageId, message_id_hash

pytestmark = pytest.mark.real

ROUGHLY = Mirrored("rough@lists.demo", "rough-7f3@bridge.demo", "Rough Group", ("rough000",))
HUNG = Mirrored("hung@lists.demo", "hung-1d9@bridge.demo", "Hung Group", ("hung000",))
THREAD = 5
STATEMENT = 100_000
"""The number of the post that the ballot is about; the others are counted from 0."""
LIVES = (0.2, 1.2)
"""Seconds Synapse lives after it answers."""


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    return teller(pytestconfig)


@pytest.fixture
def chance(tell: Callable[[str], None]) -> random.Random:
    seed = int(os.environ.get("SECONDED_SEED") or secrets.randbelow(1_000_000))
    tell(f"SECONDED_SEED={seed}")
    return random.Random(seed)


def voters_of(name: str, count: int) -> tuple[Player, ...]:
    return tuple(
        Player(f"{name}{n:03}", f"Voter {n:03}", "UTC", server_name="hs.test") for n in range(count)
    )


def conversation(mirrored: Mirrored, count: int) -> Iterator[Copy]:
    """Yield posts by 50 authors: every fifth begins a thread, the others answer it."""
    for number in range(count):
        root = number - number % THREAD
        answers = None if number == root else Copy(mirrored, root).message_id
        yield Copy(mirrored, number, f"Author {number % 50:02} Demo", answers)


@dataclass
class Poll:
    """An open ballot, and everybody who may answer it, each with a chat client."""

    bridge: BridgeServer
    voters: list[Member]
    room: str
    card: str

    async def vote(self, voter: Member, key: str = "✅") -> str:
        """Tap until the homeserver has it, and return the reaction's event id."""
        while True:
            try:
                return await voter.react(self.room, self.card, key)
            except MemberError as error:
                if "M_DUPLICATE_ANNOTATION" in str(error):
                    return await self._standing(voter)
                await asyncio.sleep(0.2)
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)

    async def take_back(self, voter: Member, reaction: str) -> None:
        """Remove a reaction until the homeserver has it."""
        while True:
            with suppress(MemberError, aiohttp.ClientError):
                await voter.take_back(self.room, reaction)
                return
            await asyncio.sleep(0.2)

    async def change_mind(self, voter: Member) -> None:
        """Answer, take it back, and answer again."""
        await self.take_back(voter, await self.vote(voter))
        await self.vote(voter)

    async def shows(self, count: int, *, looks: int = 200) -> None:
        wanted = f"endorse {count},"
        await polled(
            lambda: self.bridge.run("ballot", "status", "1").stdout,
            lambda said: wanted in said,
            looks=looks,
        )

    async def _standing(self, voter: Member) -> str:
        while True:
            with suppress(MemberError, aiohttp.ClientError):
                for event in await voter.history(self.room):
                    if event["sender"] == voter.user_id and event["type"] == "m.reaction":
                        return str(event["event_id"])
            await asyncio.sleep(0.2)


@pytest.fixture
async def open_poll(synapse: SynapseServer) -> AsyncIterator[Callable]:
    """Return a function that opens a ballot on a running bridge for so many voters."""
    async with AsyncExitStack() as stack:

        async def opening(bridge: BridgeServer, roll: tuple[Player, ...]) -> Poll:
            (mirrored,) = bridge.settings.lists
            accounts = await asyncio.to_thread(register, synapse, roll)
            voters = [
                await stack.enter_async_context(member_of(synapse, accounts[one.slug]))
                for one in roll
            ]
            room = await voters[0].join_when_there(f"#list_{mirrored.name}:hs.test", seconds=120)
            for voter in voters[1:]:
                await voter.join(room)
            card = await asyncio.wait_for(_open_ballot(bridge, mirrored, voters[0]), 240)
            return Poll(bridge, voters, room, str(card["event_id"]))

        yield opening


async def _open_ballot(bridge: BridgeServer, mirrored: Mirrored, chair: Member) -> Event:
    copy = Copy(mirrored, STATEMENT)
    await asyncio.to_thread(
        hand_over,
        bridge.settings.ports.mail,
        copy.raw,
        sender=copy.envelope_sender,
        recipient=mirrored.bridge_address,
    )
    await chair.wait_for(partial(is_public_post, copy.message_id), "the statement", seconds=120)
    closes = f"{datetime.now(UTC) + timedelta(hours=3):%Y-%m-%d %H:%M:%S} UTC"
    wish = ("--rule", "silence", "--roster", "pc", "--closes", closes, "--yes")
    opened = await asyncio.to_thread(bridge.run, "ballot", "open", "--post", copy.message_id, *wish)
    assert opened.returncode == 0, opened
    return await chair.wait_for(is_card, "the card", seconds=120)


def is_card(event: Event) -> bool:
    return event.get("content", {}).get("org.seconded.ballot", {}).get("kind") == "card"


def kill_again_and_again(synapse: SynapseServer, chance: random.Random, kills: int) -> None:
    """Kill Synapse so often: a random moment after it answers, then while it starts; and so on.

    It lives in the end.
    """
    for kill in range(kills):
        time.sleep(chance.uniform(*LIVES))
        synapse.kill()
        synapse.launch()
        if kill % 2 or kill == kills - 1:
            synapse.wait_ready(seconds=120)


@pytest.mark.parametrize(
    ("mails", "kills"), [(300, 20), pytest.param(5_000, 60, marks=pytest.mark.long)]
)
async def test_each_post_stands_once_and_each_answer_counts_whatever_fails(  # noqa: PLR0917
    synapse: SynapseServer,
    new_bridge: Callable[..., BridgeServer],
    open_poll: Callable,
    chance: random.Random,
    tell: Callable[[str], None],
    mails: int,
    kills: int,
) -> None:
    roll = voters_of("rough", 20)
    bridge = new_bridge(ROUGHLY, roll=roll, sweep_every="2s")
    (port,) = free_ports(1)
    bridge.configure(replace(bridge.settings, homeserver_port=port))
    async with FaultProxy(port, synapse.port, chance, {}) as proxy:
        try:
            await asyncio.to_thread(bridge.start)
            poll = await open_poll(bridge, roll)
            proxy.odds = dict(ROUGH)
            with Senders([bridge.settings.ports.mail], conversation(ROUGHLY, mails)) as senders:
                await everything_at_once(poll, synapse, chance, kills)
                await polled(lambda: senders.is_done, bool, looks=300 + mails)
            # Its breaker may be open for minutes by now; and a kill must not matter either.
            await asyncio.to_thread(bridge.kill)
            await asyncio.to_thread(bridge.start)
            await poll.shows(len(roll))
            books = await polled(
                lambda: bridge.run("books"),
                lambda said: "in flight 0" in said.stdout,
                looks=300 + 2 * mails,
            )
        finally:
            bridge.stop()
    tell(f"{kills} kills of Synapse; {shown(proxy.counts)}")
    assert (senders.refused, len(senders.acknowledged)) == ([], mails)
    assert (books.returncode, f"mirrored {mails + 1}" in books.stdout) == (0, True), books
    assert bridge.run("shunted").stdout == "Nothing is set aside.\n"
    meant = {*senders.acknowledged, Copy(ROUGHLY, STATEMENT).message_id}
    assert dict(source_keys(await poll.voters[0].history(poll.room))) == {
        (message_id_hash(MessageId(one)), 0): 1 for one in meant
    }


async def everything_at_once(
    poll: Poll, synapse: SynapseServer, chance: random.Random, kills: int
) -> None:
    """Let everybody answer, some of them changing their minds, while Synapse dies."""
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(kill_again_and_again, synapse, chance, kills))
        for number, voter in enumerate(poll.voters):
            does = poll.change_mind if number % 2 else poll.vote
            group.create_task(after(chance.uniform(0, kills), does, voter))


async def after(seconds: float, does: Callable, voter: Member) -> None:
    await asyncio.sleep(seconds)
    await does(voter)


@pytest.mark.parametrize("voters", [40, pytest.param(200, marks=pytest.mark.long)])
async def test_reactions_in_a_transaction_that_hangs_when_synapse_dies_are_found_by_sweeps(
    synapse: SynapseServer,
    new_bridge: Callable[..., BridgeServer],
    open_poll: Callable,
    chance: random.Random,
    voters: int,
) -> None:
    roll = voters_of("hung", voters)
    bridge = new_bridge(HUNG, roll=roll, sweep_every="1h")
    told, (hears,) = bridge.settings.ports.matrix, free_ports(1)
    bridge.configure(replace(bridge.settings, ports=replace(bridge.settings.ports, matrix=hears)))
    async with FaultProxy(told, hears, chance, {}) as proxy:
        try:
            await asyncio.to_thread(bridge.start)
            poll = await open_poll(bridge, roll)
            proxy.odds = {"hang": 1.0}
            async with asyncio.TaskGroup() as group:
                for voter in poll.voters:
                    group.create_task(poll.vote(voter))
            await polled(lambda: proxy.counts["hang"], bool)
            await asyncio.to_thread(synapse.kill)
            # What it pushes again is lost as well: nothing but a sweep can find the answers.
            proxy.odds, passed = {"drop_before": 1.0}, proxy.counts[PASSED]
            await asyncio.to_thread(synapse.start)
            # A start sweeps every open ballot, and so does a homeserver that is back: what one has
            # found, the next does not count again.
            await asyncio.to_thread(bridge.kill)
            await asyncio.to_thread(bridge.start)
            await poll.shows(voters)
            assert sum(found_by_sweeps(bridge)) >= voters
            assert proxy.counts[PASSED] == passed
        finally:
            bridge.stop()


def found_by_sweeps(bridge: BridgeServer) -> list[int]:
    """Return how much each sweep found that no push had brought, as the bridge's log says it."""
    log = bridge.process.log.read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines() if "card_swept" in line]
    return [line["missed"] for line in lines]
