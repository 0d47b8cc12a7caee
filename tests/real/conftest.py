"""Real servers for the whole session: one Synapse, one Mailman, one post office.

They start once (a few seconds) and are shared; a test keeps to itself by using a list, users
and rooms with names of its own. The servers run as processes and threads of their own, so
these fixtures are plain functions and belong to no event loop.

Bridges are started by the tests that need one, each with a home and a list of its own, but all
as the one appservice Synapse knows: so one at a time, and each file has at most one for itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real_people import PEOPLE, ROLL, SERVER_NAME
from telling import teller

from bridge.demo.bridge_config import BridgePorts, BridgeSettings, Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.cast import Player
from bridge.demo.mailman import MailmanServer
from bridge.demo.member import Member
from bridge.demo.ports import LOOPBACK, free_ports
from bridge.demo.postoffice import PostOffice
from bridge.demo.servers import Servers, running_servers
from bridge.demo.stage import member_of, register, subscribe
from bridge.demo.synapse import Account, SynapseServer, SynapseSettings

RunBridge = Callable[..., AbstractContextManager[BridgeServer]]
LogIn = Callable[[str], Awaitable[Member]]


@dataclass(frozen=True, slots=True)
class Appservice:
    """What Synapse was told about the bridge when it started.

    Attributes:
        port: where Synapse pushes to; whoever plays the bridge listens there.
    """

    port: int
    as_token: str = "as-token-of-the-tests"
    hs_token: str = "hs-token-of-the-tests"
    bot: str = "seconded"
    prefix: str = "list_"
    server_name: str = SERVER_NAME

    @property
    def registration(self) -> Mapping[str, Any]:
        names = f"{self.prefix}.*:{self.server_name}".replace(".", r"\.").replace(r"\.*", ".*")
        return {
            "id": "seconded",
            "url": f"http://{LOOPBACK}:{self.port}",
            "as_token": self.as_token,
            "hs_token": self.hs_token,
            "sender_localpart": self.bot,
            "rate_limited": False,
            "receive_ephemeral": False,
            "io.element.msc4190": True,
            "namespaces": {
                "users": [{"exclusive": True, "regex": f"@{names}"}],
                "aliases": [{"exclusive": True, "regex": f"#{names}"}],
                "rooms": [],
            },
        }


@pytest.fixture(scope="session")
def appservice() -> Appservice:
    return Appservice(free_ports(1)[0])


@pytest.fixture(scope="session")
def servers(
    appservice: Appservice,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Servers]:
    settings = SynapseSettings(appservice.server_name, free_ports(1)[0], (appservice.registration,))
    environments: Path = pytestconfig.rootpath / ".demo"
    directory = tmp_path_factory.mktemp("servers")
    with running_servers(environments, directory, settings, teller(pytestconfig)) as running:
        yield running


@pytest.fixture(scope="session")
def synapse(servers: Servers) -> SynapseServer:
    return servers.synapse


@pytest.fixture(scope="session")
def mailman(servers: Servers) -> MailmanServer:
    return servers.mailman


@pytest.fixture(scope="session")
def post_office(servers: Servers) -> PostOffice:
    return servers.post_office


@pytest.fixture(scope="session")
def accounts(synapse: SynapseServer) -> Mapping[str, Account]:
    """How the people of the tests log in, by slug."""
    return register(synapse, PEOPLE)


@pytest.fixture
async def log_in(synapse: SynapseServer, accounts: Mapping[str, Account]) -> AsyncIterator[LogIn]:
    """Give somebody a chat client for the time of one test."""
    async with AsyncExitStack() as stack:

        async def enter(slug: str) -> Member:
            return await stack.enter_async_context(member_of(synapse, accounts[slug]))

        yield enter


@pytest.fixture(scope="session")
def new_bridge(
    servers: Servers, appservice: Appservice, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., BridgeServer]:
    """Make a list with its subscribers and a bridge for it, which does not run yet."""

    def make(
        mirrored: Mirrored,
        roll: tuple[Player, ...] = ROLL,
        people: tuple[Player, ...] = PEOPLE,
        **ballots: str,
    ) -> BridgeServer:
        mail, web, metrics = free_ports(3)
        settings = BridgeSettings(
            server_name=appservice.server_name,
            homeserver_port=servers.synapse.port,
            lists=(mirrored,),
            roll=roll,
            submission_port=servers.post_office.port,
            ports=BridgePorts(appservice.port, mail, web, metrics),
            as_token=appservice.as_token,
            hs_token=appservice.hs_token,
            ballots=ballots,
        )
        bridge = BridgeServer(tmp_path_factory.mktemp(mirrored.name), settings)
        subscribe(servers, bridge, mirrored, people)
        return bridge

    return make


@pytest.fixture(scope="session")
def run_bridge(new_bridge: Callable[..., BridgeServer], post_office: PostOffice) -> RunBridge:
    """Make a list and run a bridge for it; stop it, and what is on its way to it, afterwards."""

    @contextmanager
    def running(mirrored: Mirrored, **options: Any) -> Iterator[BridgeServer]:
        bridge = new_bridge(mirrored, **options)
        try:
            bridge.start()
            yield bridge
        finally:
            post_office.close_route(mirrored.bridge_address)
            bridge.stop()

    return running
