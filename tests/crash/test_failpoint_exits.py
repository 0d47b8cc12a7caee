"""P3 with real processes: the bridge ends at a place it was told, as if the power had failed there.

The same story each time: mails come in, the bridge ends, another one is started on its data. In
the end each mail stands in the room once. A few places here, every place in ``make long``; what
each fault does to a whole ballot is played without processes in the stories.
"""

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from crash_list import ALIAS, CHAIR, conversation
from polls import polled
from senders import Senders
from sources import source_keys

from bridge.demo.bridge_server import BridgeServer
from bridge.demo.ports import is_listening
from bridge.demo.processes import ServerProcess
from bridge.demo.stage import member_of, register
from bridge.demo.synapse import SynapseServer
from bridge.failpoints import EXIT_STATUS, POINTS
from bridge.ids import MessageId, message_id_hash
from bridge.mail.limits import QUICK
from bridge.store.migrate import migrate

pytestmark = pytest.mark.crash

ELSEWHERE = (
    *("ask.", "backup.", "file.", "migrate.", "mail.", "names.", "sweep."),
    *("watch.committed", "postponed."),
)
"""Reached by other processes, or only with a file, a ballot, a signature, an alert, an outage."""
RARE = ("matrix.looked_up", "matrix.pins_read", "matrix.joined")
EVERY = [name for name in POINTS if not name.startswith((*ELSEWHERE, *RARE))]
FEW = [
    "arrival.committed",
    "drain.handled",
    "apart.read",
    "take.committed",
    "matrix.carried",
    "matrix.recorded",
]
MAILS = 5


def first_life(bridge: BridgeServer, order: str) -> ServerProcess:
    """Return the bridge as a process that will end by itself."""
    command = bridge._command("run", "--fail-at", order)
    return ServerProcess("doomed", command, directory=bridge.config_path.parent)


def live_until_it_ends(bridge: BridgeServer, name: str, round_: int) -> None:
    """Start it with the fault armed and hand it mails until it has ended there."""
    doomed = first_life(bridge, f"{name}=exit")
    doomed.start()
    copies = list(conversation(MAILS * (round_ + 1)))[-MAILS:]
    # One is too big to be read inside a transaction.
    copies[-1] = replace(copies[-1], padding=QUICK)
    with Senders([bridge.settings.ports.mail], copies) as senders:
        held = doomed._leash
        assert held is not None
        try:
            assert held.wait(timeout=90) == EXIT_STATUS
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} was not reached: {doomed.log_tail()}") from None
        finally:
            doomed.kill()
        bridge.process.start()
        bridge.process.wait_until(lambda: is_listening(bridge.settings.ports.mail), seconds=90)
        wait_for(lambda: senders.is_done)
        assert senders.refused == []
    bridge.kill()


def wait_for(is_so: Callable[[], bool]) -> None:
    asyncio.run(polled(is_so, bool))


@pytest.mark.parametrize("names", [FEW, pytest.param(EVERY, marks=pytest.mark.long)])
async def test_a_bridge_that_ends_at_any_place_leaves_each_mail_in_the_room_once(
    bridge_and_synapse: tuple[BridgeServer, SynapseServer],
    tell: Callable[[str], None],
    names: list[str],
) -> None:
    bridge, synapse = bridge_and_synapse
    migrate(bridge.database)
    for round_, name in enumerate(names):
        await asyncio.to_thread(live_until_it_ends, bridge, name, round_)
    await asyncio.to_thread(bridge.start)
    books = await polled(
        lambda: bridge.run("books"), lambda said: "in flight 0" in said.stdout, looks=300
    )
    assert (books.returncode, f"mirrored {MAILS * len(names)}" in books.stdout) == (0, True), books
    accounts = await asyncio.to_thread(register, synapse, (CHAIR,))
    async with member_of(synapse, accounts[CHAIR.slug]) as member:
        events = await member.history(await member.join(ALIAS))
    everything = conversation(MAILS * len(names))
    standing = source_keys(events)
    # A big one has many parts.
    assert set(standing.values()) == {1}
    assert {name for name, _ in standing} == {
        message_id_hash(MessageId(one.message_id)) for one in everything
    }
    tell(f"ended at {len(names)} places, {MAILS} mails each")
