"""Mail addresses and Matrix ids are left out of what is published, however they are written.

A run of characters without a blank goes whole when it holds one: after NFKC and without signs
that nobody sees, percent-encoded (RFC 3986, 2.1) any few times over, as an HTML reference, in a
``matrix:`` address (Matrix specification, appendix "URIs") or a matrix.to link. Of a link to
somewhere else the host stays. Linear in the text, whoever wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

MASK: Final = "[address]"

_REFERENCE: Final = r"&(?:#0{0,9}64|#x0{0,9}40|commat)(?![0-9a-z])"
_RUN: Final = re.compile(
    rf"(?:{_REFERENCE};|[^\s<>(),;\uff0c\uff1b\uff08\uff09\u3001\u3002\u300c\u300d])+",
    re.IGNORECASE,
)
_SIGNS: Final = frozenset("@%&:/")
"""Without any of them, a run of ASCII holds no address."""
_AT: Final = re.compile(r"\S@|@\S")
_MATRIX: Final = re.compile(r"matrix:/{0,2}(?:[^/\s]{0,255}/)?u(?:ser)?/")
_MATRIX_TO: Final = re.compile(r"matrix\.to/{1,3}(?:#/{0,3})?[^\s#/!+]")
"""A room's link begins with its sign; what has none may be somebody's."""
_PERCENT_OF_PERCENT: Final = re.compile(r"%(?:25)+")
_REFERENCE_TO_AT: Final = re.compile(rf"{_REFERENCE};?", re.IGNORECASE)
HOST: Final = re.compile(r"https?://[^\s@%&/?#\\]+/", re.IGNORECASE)
_LAYERS: Final = 4
"""How often something is decoded: what is wrapped more often, no program reads as an address."""


def masked(text: str) -> str:
    """Return the text with mail addresses and Matrix ids left out."""
    return _RUN.sub(lambda run: _masked_run(run[0]), text)


def holds_address(run: str) -> bool:
    """Say whether characters without a blank hold an address or an id."""
    if run.isascii() and _SIGNS.isdisjoint(run):
        return False
    for _ in range(_LAYERS):
        plain = _folded(run)
        folded = plain.casefold()
        if _AT.search(plain) or _MATRIX.search(folded) or _MATRIX_TO.search(folded):
            return True
        decoded = unquote(_PERCENT_OF_PERCENT.sub("%", plain))
        run = _REFERENCE_TO_AT.sub("@", decoded)
        if run == plain:
            return False
    return False


def _masked_run(run: str) -> str:
    if not holds_address(run):
        return run
    host = HOST.match(run)
    # What stands before the path is kept when it is a host and nothing else.
    return f"{host[0]}{MASK}" if host and not holds_address(host[0]) else MASK


def _folded(run: str) -> str:
    """Return the run in NFKC, sign by sign: a whole text of marks takes it quadratic time."""
    if run.isascii():
        return run
    seen = (char for char in run if unicodedata.category(char) != "Cf")
    return "".join(unicodedata.normalize("NFKC", char) for char in seen)
