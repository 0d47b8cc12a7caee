"""Read what pip prints: which package it is at, and why it gave up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

EXPLANATIONS: Mapping[str, str] = {
    "No space left on device": "The disk is full: free some space and try again.",
    "ensurepip is not available": "Install python3-venv (Debian: apt install python3-venv).",
    "DO NOT MATCH THE HASHES": (
        "A downloaded package is not the one that was locked: try again, and if it stays so, "
        "ask whoever runs your package index or proxy."
    ),
    "CERTIFICATE_VERIFY_FAILED": (
        "The package index shows a certificate this machine does not trust: "
        "set PIP_CERT to your organisation's certificates."
    ),
    (
        "Failed to establish a new connection|name resolution|Connection (refused|reset)"
        "|timed out|Max retries exceeded|ProxyError|Network is unreachable"
    ): (
        "The package index cannot be reached: is this machine online? "
        "A mirror or a proxy can be named with PIP_INDEX_URL or HTTPS_PROXY."
    ),
    "No matching distribution found": (
        "There is no ready-made package for this Python and machine, and nothing is compiled "
        "here: use Python 3.11 or newer on a usual Linux."
    ),
}
"""A pattern in the output of pip or venv, and what it means; the first that is found counts.

The order matters: a pip that is offline also says "No matching distribution" at the end.
"""

_LAST_LINES = 6
_BEGUN = re.compile(r"Collecting ([A-Za-z0-9._-]+)")
_LOCKED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?==", re.MULTILINE)


def explain(lines: Iterable[str]) -> str:
    """Return why pip failed: a sentence where the reason is known, then pip's last lines."""
    kept = list(lines)
    text = "\n".join(kept)
    known = (meaning for pattern, meaning in EXPLANATIONS.items() if re.search(pattern, text))
    sentence = next(known, "The packages could not be installed.")
    return "\n".join([sentence, "pip said:", *(f"  {line}" for line in kept[-_LAST_LINES:])])


def package_begun(line: str) -> str | None:
    """Return the package that pip begins with on this line of its output, or None."""
    found = _BEGUN.match(line)
    return found.group(1) if found else None


def packages_locked(lock: str) -> int:
    """Return how many packages a lock file names."""
    return len(_LOCKED.findall(lock))
