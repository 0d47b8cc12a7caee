"""A throw-away PostgreSQL cluster from the server binaries of this machine, one a session.

PostgreSQL refuses to run as root, so then another user runs it. Nothing is synced: what is tested
here is our SQL and our locks; the promise about the disk is tested on SQLite with strace, and is
PostgreSQL's own otherwise (``synchronous_commit``, which a test reads back).
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from bridge.demo.ports import LOOPBACK, free_ports

UNPRIVILEGED = ("postgres", "nobody")
OWNER = "seconded"
_FAST = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")


class NoPostgresError(Exception):
    """This machine has no server binaries."""


def binaries() -> Path:
    """Return the directory of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    if named is None:
        raise NoPostgresError("no initdb here; on Debian: apt install postgresql")
    return Path(named).resolve().parent


def _version(initdb: Path) -> int:
    return int(initdb.parent.parent.name)


@dataclass
class Cluster:
    """A running server; ``database()`` makes a database, copied from another if need be."""

    home: Path
    port: int
    programs: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def database(self, template: URL | None = None) -> URL:
        """Make a database and return its address, without a password: loopback is trusted."""
        name = f"made_{next(self._numbers)}"
        copied = ["--template", template.database] if template and template.database else []
        self.run("createdb", *copied, name)
        return self.url(name)

    def url(self, name: str) -> URL:
        return URL.create(
            "postgresql+asyncpg", username=OWNER, host=LOOPBACK, port=self.port, database=name
        )

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the owner."""
        where = ["--host", LOOPBACK, "--port", str(self.port), "--username", OWNER]
        done = subprocess.run(
            [str(self.programs / program), *where, *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "--mode", mode)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.home} -c listen_addresses={LOOPBACK} "
        options += " ".join(f"-c {one}" for one in _FAST)
        self._control("start", "--wait", "--log", str(self.home / "log"), "--options", options)

    def _control(self, verb: str, *arguments: str) -> None:
        data = ["--pgdata", str(self.home / "data")]
        as_other([str(self.programs / "pg_ctl"), verb, *data, *arguments])


def as_other(command: list[str]) -> None:
    """Run a command, as somebody without rights when we are root."""
    somebody = _somebody() if os.geteuid() == 0 else None
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        # The server inherits them: a pipe would be open for as long as it runs.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=somebody.pw_uid if somebody else None,
        group=somebody.pw_gid if somebody else None,
    )


def _somebody() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgresError("root must not run PostgreSQL, and there is nobody else here")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a cluster and run it; nothing of it stays."""
    programs = binaries()
    # Not below the tests' own directory, which is closed to others.
    home = Path(tempfile.mkdtemp(prefix="seconded-pg-"))
    if os.geteuid() == 0:
        os.chown(home, _somebody().pw_uid, -1)
    try:
        made = ["--pgdata", str(home / "data"), "--username", OWNER, "--no-sync"]
        as_other([str(programs / "initdb"), *made, "--auth", "trust", "--encoding", "UTF8"])
        running = Cluster(home, free_ports(1)[0], programs)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
