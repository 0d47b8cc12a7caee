"""The addresses we listen on: ``127.0.0.1:9993`` or ``[::1]:9993``."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

RIGHT_FORM = "write HOST:PORT, such as 127.0.0.1:9993 or [::1]:9993"

_WRITTEN = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})")
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- compared with, never bound


@dataclass(frozen=True, slots=True)
class Listen:
    """A host (name or IP, IPv6 without brackets) and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Say whether only this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def collides_with(self, other: Listen) -> bool:
        """Say whether the two cannot be bound side by side."""
        hosts = {self.host, other.host}
        return self.port == other.port and (len(hosts) == 1 or bool(hosts & _EVERYWHERE))


def parse_listen(written: object) -> Listen:
    """Return the address.

    Raises:
        ValueError: not HOST:PORT, or a port outside 1-65535.
    """
    if isinstance(written, Listen):
        return written
    match = _WRITTEN.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None or not 0 < int(match["port"]) < 65_536:
        raise ValueError(f"{written!r} is no address to listen on; {RIGHT_FORM}")
    return Listen(match["v6"] or match["host"], int(match["port"]))
