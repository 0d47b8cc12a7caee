"""The real servers of the demo and of the real tests, started together and ended together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.demo import mailman
from bridge.demo.environments import MAILMAN, SYNAPSE, Say, ensure_environment
from bridge.demo.mailman import MailmanServer
from bridge.demo.postoffice import PostOffice
from bridge.demo.synapse import SynapseServer, SynapseSettings


@dataclass(frozen=True, slots=True)
class Servers:
    """A homeserver, a list server and the mail server between it and everybody else."""

    synapse: SynapseServer
    mailman: MailmanServer
    post_office: PostOffice


@contextmanager
def running_servers(
    environments: Path, directory: Path, settings: SynapseSettings, say: Say
) -> Iterator[Servers]:
    """Make what is missing, start all servers side by side, and end them whatever happens.

    Args:
        environments: where the servers' virtual environments are kept (``.demo``).
        directory: for the servers' data; what is in it from a former run is used again.
        settings: of the homeserver.
        say: shows one line of progress.

    Raises:
        EnvironmentSetupError: an environment could not be made.
        ServerFailedError: a server did not start; shows the end of its log.
    """
    synapse_home = ensure_environment(SYNAPSE, environments, say)
    mailman_home = ensure_environment(MAILMAN, environments, say)
    directory = directory.absolute()
    with ExitStack() as stack:
        office = stack.enter_context(PostOffice())
        servers = Servers(
            SynapseServer(synapse_home, directory / "synapse", settings),
            MailmanServer(mailman_home, directory / "mailman", mailman.on_free_ports(office.port)),
            office,
        )
        stack.callback(servers.synapse.stop)
        stack.callback(servers.mailman.stop)
        servers.synapse.launch()
        servers.mailman.launch()
        say("starting Synapse and Mailman")
        servers.synapse.wait_ready()
        servers.mailman.wait_ready()
        yield servers


def serve_list(servers: Servers, posting_address: str, *subscribers: mailman.Subscriber) -> None:
    """Create a list whose subscribers may post, and route what is posted to Mailman."""
    servers.mailman.create_list(posting_address, subscribers)
    servers.post_office.route(posting_address, servers.mailman.lmtp_port)
