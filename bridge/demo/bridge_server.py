"""The bridge as a process of its own, on a written configuration: as an operator runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bridge.app import configured_place
from bridge.config import Config, load_config
from bridge.demo.bridge_config import BridgeSettings, write_configuration
from bridge.demo.ports import is_listening
from bridge.demo.processes import ServerProcess
from bridge.demo.rest import Rest
from bridge.matrix.registration import compose_registration
from bridge.store.migrate import migrate
from bridge.store.place import Place


class BridgeServer:
    """One bridge, everything of it in one directory; survives ``kill`` and ``start``.

    Every method blocks; a caller in an event loop uses ``asyncio.to_thread``.

    Attributes:
        settings: as last written.
        config_path: of its configuration.
    """

    def __init__(self, home: Path, settings: BridgeSettings) -> None:
        """Write the configuration; nothing is started yet."""
        self.config_path = write_configuration(home.absolute(), settings)
        self.settings = settings
        self._health = Rest(settings.ports.web, seconds=5)
        self.process = ServerProcess("seconded", self._command("run"), directory=home.absolute())

    @property
    def config(self) -> Config:
        """The configuration as the bridge reads it."""
        return load_config(self.config_path)

    @property
    def registration(self) -> Mapping[str, Any]:
        """What the homeserver must know about this bridge."""
        registration: Mapping[str, Any] = yaml.safe_load(compose_registration(self.config.matrix))
        return registration

    @property
    def place(self) -> Place:
        """Where its database is."""
        return configured_place(self.config)

    @property
    def database(self) -> Path:
        """The database's file; only on SQLite."""
        place = self.place
        assert isinstance(place, Path), place
        return place

    def configure(self, settings: BridgeSettings) -> None:
        """Write the configuration again; read at the next start."""
        self.settings = settings
        write_configuration(self.config_path.parent, settings)

    def launch(self) -> None:
        """Make the database if need be and start the process, without waiting for it."""
        migrate(self.place)
        self.process.start()

    def wait_ready(self, *, seconds: float = 90) -> None:
        """Wait until its pages and its mail listener answer.

        Raises:
            ServerFailedError: it ended or did not answer in time; shows the end of its log.
        """
        self.process.wait_until(self._is_ready, seconds=seconds)

    def start(self, *, seconds: float = 90) -> None:
        """Launch it and wait until it answers; see ``wait_ready``."""
        self.launch()
        self.wait_ready(seconds=seconds)

    def stop(self) -> None:
        """End it gracefully; its data stays."""
        self.process.stop()

    def kill(self) -> None:
        """End it with SIGKILL; its data stays as the disk has it."""
        self.process.kill()

    def run(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run ``seconded ARGUMENTS…`` on the same configuration, as a person at a terminal."""
        return subprocess.run(  # noqa: S603 - the command is the harness's own
            self._command(*arguments),
            cwd=self.config_path.parent,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bridge", "--config", str(self.config_path), *arguments]

    def _is_ready(self) -> bool:
        # The mail listener is the last to listen, and the one that matters most.
        return is_listening(self.settings.ports.mail) and self._health.answers("/healthz")
