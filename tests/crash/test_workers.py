"""Several bridges on one PostgreSQL database: any of them may die, and nobody notices.

Three bridges take the mails of twenty lists; every few seconds one of them is killed with SIGKILL
and started again. One ends by itself when it has marked letters as ``sending`` and no request has
left, and is not started again before another one has taken them over. In the end each mail stands
in its room once, and each thread in the order in which its posts came in.
"""

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from crash_list import AUTHORS, CHAIR
from list_copies import Copy
from polls import polled
from postgres_cluster import Cluster
from senders import Senders
from sources import source_keys
from sqlalchemy import select

from bridge.clock import now
from bridge.demo.bridge_config import BridgeSettings, Mirrored, free_bridge_ports
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.environments import SYNAPSE, ensure_environment
from bridge.demo.member import Event
from bridge.demo.ports import free_ports
from bridge.demo.processes import ServerProcess
from bridge.demo.stage import member_of, register
from bridge.demo.synapse import SynapseServer, SynapseSettings
from bridge.failpoints import EXIT_STATUS
from bridge.ids import MessageId, message_id_hash
from bridge.store.database import Store
from bridge.store.migrate import migrate
from bridge.store.place import described
from bridge.store.schema import posts

pytestmark = pytest.mark.crash

LISTS = tuple(
    Mirrored(f"list{n}@lists.demo", f"list{n}-5v2@bridge.demo", f"List {n}", (CHAIR.slug,))
    for n in range(20)
)
BRIDGES = 3
THREAD = 5
IN_MID_SEND = "matrix.carrying=exit@20"
"""``sending`` is durable, and no request has left."""
LOOKS = 300


def conversations(count: int) -> Iterator[Copy]:
    """Yield the posts of all lists in turn; on each, every fifth begins a thread."""
    for number in range(count):
        listed, place = LISTS[number % len(LISTS)], number // len(LISTS)
        root = number - place % THREAD * len(LISTS)
        answers = None if number == root else Copy(listed, root).message_id
        yield Copy(listed, number, AUTHORS[number % len(AUTHORS)], answers)


@pytest.fixture
def synapse_and_bridges(
    pytestconfig: pytest.Config,
    tell: Callable[[str], None],
    tmp_path: Path,
    postgres: Cluster,
) -> Iterator[tuple[SynapseServer, list[BridgeServer]]]:
    environment = ensure_environment(SYNAPSE, pytestconfig.rootpath / ".demo", tell)
    (port,) = free_ports(1)
    database = described(postgres.database())
    settings = BridgeSettings("hs.test", port, LISTS, (CHAIR,), database=database)
    bridges = [
        BridgeServer(tmp_path / f"bridge{n}", replace(settings, ports=free_bridge_ports()))
        for n in range(BRIDGES)
    ]
    synapse = SynapseServer(
        environment,
        tmp_path / "synapse",
        SynapseSettings("hs.test", port, (bridges[0].registration,)),
    )
    try:
        synapse.start()
        yield synapse, bridges
    finally:
        for bridge in bridges:
            bridge.kill()
        synapse.stop()


@pytest.mark.parametrize("mails", [600, pytest.param(2_000, marks=pytest.mark.long)])
async def test_whoever_dies_each_mail_stands_once_and_each_thread_in_order(
    synapse_and_bridges: tuple[SynapseServer, list[BridgeServer]],
    tell: Callable[[str], None],
    mails: int,
) -> None:
    synapse, bridges = synapse_and_bridges
    listeners = [bridge.settings.ports.mail for bridge in bridges]
    began = time.monotonic()
    with Senders(listeners, conversations(mails)) as senders:
        taken = await asyncio.to_thread(one_ends_in_mid_send, bridges)
        assert taken > 0
        kills = await asyncio.to_thread(kill_in_turn, bridges, senders)
    tell(f"{taken} letters taken over by a living bridge")
    tell(f"{kills} kills of {BRIDGES} bridges, {mails} mails of {len(LISTS)} lists")
    assert (senders.refused, len(senders.acknowledged)) == ([], mails)

    books = await polled(
        lambda: bridges[0].run("books"),
        lambda said: f"mirrored {mails} + in flight 0" in said.stdout,
        looks=50 + mails,
    )
    assert books.returncode == 0, books
    tell(f"all in their rooms {time.monotonic() - began:.0f} s after the first")
    assert bridges[0].run("shunted").stdout == "Nothing is set aside.\n"

    standing = await histories(synapse)
    keys = source_keys(event for events in standing.values() for event in events)
    assert dict(keys) == {(message_id_hash(MessageId(one)), 0): 1 for one in senders.acknowledged}
    assert await out_of_order(bridges[0], standing) == []


def one_ends_in_mid_send(bridges: list[BridgeServer]) -> int:
    """Return how many letters a living bridge took over from one that ended while it sent them.

    The others neither start nor end meanwhile, so it is no start that finds them.
    """
    first, *living = bridges
    migrate(first.place)
    command = first._command("run", "--fail-at", IN_MID_SEND)
    doomed = ServerProcess("doomed", command, directory=first.config_path.parent)
    doomed.start()
    for bridge in living:
        bridge.process.start()
    for bridge in living:
        bridge.wait_ready()
    held = doomed._leash
    assert held is not None
    try:
        assert held.wait(timeout=90) == EXIT_STATUS, doomed.log_tail()
    finally:
        doomed.kill()
    for _ in range(LOOKS):
        if taken := sum(map(taken_over, living)):
            break
        time.sleep(0.1)
    return taken


def taken_over(bridge: BridgeServer) -> int:
    """Return how many letters of others a bridge looked after, as its log says it."""
    lines = bridge.process.log.read_text("utf-8").splitlines()
    return sum(json.loads(one)["letters"] for one in lines if "outcomes_unknown" in one)


def kill_in_turn(bridges: list[BridgeServer], senders: Senders) -> int:
    """Kill one bridge after the other until every mail was acknowledged; all live in the end.

    Only one that has come to work is killed: on a busy machine, starting is most of a life.
    """
    chance = random.Random(1)
    for bridge in bridges:
        bridge.process.start()
    kills = 0
    while not senders.is_done or kills < 2 * BRIDGES:
        chosen = bridges[kills % BRIDGES]
        chosen.wait_ready()
        time.sleep(chance.uniform(2, 4))
        chosen.kill()
        chosen.process.start()
        kills += 1
    for bridge in bridges:
        bridge.wait_ready()
    return kills


async def histories(synapse: SynapseServer) -> dict[str, list[Event]]:
    """Return what stands in the room of each list, oldest first."""
    accounts = await asyncio.to_thread(register, synapse, (CHAIR,))
    async with member_of(synapse, accounts[CHAIR.slug]) as member:
        return {
            one.list_id: (await member.history(await member.join(f"#list_{one.name}:hs.test")))[
                ::-1
            ]
            for one in LISTS
        }


async def out_of_order(bridge: BridgeServer, standing: dict[str, list[Event]]) -> list[str]:
    """Return the threads whose events do not stand as their posts came in."""
    store = Store(bridge.place, now)
    rows = await store.read(
        lambda conn: conn.execute(select(posts).order_by(posts.c.inbox_id)).all()
    )
    await store.close()
    threads = defaultdict(list)
    for row in rows:
        threads[row.list_id, row.head].append(row.event_id)
    places = {
        event["event_id"]: place
        for events in standing.values()
        for place, event in enumerate(events)
    }
    return [
        head
        for (_, head), events in threads.items()
        if [places[event] for event in events] != sorted(places[event] for event in events)
    ]
