"""What the program's exit status means: part of the contract with scripts (CONTRACTS.md)."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
"""Yes, or done."""
NO: Final = 1
"""No: something was found wrong, or nothing was found."""
USAGE: Final = 2
"""The command or the configuration is wrong."""
CANNOT_REACH: Final = 3
"""A server, or the running bridge, cannot be reached."""
INTERRUPTED: Final = 130
"""Ctrl-C, as shells write it: 128 and the number of the signal."""
