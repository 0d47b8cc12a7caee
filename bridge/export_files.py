"""Write an export's folder: whole or not at all, and not at all when it is there already."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from bridge.errors import Permanent

PRIVATE, PUBLIC = 0o600, 0o644
_LEFT = re.compile(r"\.[0-9a-f]{8}(\.old)?")


def write_folder(target: Path, files: Mapping[str, bytes], *, mode: int) -> bool:
    """Have a folder hold these files and no others; False when it does already.

    The new folder takes the old one's place at once; a power failure between leaves the old one
    beside it under a name that begins with a dot, and the next call writes it again.

    Args:
        target: the folder; the ones above it are made.
        files: contents by name.
        mode: of each file; the folder may be entered by whoever may read them.

    Raises:
        Permanent: there is something else at that place.
        OSError: it cannot be written.
    """
    if _holds(target, files):
        return False
    if target.is_symlink() or (target.exists() and not _is_export(target)):
        raise Permanent(f"{target} holds something that is no export; name another place")
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}.*"):
        # What else bears such a name is somebody's own.
        if _LEFT.fullmatch(left.name.removeprefix(f".{target.name}")) and not left.is_symlink():
            shutil.rmtree(left)
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    _fill(fresh, files, mode)
    if target.exists():
        target.rename(old := fresh.with_name(f"{fresh.name}.old"))
        fresh.rename(target)
        shutil.rmtree(old)
    else:
        fresh.rename(target)
    _sync(target.parent)
    return True


def write_file(target: Path, content: bytes, *, mode: int) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    _write(fresh, content, mode)
    fresh.replace(target)
    _sync(target.parent)


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    if not folder.is_dir() or {each.name for each in folder.iterdir()} != set(files):
        return False
    return all((folder / name).read_bytes() == content for name, content in files.items())


def _is_export(folder: Path) -> bool:
    known = {"README.txt", "acts.jsonl", "manifest.json", "personal.jsonl", "recount.py"}
    return folder.is_dir() and {each.name for each in folder.iterdir()} <= known


def _fill(folder: Path, files: Mapping[str, bytes], mode: int) -> None:
    folder.mkdir()
    # Whoever may read the files may enter the folder.
    folder.chmod(mode | (mode & 0o444) >> 2)
    for name, content in files.items():
        _write(folder / name, content, mode)
    _sync(folder)


def _write(path: Path, content: bytes, mode: int) -> None:
    with path.open("xb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
