"""Secrets: read from a file or the environment, never from the configuration itself.

A secret that others on the machine can read is refused, with the command that mends it. No
error here ever repeats what was read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

RIGHT_FORM = "write {file: PATH} or {env: NAME}"

_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or password; shows itself only when asked."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself, for the one request that needs it."""
        return self._text

    def __str__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where secrets come from: relative paths start at ``directory``."""

    directory: Path
    environ: Mapping[str, str] = field(repr=False)

    def read(self, written: object) -> Secret:
        """Return the secret that ``{file: PATH}`` or ``{env: NAME}`` names.

        Raises:
            ValueError: a literal, an unknown form, nothing there, or readable by others.
        """
        if isinstance(written, Secret):
            return written
        match _only_item(written):
            case ("file", str(path)):
                return _checked(read_private(self.directory / path), f"file {path}")
            case ("env", str(name)):
                return _checked(self.environ.get(name, ""), f"environment variable {name}")
            case _:
                raise ValueError(
                    "a secret is not written here; put it in a file that only you can read and "
                    + RIGHT_FORM
                )


def _only_item(written: object) -> tuple[object, object] | None:
    if isinstance(written, dict) and len(written) == 1:
        return cast("tuple[object, object]", next(iter(written.items())))
    return None


def read_private(path: Path) -> str:
    """Return the text of a file that nobody else may read.

    Raises:
        ValueError: missing, no plain file, no text, or open to the group or to others.
    """
    try:
        # The descriptor is checked, not the name: the file cannot be swapped in between.
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ValueError(f"{path} is no plain file")
            if status.st_mode & _OPEN_TO_OTHERS:
                raise ValueError(f"{path} can be read by others; run: chmod 600 {path}")
            return file.read().decode("utf-8")
    except UnicodeDecodeError:
        # Not chained: the error would carry the bytes of the secret.
        raise ValueError(f"{path} holds no text") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error


def _checked(text: str, source: str) -> Secret:
    secret = text.strip()
    if not secret:
        raise ValueError(f"{source} is empty or not set; put the secret there")
    if len(secret.splitlines()) > 1:
        raise ValueError(f"{source} holds more than one line; it should hold the secret alone")
    return Secret(secret)


def ensure_secret_file(path: Path, mint: Callable[[], str]) -> bool:
    """Create the file (mode 0600) with a new secret unless it exists; say whether it was made.

    Its directory is made, too (mode 0700), but not what should lie above it.

    Raises:
        OSError: the place is missing or may not be written.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(mint() + "\n")
    return True
