"""What a process has used, read from Linux's /proc (see proc(5))."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bridge.demo.processes import ServerProcess

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far, in the program and in the kernel together, and resident bytes."""

    cpu_seconds: float
    resident_bytes: int


def server_pid(server: ServerProcess) -> int:
    """Return the process id of the server itself, which is the only child of its leash."""
    leash = server._leash
    assert leash is not None, f"{server.name} does not run"
    children = Path(f"/proc/{leash.pid}/task/{leash.pid}/children").read_text("ascii").split()
    return int(children[0])


def usage(pid: int) -> Usage:
    """Return what a process has used until now."""
    # The name, in parentheses, may hold blanks; the fields that count come after it.
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return Usage((user + system) / _TICKS, pages * _PAGE)
