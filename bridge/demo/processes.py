"""Start, await, stop and kill one server process of the demo and of the real tests.

Every method blocks; a caller in an event loop uses ``asyncio.to_thread``. Nothing here knows
which server it runs: see ``synapse`` and ``mailman``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bridge.demo import leash
from bridge.errors import SecondedError

_POLL = 0.05
_TAIL_LINES = 25


class ServerFailedError(SecondedError):
    """A server of the demo did not start or ended by itself; carries the end of its log."""


class ServerProcess:
    """One server process with a log file, on a leash (see ``bridge.demo.leash``).

    Attributes:
        name: how messages call it, e.g. ``Synapse``.
        log: the file that receives its standard output and standard error.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], *, directory: Path, grace: float = 10
    ) -> None:
        """Describe the process; nothing starts yet.

        Args:
            name: how messages call it.
            command: the program and its arguments.
            directory: its working directory, which also holds its log; made if absent.
            grace: seconds between SIGTERM and SIGKILL.
        """
        self.name = name
        self.log = directory / f"{name.lower()}.log"
        self._command = [str(part) for part in command]
        self._directory = directory
        self._grace = grace
        self._leash: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether it was started and has not ended."""
        return self._leash is not None and self._leash.poll() is None

    def start(self) -> None:
        """Start it; a process that runs already is left alone."""
        if self.is_running:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._leash = subprocess.Popen(  # noqa: S603 - the command is the harness's own
                [sys.executable, "-I", leash.__file__, str(self._grace), *self._command],
                cwd=self._directory,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until it is ready.

        Raises:
            ServerFailedError: it ended, or was not ready in time; it is stopped then.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            if not self.is_running:
                raise ServerFailedError(f"{self.name} ended while starting.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.stop()
                raise ServerFailedError(
                    f"{self.name} was not ready within {seconds:g} s.\n{self.log_tail()}"
                )
            time.sleep(_POLL)

    def stop(self) -> None:
        """End it with SIGTERM, after the grace with SIGKILL; what is stopped stays stopped."""
        self._pull(b"")

    def kill(self) -> None:
        """End it with SIGKILL at once, as a power cut would."""
        self._pull(leash.KILL)

    def log_tail(self) -> str:
        """Return the last lines of its log, with the log's path above them."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        lines = text.splitlines()[-_TAIL_LINES:]
        return "\n".join([f"The end of {self.log}:", *(f"  {line}" for line in lines)])

    def _pull(self, order: bytes) -> None:
        held, self._leash = self._leash, None
        if held is None or held.stdin is None:
            return
        with suppress(BrokenPipeError), held.stdin as pipe:
            pipe.write(order)
        held.wait(timeout=self._grace + 10)


def _environment() -> dict[str, str]:
    """Return our environment without what would lead another Python to our packages."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
    }
