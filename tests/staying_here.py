"""No test leaves the machine: an audit hook sees each connection and each look-up of a name.

An audit hook can be neither removed nor hidden from, and it sees what a library does, too: Python
calls it in ``socket.connect`` and ``socket.getaddrinfo`` themselves.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_HERE = frozenset({"localhost", "", "0.0.0.0", "::", socket.gethostname()})


class LeftTheMachineError(RuntimeError):
    """Something tried to reach another machine, or to ask a name server."""


@dataclass
class Watch:
    """What was tried since the session began.

    Attributes:
        seen: every connection and look-up, those on this machine too.
        foreign: those that would have left it; they were refused.
    """

    seen: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        place = _place(event, arguments)
        if place is None:
            return
        self.seen.append(f"{event} {place}")
        if not is_here(place):
            self.foreign.append(f"{event} {place}")
            raise LeftTheMachineError(f"a test tried {event} with {place}")

    @contextmanager
    def nothing_tried(self) -> Iterator[None]:
        """Insist that inside nothing was connected to and no name looked up, near or far."""
        before = len(self.seen)
        yield
        assert self.seen[before:] == []


def _place(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Return the host that is meant; '' for a place that has none, such as a Unix socket."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        sock, address = arguments
        if sock.family not in {socket.AF_INET, socket.AF_INET6}:
            return ""
        return str(address[0]) if isinstance(address, tuple) else ""
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host = arguments[0]
        return host.decode() if isinstance(host, bytes) else str(host or "")
    return None


def is_here(host: str) -> bool:
    """Say whether a host is this machine: by its loopback address, never by a name it looks up."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback or host in _HERE
    except ValueError:
        return host in _HERE


watch = Watch()


def begin() -> None:
    """Watch this process from now on."""
    sys.addaudithook(watch)
