"""The stage: real servers, a bridge beside them, and the players' chat clients."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.demo import cast
from bridge.demo.bridge_config import BridgeSettings, Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Player
from bridge.demo.environments import Say
from bridge.demo.mailman import Subscriber
from bridge.demo.member import Member
from bridge.demo.ports import free_ports
from bridge.demo.servers import Servers, running_servers, serve_list
from bridge.demo.synapse import Account, SynapseServer, SynapseSettings

ALIAS = f"#list_pc:{cast.SERVER_NAME}"
COMMITTEE = Mirrored(
    cast.LIST_ADDRESS, cast.BRIDGE_ADDRESS, "Policy Committee", facilitators=(cast.CHAIR.slug,)
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs.

    Attributes:
        home: holds logs and databases of this run.
        accounts: how each player logs in, by slug.
        members: the players' clients, by slug.
    """

    home: Path
    servers: Servers
    bridge: BridgeServer
    accounts: Mapping[str, Account]
    members: Mapping[str, Member]

    @property
    def exports(self) -> Path:
        """Where the ballot's export goes; it stays when ``home`` is removed."""
        return self.home.parent / "exports" / self.home.name


@contextlib.asynccontextmanager
async def set_stage(directory: Path, say: Say) -> AsyncIterator[Stage]:
    """Start everything in a fresh directory of its own; end everything that was started.

    The directory is removed when the run was interrupted, and kept otherwise.
    """
    environments, home = _places(directory)
    (synapse_port,) = free_ports(1)
    settings = BridgeSettings(cast.SERVER_NAME, synapse_port, (COMMITTEE,), cast.ROLL)
    bridge = BridgeServer(home, settings)
    synapse = SynapseSettings(cast.SERVER_NAME, synapse_port, (bridge.registration,))
    running = running_servers(environments, home, synapse, say)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_removed_when_interrupted(home))
        with _farewell(say):
            servers = await asyncio.to_thread(running.__enter__)
            stack.callback(running.__exit__, None, None, None)
            # Written again: only now it is known where the post office takes our mails.
            bridge.configure(replace(settings, submission_port=servers.post_office.port))
            await asyncio.to_thread(subscribe, servers, bridge, COMMITTEE, cast.EVERYBODY)
            accounts = await asyncio.to_thread(register, servers.synapse, cast.EVERYBODY)
            say("starting the bridge")
            stack.callback(bridge.stop)
            await asyncio.to_thread(bridge.start)
            members = {
                slug: await stack.enter_async_context(member_of(servers.synapse, account))
                for slug, account in accounts.items()
            }
            yield Stage(home, servers, bridge, accounts, members)


@contextlib.contextmanager
def _farewell(say: Say) -> Iterator[None]:
    """Say at once that Ctrl-C was heard: ending the servers takes some seconds."""
    try:
        yield
    except asyncio.CancelledError:
        say("stopping what was started")
        raise


@contextlib.contextmanager
def _removed_when_interrupted(home: Path) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        shutil.rmtree(home, ignore_errors=True)
        raise


def subscribe(
    servers: Servers, bridge: BridgeServer, mirrored: Mirrored, people: Iterable[Player]
) -> None:
    """Create the list, subscribe people and bridge, and route the bridge's copy to its listener."""
    subscribers = [Subscriber(one.address, one.name) for one in people]
    serve_list(servers, mirrored.posting_address, *subscribers, Subscriber(mirrored.bridge_address))
    servers.post_office.route(mirrored.bridge_address, bridge.settings.ports.mail)


def register(synapse: SynapseServer, people: Iterable[Player]) -> dict[str, Account]:
    """Register people at the homeserver, with a password of their own; by slug."""
    return {
        one.slug: synapse.register(one.slug, secrets.token_urlsafe(9), display_name=one.name)
        for one in people
    }


def member_of(synapse: SynapseServer, account: Account) -> Member:
    """Return the chat client of somebody registered."""
    return Member(synapse.url, account.user_id, account.access_token)


def _places(directory: Path) -> tuple[Path, Path]:
    """Return where the environments are kept, and a new home for this run."""
    environments = directory.absolute()
    home = environments / f"run-{secrets.token_hex(4)}"
    home.mkdir(parents=True, mode=0o700)
    return environments, home
