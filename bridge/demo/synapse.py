"""A real Synapse for the demo and the real tests: loopback only, throw-away, no federation.

Synapse is AGPL: it lives in an environment of its own, is spoken to over HTTP only, and is
never a dependency of this program.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.demo.ports import LOOPBACK, free_ports
from bridge.demo.processes import ServerProcess
from bridge.demo.rest import Rest
from bridge.ids import UserId

# Far above what a test can reach; Synapse has no switch for "no limit".
_NO_LIMIT = {"per_second": 100_000, "burst_count": 100_000}

UNLIMITED: Mapping[str, Any] = {
    "rc_message": _NO_LIMIT,
    "rc_registration": _NO_LIMIT,
    "rc_login": {"address": _NO_LIMIT, "account": _NO_LIMIT, "failed_attempts": _NO_LIMIT},
    "rc_joins": {"local": _NO_LIMIT, "remote": _NO_LIMIT},
    "rc_joins_per_room": _NO_LIMIT,
    "rc_invites": {"per_room": _NO_LIMIT, "per_user": _NO_LIMIT, "per_issuer": _NO_LIMIT},
    "rc_room_creation": _NO_LIMIT,
}
"""Synapse's rate limits, lifted."""

_LOGGING = {
    "version": 1,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}


@dataclass(frozen=True, slots=True)
class Account:
    """A Matrix user registered for the demo, with what one needs to log in as that user."""

    user_id: UserId
    password: str
    access_token: str
    device_id: str


@dataclass(frozen=True, slots=True)
class SynapseSettings:
    """What distinguishes one throw-away Synapse from another.

    Attributes:
        server_name: the right side of its user ids.
        port: of its client API on 127.0.0.1.
        registrations: appservice registrations; JSON is YAML, so any mapping will do.
        database: Synapse's own ``database`` section, or None for SQLite.
        extra: options laid over the rest, e.g. other rate limits.
    """

    server_name: str
    port: int
    registrations: tuple[Mapping[str, Any], ...] = ()
    database: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None


def homeserver_config(settings: SynapseSettings, directory: Path, secret: str) -> dict[str, Any]:
    """Return homeserver.yaml as JSON: loopback only, nobody called, nothing remembered."""
    sqlite = {"name": "sqlite3", "args": {"database": str(directory / "homeserver.db")}}
    files = [str(directory / f"appservice-{n}.yaml") for n in range(len(settings.registrations))]
    listener = {
        "port": settings.port,
        "bind_addresses": [LOOPBACK],
        "type": "http",
        "tls": False,
        "resources": [{"names": ["client"], "compress": False}],
    }
    return {
        "server_name": settings.server_name,
        "public_baseurl": f"http://{LOOPBACK}:{settings.port}/",
        "pid_file": str(directory / "synapse.pid"),
        "listeners": [listener],
        "database": settings.database or sqlite,
        "log_config": str(directory / "log.yaml"),
        "media_store_path": str(directory / "media"),
        "signing_key_path": str(directory / "signing.key"),
        "report_stats": False,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "url_preview_enabled": False,
        "registration_shared_secret": secret,
        "macaroon_secret_key": secret,
        "form_secret": secret,
        "enable_registration": False,
        "app_service_config_files": files,
        # The cheapest the algorithm allows: the passwords are thrown away with the server.
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        **UNLIMITED,
        **(settings.extra or {}),
    }


class SynapseServer:
    """One Synapse, its data in one directory; survives ``kill`` and ``start`` on the same data.

    Attributes:
        url: of its client API.
        port: of the same, on 127.0.0.1.
        server_name: the right side of its user ids.
    """

    def __init__(self, environment: Path, directory: Path, settings: SynapseSettings) -> None:
        """Describe the server; nothing is written or started yet.

        Args:
            environment: the virtual environment with Synapse.
            directory: its data; kept by ``stop`` and ``kill``.
            settings: name, port and registrations.
        """
        self.url = f"http://{LOOPBACK}:{settings.port}"
        self.port = settings.port
        self.server_name = settings.server_name
        self._settings = settings
        self._directory = directory
        self._secret = secrets.token_urlsafe(24)
        self._rest = Rest(settings.port)
        python, configuration = environment / "bin" / "python", directory / "homeserver.yaml"
        self.process = ServerProcess(
            "Synapse",
            [python, "-m", "synapse.app.homeserver", "-c", configuration],
            directory=directory,
        )

    def launch(self) -> None:
        """Write the configuration and start the process, without waiting for it."""
        self._write_configuration()
        self.process.start()

    def wait_ready(self, *, seconds: float = 60) -> None:
        """Wait until it answers.

        Raises:
            ServerFailedError: it ended or did not answer in time; shows the end of its log.
        """
        self.process.wait_until(lambda: self._rest.answers("/health"), seconds=seconds)

    def start(self, *, seconds: float = 60) -> None:
        """Launch it and wait until it answers; see ``wait_ready``."""
        self.launch()
        self.wait_ready(seconds=seconds)

    def stop(self) -> None:
        """End it gracefully; its data stays."""
        self.process.stop()

    def kill(self) -> None:
        """End it with SIGKILL; its data stays as the disk has it."""
        self.process.kill()

    def restart(self) -> None:
        """Stop it and start it again, on the same data and port."""
        self.stop()
        self.start()

    def register(self, localpart: str, password: str, *, display_name: str = "") -> Account:
        """Register a user over the shared-secret admin API and return the way to log in.

        Raises:
            Permanent: the name is taken or not allowed.
        """
        path = "/_synapse/admin/v1/register"
        nonce: str = self._rest.get(path)["nonce"]
        answer = self._rest.send_json(
            "POST",
            path,
            {
                "nonce": nonce,
                "username": localpart,
                "displayname": display_name or localpart,
                "password": password,
                "admin": False,
                "mac": registration_mac(self._secret, nonce, localpart, password),
            },
        )
        return Account(
            UserId(answer["user_id"]), password, answer["access_token"], answer["device_id"]
        )

    def _write_configuration(self) -> None:
        directory = self._directory
        directory.mkdir(parents=True, exist_ok=True)
        key_file = directory / "signing.key"
        if not key_file.exists():
            key_file.write_text(new_signing_key())
        _write_json(directory / "log.yaml", _LOGGING)
        for number, registration in enumerate(self._settings.registrations):
            _write_json(directory / f"appservice-{number}.yaml", registration)
        configuration = homeserver_config(self._settings, directory, self._secret)
        _write_json(directory / "homeserver.yaml", configuration)


def on_free_port(
    server_name: str = "hs.test", *registrations: Mapping[str, Any]
) -> SynapseSettings:
    """Return settings on a port that is free now."""
    (port,) = free_ports(1)
    return SynapseSettings(server_name, port, registrations)


def registration_mac(secret: str, nonce: str, localpart: str, password: str) -> str:
    """Return the MAC the shared-secret registration API asks for (Synapse's admin API)."""
    text = f"{nonce}\0{localpart}\0{password}\0notadmin"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()


def new_signing_key() -> str:
    """Return a fresh signing key file: algorithm, key id and seed.

    Written here because Synapse's own ``--generate-keys`` is a whole start of Synapse (2 s).
    """
    seed = base64.b64encode(secrets.token_bytes(32)).decode("ascii").rstrip("=")
    return f"ed25519 a_demo {seed}\n"


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2), "utf-8")
