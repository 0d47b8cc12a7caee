"""Servers on a slow disk: every sync of what is started inside ``slow_disk`` takes longer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SOURCE = Path(__file__).with_name("slow_sync.c")


class NoCompilerError(Exception):
    """There is no C compiler, so no disk can be made slow."""


def build_slow_sync(directory: Path) -> Path:
    """Compile the library that slows syncs and return its path.

    Raises:
        NoCompilerError: says so in a sentence.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompilerError("There is no C compiler (cc or gcc) to build the slow disk with.")
    directory.mkdir(parents=True, exist_ok=True)
    library = directory / "slow_sync.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library


@contextmanager
def slow_disk(library: Path | None, milliseconds: float) -> Iterator[None]:
    """Let the processes started inside have slow syncs; None leaves the disk as it is."""
    if library is None:
        yield
        return
    added = {
        "LD_PRELOAD": str(library.absolute()),
        "SLOW_SYNC_US": str(round(milliseconds * 1000)),
    }
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
