import sys
from pathlib import Path

import pytest

from bridge.demo.processes import ServerFailedError, ServerProcess

WAITS = "import signal; print('up', flush=True); signal.pause()"
FAILS = "raise SystemExit('the port is taken')"


def stub(directory: Path, program: str) -> ServerProcess:
    return ServerProcess("Stub", [sys.executable, "-c", program], directory=directory)


def test_a_started_server_runs_until_it_is_stopped(tmp_path: Path) -> None:
    server = stub(tmp_path, WAITS)
    server.start()
    server.wait_until(lambda: "up" in server.log_tail(), seconds=30)
    assert server.is_running
    server.stop()
    assert not server.is_running


def test_a_killed_server_starts_again(tmp_path: Path) -> None:
    server = stub(tmp_path, WAITS)
    for lives in (1, 2):
        server.start()
        server.wait_until(lambda n=lives: server.log_tail().count("  up") == n, seconds=30)
        server.kill()
    assert not server.is_running


def test_a_server_that_ends_while_starting_is_reported_with_its_log(tmp_path: Path) -> None:
    server = stub(tmp_path, FAILS)
    server.start()
    with pytest.raises(ServerFailedError, match=r"(?s)ended while starting.*the port is taken"):
        server.wait_until(lambda: False, seconds=30)
    server.stop()


def test_a_server_that_is_never_ready_is_stopped_and_reported(tmp_path: Path) -> None:
    server = stub(tmp_path, WAITS)
    server.start()
    with pytest.raises(ServerFailedError, match="not ready within 0 s"):
        server.wait_until(lambda: False, seconds=0)
    assert not server.is_running


def test_stopping_what_never_started_is_nothing(tmp_path: Path) -> None:
    stub(tmp_path, WAITS).stop()
