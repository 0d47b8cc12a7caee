"""P1: a mail we said 250 to is never lost and stands in the room once, however often we die.

The bridge is killed with SIGKILL a random 50 to 500 ms after each time its listener answers,
while mails come in over four connections, until all were acknowledged; and then on, because the
rest of its work, sending to the homeserver, is as delicate. Every mail without a 250 is offered
again. Then the bridge may live, and the room is audited over all pages of ``/messages``.

``SECONDED_SEED=number`` draws the pauses of an earlier run again; the seed is printed.
"""

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable

import pytest
from crash_list import ALIAS, CHAIR, conversation
from polls import polled
from senders import CONNECTIONS, Senders
from sources import source_keys

from bridge.demo.bridge_server import BridgeServer
from bridge.demo.ports import is_listening
from bridge.demo.stage import member_of, register
from bridge.demo.synapse import SynapseServer
from bridge.ids import MessageId, message_id_hash

pytestmark = pytest.mark.crash

SHORTEST, LONGEST = 0.05, 0.5
"""Seconds the bridge lives after its listener answered."""


@pytest.fixture
def chance(tell: Callable[[str], None]) -> random.Random:
    seed = int(os.environ.get("SECONDED_SEED") or secrets.randbelow(1_000_000))
    tell(f"SECONDED_SEED={seed}")
    return random.Random(seed)


@pytest.mark.parametrize(
    ("mails", "least_kills"), [(500, 20), pytest.param(10_000, 60, marks=pytest.mark.long)]
)
async def test_every_acknowledged_mail_stands_in_the_room_exactly_once(
    bridge_and_synapse: tuple[BridgeServer, SynapseServer],
    chance: random.Random,
    tell: Callable[[str], None],
    mails: int,
    least_kills: int,
) -> None:
    bridge, synapse = bridge_and_synapse
    with Senders([bridge.settings.ports.mail], conversation(mails)) as senders:
        kills = await asyncio.to_thread(kill_until_done, bridge, senders, chance, least_kills)
    tell(f"{kills} kills, {len(senders.acknowledged)} mails over {CONNECTIONS} connections")
    assert (senders.refused, len(senders.acknowledged)) == ([], mails)

    await asyncio.to_thread(bridge.start)
    books = await polled(
        lambda: bridge.run("books"), lambda said: "in flight 0" in said.stdout, looks=50 + mails
    )
    assert (books.returncode, f"mirrored {mails}" in books.stdout) == (0, True), books
    assert bridge.run("shunted").stdout == "Nothing is set aside.\n"
    meant = {(message_id_hash(MessageId(one)), 0): 1 for one in senders.acknowledged}
    assert await standing_in_the_room(synapse) == meant


def kill_until_done(
    bridge: BridgeServer, senders: Senders, chance: random.Random, least: int
) -> int:
    """Start and kill until every mail was acknowledged, and at least so often; return how often.

    On a machine so busy that hardly a mail is taken in half a second, the lives get longer after
    each ``least`` kills: the test ends on any machine, and is at its sharpest on an idle one.
    """
    bridge.launch()
    kills = 0
    while kills < least or not senders.is_done:
        bridge.process.start()
        bridge.process.wait_until(lambda: is_listening(bridge.settings.ports.mail), seconds=90)
        time.sleep(chance.uniform(SHORTEST, LONGEST) * 2 ** (kills // least))
        bridge.kill()
        kills += 1
    return kills


async def standing_in_the_room(synapse: SynapseServer) -> dict[tuple[str, int], int]:
    """Return how often each source key stands in the room."""
    accounts = await asyncio.to_thread(register, synapse, (CHAIR,))
    async with member_of(synapse, accounts[CHAIR.slug]) as member:
        events = await member.history(await member.join(ALIAS))
    return dict(source_keys(events))
