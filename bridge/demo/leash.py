"""Run a server on a leash: when the pipe on standard input closes, the server ends.

Whatever ends the program that started a server (Ctrl-C, a failed test, SIGKILL), the kernel
closes its end of the pipe, and this small process then takes the server and its whole process
group down. Run as a script, with the standard library alone:
``python leash.py GRACE COMMAND…``, GRACE being the seconds between SIGTERM and SIGKILL.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

KILL = b"K"
"""Written to the leash: end the server with SIGKILL. A closed pipe means: end it gracefully."""

_LOOK_EVERY = 0.1
"""Seconds after which a server that ended by itself is noticed."""


def main(arguments: list[str]) -> int:
    """Start the command, hold it until it ends or the leash is pulled, return its exit status."""
    grace, *command = arguments
    # A session of its own: Ctrl-C at the terminal is for the program that holds the leash.
    server = subprocess.Popen(  # noqa: S603 - the command is the harness's own
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        if _wait_for_order(server) != KILL:
            _signal_group(server.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=float(grace))
    finally:
        # Also after a graceful end: a child of the server may have outlived it.
        _signal_group(server.pid, signal.SIGKILL)
    return server.wait()


def _wait_for_order(server: subprocess.Popen[bytes]) -> bytes:
    while server.poll() is None:
        readable, _, _ = select.select([sys.stdin], [], [], _LOOK_EVERY)
        if readable:
            return os.read(sys.stdin.fileno(), 1)
    return b""


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
