"""The servers a measurement needs: a homeserver, real or a stub, and a bridge beside it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench_disk import slow_disk
from bench_lmtp import hand_over_all
from bench_mails import ListMail, one_of_each_author

from bridge.demo.bridge_config import BridgeSettings, Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import ROLL, SERVER_NAME
from bridge.demo.environments import SYNAPSE, ensure_environment
from bridge.demo.ports import LOOPBACK, free_ports, is_listening
from bridge.demo.processes import ServerProcess
from bridge.demo.stage import register
from bridge.demo.synapse import Account, SynapseServer, SynapseSettings

Say = Callable[[str], None]

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_LOOK_SECONDS = 0.005
_LONGEST_SECONDS = 3600.0
SLOWER_MS = 5.0

ONE_ROOM = (Mirrored("one@lists.demo", "one@bridge.demo", "One Group", ("amara",)),)
TWENTY_ROOMS = tuple(
    Mirrored(f"room{n:02}@lists.demo", f"room{n:02}@bridge.demo", f"Group {n}") for n in range(20)
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a benchmark works and how it says what it does.

    Attributes:
        home: a fresh directory below ``build``.
        say: shows one line of progress.
        slow_sync: the library that slows the disk, None when there is no compiler.
    """

    home: Path
    say: Say
    slow_sync: Path | None

    def fresh(self, name: str) -> Path:
        """Return a directory nobody has used."""
        return self.home / f"{name}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class Running:
    """A bridge that runs beside its homeserver."""

    bridge: BridgeServer
    synapse: SynapseServer | None = None

    @property
    def mail_port(self) -> int:
        return self.bridge.settings.ports.mail

    @property
    def synapse_there(self) -> SynapseServer:
        """The real homeserver; there must be one."""
        assert self.synapse is not None, "this bridge stands beside a stub"
        return self.synapse

    def submitting_to(self, port: int) -> BridgeSettings:
        """Return the bridge's settings with another mail server for what it sends."""
        return replace(self.bridge.settings, submission_port=port)

    async def settled(self) -> None:
        """Wait until every mail was handled and every letter to the homeserver has arrived."""
        await self._wait_for(_IS_SETTLED)

    async def mirror(self, mails: Sequence[ListMail], *, connections: int = 4) -> None:
        """Hand mails over and wait until all of them stand in their rooms."""
        await hand_over_all(self.mail_port, mails, connections=connections)
        await self.settled()

    async def open_rooms(self, lists: Sequence[Mirrored]) -> None:
        """Wait until every list has its room and each may be sent to."""
        await self._wait_for(
            f"SELECT (SELECT count(*) FROM rooms WHERE closed_because IS NULL) >= {len(lists)}"
        )

    async def _wait_for(self, question: str) -> None:
        async with asyncio.timeout(_LONGEST_SECONDS):
            with reading(self.bridge.database) as connection:
                # Another process's database rings no bell.
                while not connection.execute(question).fetchone()[0]:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_SECONDS)


# Both halves are answered from the partial indexes, however much was mirrored before.
_IS_SETTLED = (
    "SELECT NOT EXISTS (SELECT 1 FROM inbox WHERE state = 'new' AND kind = 'mail')"
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE state IN ('pending', 'sending', 'unknown'))"
)


@contextlib.contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Look into the bridge's database as another process; nothing can be written."""
    with contextlib.closing(
        sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)
    ) as connection:
        yield connection


@contextlib.contextmanager
def synapse_and_bridge(
    place: Place, lists: Sequence[Mirrored], *, is_slow: bool = False
) -> Iterator[Running]:
    """Start a Synapse that knows a bridge, which does not run yet; end both."""
    environment = ensure_environment(SYNAPSE, _ROOT / ".demo", place.say)
    home = place.fresh("synapse")
    (port,) = free_ports(1)
    bridge = BridgeServer(home / "bridge", _settings(port, lists))
    settings = SynapseSettings(SERVER_NAME, port, (bridge.registration,))
    synapse = SynapseServer(environment, home / "synapse", settings)
    try:
        with slow_disk(place.slow_sync if is_slow else None, SLOWER_MS):
            synapse.start()
        yield Running(bridge, synapse)
    finally:
        bridge.stop()
        synapse.stop()


@contextlib.contextmanager
def stub_and_bridge(
    place: Place, lists: Sequence[Mirrored], *, is_slow: bool = False
) -> Iterator[Running]:
    """Start a bridge beside a homeserver that answers at once; end both."""
    home = place.fresh("stub")
    (port,) = free_ports(1)
    settings = _settings(port, lists)
    bridge = BridgeServer(home / "bridge", settings)
    push_to = f"http://{LOOPBACK}:{settings.ports.matrix}"
    command = [sys.executable, _HERE / "bench_stub.py", str(port), push_to, settings.hs_token]
    stub = ServerProcess("stub", command, directory=home)
    try:
        stub.start()
        stub.wait_until(lambda: is_listening(port), seconds=30)
        with slow_disk(place.slow_sync if is_slow else None, SLOWER_MS):
            bridge.start()
        yield Running(bridge)
    finally:
        bridge.stop()
        stub.stop()


@contextlib.asynccontextmanager
async def bridge_with_lanes(
    place: Place, running: Running, lists: Sequence[Mirrored], lanes: int, *, is_slow: bool = False
) -> AsyncIterator[None]:
    """Run the bridge with so many requests side by side, its rooms open, its ghosts in them."""
    bridge = running.bridge
    bridge.configure(_with_lanes(bridge.settings, lanes))
    try:
        with slow_disk(place.slow_sync if is_slow else None, SLOWER_MS):
            await asyncio.to_thread(bridge.start)
        await running.open_rooms(lists)
        await running.mirror(one_of_each_author(lists, f"warm{secrets.token_hex(3)}"))
        yield
    finally:
        await asyncio.to_thread(bridge.stop)


@contextlib.contextmanager
def watchers(
    place: Place, running: Running, accounts: Mapping[str, Account], lists: Sequence[Mirrored]
) -> Iterator[None]:
    """Let people sync in a process of their own; all of them are in every list's room."""
    tokens = [one.access_token for one in accounts.values()]
    aliases = [f"#list_{one.name}:{SERVER_NAME}" for one in lists]
    command = [sys.executable, _HERE / "bench_watchers.py", running.synapse_there.url]
    directory = place.fresh("watchers")
    ready = directory / "ready"
    process = ServerProcess(
        "watchers",
        [*command, str(ready), ",".join(tokens), ",".join(aliases)],
        directory=directory,
    )
    try:
        process.start()
        process.wait_until(ready.exists, seconds=300)
        yield
    finally:
        process.stop()


def people(running: Running, count: int) -> Mapping[str, Account]:
    """Register so many people of the story at the homeserver."""
    return register(running.synapse_there, ROLL[:count])


def _settings(homeserver_port: int, lists: Sequence[Mirrored]) -> BridgeSettings:
    return BridgeSettings(SERVER_NAME, homeserver_port, tuple(lists), ROLL)


def _with_lanes(settings: BridgeSettings, lanes: int) -> BridgeSettings:
    return replace(settings, matrix={"max_lanes": lanes})
