"""Make the virtual environments of the demo's servers from locked requirements, once.

Synapse and Mailman live apart from our own environment: their licences (AGPL, GPL) and their
dependencies are theirs. Everything that is installed is named by version and hash in the lock
file; nothing is compiled, so that a machine without a compiler will do.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.demo.pip_output import explain, package_begun, packages_locked
from bridge.errors import SecondedError

Say = Callable[[str], object]
"""Shows one line of progress to the person who waits."""

_HERE = Path(__file__).parent
_TAIL_LINES = 200


class EnvironmentSetupError(SecondedError):
    """An environment could not be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment and the lock file it is made from.

    Attributes:
        pure: packages whose authors publish their source only. They are plain Python, so they
            are built without a compiler, by the locked setuptools.
    """

    name: str
    lock: Path
    pure: tuple[str, ...] = ()

    def stamp(self) -> str:
        """Return what is written when the environment is complete: it changes with the lock."""
        version = ".".join(map(str, sys.version_info[:2]))
        return f"{hashlib.sha256(self.lock.read_bytes()).hexdigest()} python{version}\n"


SYNAPSE = Environment("synapse", _HERE / "requirements-synapse.txt")
MAILMAN = Environment(
    "mailman", _HERE / "requirements-mailman.txt", pure=("authheaders", "authres", "dkimpy")
)
SETUPTOOLS = _HERE / "requirements-setuptools.txt"

Build = Callable[[Environment, Path, Say], None]


def ensure_environment(
    environment: Environment, root: Path, say: Say, *, build: Build | None = None
) -> Path:
    """Return the environment's directory below ``root``, made now if need be.

    A stamp is written last: an environment that was interrupted, or whose lock file or Python
    changed, is made anew; a complete one takes no time. Two programs do not disturb each other.

    Raises:
        EnvironmentSetupError: says in a sentence why and what to do.
    """
    target = root.absolute() / environment.name
    stamp = target / ".stamp"
    root.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(root / f".{environment.name}.lock"):
        if not stamp.exists() or stamp.read_text() != environment.stamp():
            shutil.rmtree(target, ignore_errors=True)
            (build or install)(environment, target, say)
            stamp.write_text(environment.stamp())
    return target


def install(environment: Environment, target: Path, say: Say) -> None:
    """Make the environment and install what its lock file names, saying each package.

    Raises:
        EnvironmentSetupError: says in a sentence why and what to do.
    """
    total = packages_locked(environment.lock.read_text("utf-8"))
    say(f"{environment.name}: making {target} ({total} packages, once)")
    _run([sys.executable, "-m", "venv", str(target)], say=lambda _: None)
    seen: set[str] = set()

    def show(line: str) -> None:
        package = package_begun(line)
        if package and package not in seen:
            seen.add(package)
            say(f"{environment.name}: {len(seen)}/{total} {package}")
        if line.startswith("Installing collected packages"):
            say(f"{environment.name}: installing")

    if environment.pure:
        _run(_pip_install(target, SETUPTOOLS), say=lambda _: None)
    _run(_pip_install(target, environment.lock, *_build_options(environment)), say=show)


def _pip_install(target: Path, lock: Path, *options: str) -> list[str]:
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--progress-bar", "off"]
    calm = ["--disable-pip-version-check", "--no-input"]
    locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)]
    return [*pip, *calm, *locked, *options]


def _build_options(environment: Environment) -> list[str]:
    """Return the options that build the pure packages with our setuptools, not with pip's pick."""
    if not environment.pure:
        return []
    return ["--no-binary", ",".join(environment.pure), "--no-build-isolation", "--use-pep517"]


def _run(command: list[str], *, say: Say) -> None:
    """Run a command, showing each line; raise with an explanation of its last lines."""
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    with subprocess.Popen(  # noqa: S603 - the command is the harness's own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        for line in running.stdout or ():
            tail.append(line.rstrip())
            say(line.strip())
    if running.returncode:
        raise EnvironmentSetupError(explain(tail))


@contextmanager
def _one_at_a_time(lock_file: Path) -> Iterator[None]:
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
