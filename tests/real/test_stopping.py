"""The bridge ends when it is told to, with everything taken and nothing said twice."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from polls import polled

from bridge.demo.bridge_config import Mirrored
from bridge.demo.bridge_server import BridgeServer
from bridge.demo.ports import is_listening
from bridge.demo.postoffice import PostOffice
from bridge.store.migrate import migrate

pytestmark = pytest.mark.real

ENDING = Mirrored("ending@lists.demo", "ending-1r7@bridge.demo", "Brief Group", ("amal",))


@pytest.fixture(scope="module")
def bridge(
    new_bridge: Callable[..., BridgeServer], post_office: PostOffice
) -> Iterator[BridgeServer]:
    made = new_bridge(ENDING)
    migrate(made.database)
    yield made
    post_office.close_route(ENDING.bridge_address)


@pytest.fixture
def running(bridge: BridgeServer) -> Iterator[subprocess.Popen[str]]:
    """The bridge as a terminal starts it: without the leash, so that signals reach it alone."""
    command = [sys.executable, "-m", "bridge", "--config", str(bridge.config_path), "run"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
async def test_a_signal_ends_the_bridge_cleanly(
    bridge: BridgeServer, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    await polled(lambda: is_listening(bridge.settings.ports.mail), bool)
    running.send_signal(number)
    _, log = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "bridge_stopped" in log
    assert "Traceback" not in log
    # Asked to end with nothing in flight, it does not use up its 8 seconds.
    assert "stopped_in_flight" not in log
    assert not is_listening(bridge.settings.ports.mail)
