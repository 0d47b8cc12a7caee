"""One Synapse, and a bridge that is killed; the mails come straight to its listener, by LMTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crash_list import CHAIR, MIRRORED
from telling import teller

from bridge.demo.bridge_config import BridgeSettings
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.environments import SYNAPSE, ensure_environment
from bridge.demo.ports import free_ports
from bridge.demo.synapse import SynapseServer, SynapseSettings


def settings_for(synapse_port: int) -> BridgeSettings:
    return BridgeSettings("hs.test", synapse_port, (MIRRORED,), (CHAIR,))


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Show a line to whoever runs the tests."""
    return teller(pytestconfig)


@pytest.fixture
def lonely_bridge(tmp_path: Path) -> Iterator[BridgeServer]:
    """A bridge whose homeserver is not there; it takes mail all the same. Not started."""
    bridge = BridgeServer(tmp_path / "bridge", settings_for(free_ports(1)[0]))
    yield bridge
    bridge.kill()


@pytest.fixture
def bridge_and_synapse(
    pytestconfig: pytest.Config, tell: Callable[[str], None], tmp_path: Path
) -> Iterator[tuple[BridgeServer, SynapseServer]]:
    """A bridge and its homeserver, which runs; the bridge is not started."""
    environment = ensure_environment(SYNAPSE, pytestconfig.rootpath / ".demo", tell)
    (port,) = free_ports(1)
    bridge = BridgeServer(tmp_path / "bridge", settings_for(port))
    settings = SynapseSettings("hs.test", port, (bridge.registration,))
    synapse = SynapseServer(environment, tmp_path / "synapse", settings)
    try:
        synapse.start()
        yield bridge, synapse
    finally:
        bridge.kill()
        synapse.stop()
