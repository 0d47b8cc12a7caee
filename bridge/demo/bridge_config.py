"""The configuration of a bridge beside the demo's servers, written as an operator would write it.

Everything is on loopback; what differs from one bridge to another stands in ``BridgeSettings``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from bridge.demo.cast import Player
from bridge.demo.ports import LOOPBACK, free_ports
from bridge.matrix.registration import TOKEN_BYTES, new_token

QUICK: Mapping[str, Any] = MappingProxyType(
    {
        "allow_short_windows": True,
        "grace_chat": "1s",
        "after_lifting": "0s",
        "confirm": "0s",
        "sweep_every": "5s",
        "status_every": "1s",
    }
)
"""A ballot's waits, short enough to watch; the result goes out without being confirmed."""


def _token() -> str:
    return new_token(secrets.token_bytes(TOKEN_BYTES))


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One list to mirror; its name is the part of the posting address before the ``@``."""

    posting_address: str
    bridge_address: str
    title: str
    facilitators: tuple[str, ...] = ()
    visibility: str = "public"

    @property
    def name(self) -> str:
        """The short name; the room's alias is ``#list_NAME``."""
        return self.posting_address.partition("@")[0]

    @property
    def list_id(self) -> str:
        """The List-Id Mailman gives such a list."""
        return self.posting_address.replace("@", ".")


@dataclass(frozen=True, slots=True)
class BridgePorts:
    """Where the bridge listens, on 127.0.0.1."""

    matrix: int
    mail: int
    web: int
    metrics: int


def free_bridge_ports() -> BridgePorts:
    """Return four ports that are free now."""
    return BridgePorts(*free_ports(4))


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What distinguishes one bridge on this machine from another.

    Attributes:
        homeserver_port: of the homeserver's client API on 127.0.0.1.
        submission_port: of the mail server that takes our mails, on 127.0.0.1.
        roll: the people of the roster and the members of its one roll, ``pc``; the first is chair.
        ballots: options of the section ``ballots``, laid over ``QUICK``.
        database: as configured; several bridges on one PostgreSQL database share their work.
        matrix: options of the section ``matrix``, laid over what the rest says.
    """

    server_name: str
    homeserver_port: int
    lists: tuple[Mirrored, ...]
    roll: tuple[Player, ...]
    submission_port: int = 25
    ports: BridgePorts = field(default_factory=free_bridge_ports)
    as_token: str = field(default_factory=_token)
    hs_token: str = field(default_factory=_token)
    ballots: Mapping[str, Any] = field(default_factory=dict)
    database: str = "sqlite:///seconded.sqlite3"
    matrix: Mapping[str, Any] = field(default_factory=dict)


def write_configuration(home: Path, settings: BridgeSettings) -> Path:
    """Write configuration, roster and tokens into a directory; return the configuration's path."""
    home.mkdir(parents=True, exist_ok=True)
    _write(home / "as_token", settings.as_token)
    _write(home / "hs_token", settings.hs_token)
    _write(home / "roster.yaml", yaml.safe_dump(_roster(settings.roll), allow_unicode=True))
    path = home / "seconded.yaml"
    _write(path, yaml.safe_dump(bridge_config(settings), allow_unicode=True))
    return path


def bridge_config(settings: BridgeSettings) -> dict[str, Any]:
    """Return the configuration as it stands in the file."""
    ports = settings.ports
    submission = {"host": LOOPBACK, "port": settings.submission_port, "security": "none"}
    return {
        "instance": {"name": "Seconded demo", "mail_domain": "bridge.demo"},
        "database": settings.database,
        "roster": "roster.yaml",
        "matrix": {
            "homeserver": f"http://{LOOPBACK}:{settings.homeserver_port}",
            "server_name": settings.server_name,
            "listen": f"{LOOPBACK}:{ports.matrix}",
            "as_token": {"file": "as_token"},
            "hs_token": {"file": "hs_token"},
            **settings.matrix,
        },
        "mail": {"listen": f"{LOOPBACK}:{ports.mail}", "submission": submission},
        "web": {"listen": f"{LOOPBACK}:{ports.web}"},
        "metrics": {"listen": f"{LOOPBACK}:{ports.metrics}"},
        "lists": [_list(one) for one in settings.lists],
        "ballots": {**QUICK, **settings.ballots},
    }


def _list(mirrored: Mirrored) -> dict[str, Any]:
    return {
        "id": mirrored.list_id,
        "name": mirrored.name,
        "title": mirrored.title,
        "posting_address": mirrored.posting_address,
        "bridge_address": mirrored.bridge_address,
        "intake_address": mirrored.bridge_address,
        "visibility": mirrored.visibility,
        "owner_consent": {"name": "The list's owner", "date": "2026-11-01"},
        "facilitators": list(mirrored.facilitators),
        # Mailman's default: the list's name with a capital letter.
        "subject_tag": f"[{mirrored.name.capitalize()}]",
    }


def _roster(roll: tuple[Player, ...]) -> dict[str, Any]:
    people = {
        one.slug: {
            "name": one.name,
            "addresses": [one.address],
            "matrix": [one.user_id] if one.has_chat else [],
            "zone": one.zone,
        }
        for one in roll
    }
    slugs = [one.slug for one in roll]
    members = {"title": "Policy Committee", "members": slugs, "chair": slugs[0]}
    return {"people": people, "rosters": {"pc": members}}


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else may read: all of these are secret or hold addresses."""
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
