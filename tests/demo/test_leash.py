"""The leash on a stub server: a small Python program that says its process id."""

import os
import signal
import subprocess
import sys

import pytest

from bridge.demo import leash

SERVER = """
import os, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
{prepare}
print(os.getpid(), child.pid, flush=True)
{wait}
print("graceful", flush=True)
"""
# Blocked and waited for, not handled: a SIGTERM that comes before the wait is not missed.
GRACEFUL = SERVER.format(
    prepare="signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])",
    wait="signal.sigwait([signal.SIGTERM])",
)
STUBBORN = SERVER.format(
    prepare="signal.signal(signal.SIGTERM, signal.SIG_IGN)", wait="signal.pause()"
)


def on_leash(program: str, grace: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, leash.__file__, grace, sys.executable, "-c", program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("program", "order", "farewell", "status"),
    [
        (GRACEFUL, b"", b"graceful\n", 0),
        (STUBBORN, b"", b"", -signal.SIGKILL % 256),
        (GRACEFUL, leash.KILL, b"", -signal.SIGKILL % 256),
    ],
    ids=["pipe closed", "pipe closed, SIGTERM ignored", "killed"],
)
def test_a_pulled_leash_ends_the_whole_process_group(
    program: str, order: bytes, farewell: bytes, status: int
) -> None:
    held = on_leash(program, grace="0.2" if program is STUBBORN else "10")
    assert held.stdout
    pids = [int(pid) for pid in held.stdout.readline().split()]
    said, _ = held.communicate(order)
    assert (said, held.returncode) == (farewell, status)
    assert not [pid for pid in pids if is_alive(pid)]


def test_a_server_that_ends_by_itself_ends_the_leash_with_its_status() -> None:
    held = on_leash("raise SystemExit(7)", grace="10")
    assert held.wait(timeout=30) == 7
    held.communicate()
