"""What a homeserver accepts as content, checked before it is asked; pure.

Measured on Synapse: a lone surrogate is answered 500 (for ever), a float 400, a body over
64 KiB 413. So text is cleaned when content is built, and content is checked once more
before it leaves: a bug of ours becomes one shunted item and no endless retry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.errors import Permanent

TXN_KEY: Final = "org.seconded.txn"
"""Where each event we send carries its transaction id."""

MAX_CONTENT: Final = 60_000
"""Bytes of content as UTF-8 JSON; the event's own fields and signatures need the rest of
the 65,536 (Matrix specification, "Size limits")."""

_MAX_INTEGER: Final = 2**53 - 1
_MAX_DEPTH: Final = 32
_KEPT_CONTROLS: Final = frozenset("\n\t")
_REPLACED = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_DROPPED = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _KEPT_CONTROLS
}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_encoded = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_as_stored = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CLEANING: Final[dict[int, str | None]] = {**_REPLACED, **_DROPPED}


def clean_text(text: str) -> str:
    """Return the text with LF line ends, without control characters and lone surrogates."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CLEANING)


def json_size(value: object) -> int:
    """Return the bytes of the value as the homeserver will store it (UTF-8 JSON)."""
    return len(_as_stored(value).encode("utf-8", "surrogatepass"))


def encode_content(content: Mapping[str, Any]) -> str:
    """Return the content as JSON text, ASCII only.

    Raises:
        Permanent: the homeserver would refuse it, or never stop answering 500.
    """
    fault = _fault(content, 0)
    text = _encoded(content) if fault is None else ""
    # An escape is never shorter than what it stands for in UTF-8.
    if len(text) > MAX_CONTENT and (size := json_size(content)) > MAX_CONTENT:
        fault = f"{size} bytes, more than {MAX_CONTENT}"
    if fault is not None:
        raise Permanent(f"This content cannot be an event: {fault}")
    return text


def _fault(value: object, depth: int) -> str | None:
    """Return what is wrong with a value, the first fault found, or None."""
    if depth > _MAX_DEPTH:
        return f"nested deeper than {_MAX_DEPTH}"
    if isinstance(value, Mapping):
        return _first_fault([*value.keys(), *value.values()], depth)
    if isinstance(value, list | tuple):
        return _first_fault(value, depth)
    return _scalar_fault(value)


def _first_fault(members: Iterable[object], depth: int) -> str | None:
    return next((fault for m in members if (fault := _fault(m, depth + 1))), None)


def _scalar_fault(value: object) -> str | None:
    if isinstance(value, str):
        is_whole = value.isascii() or _SURROGATE.search(value) is None
        return None if is_whole else "a lone surrogate in its text"
    if isinstance(value, int):
        return None if abs(value) <= _MAX_INTEGER else f"the integer {value} is too large"
    if value is None:
        return None
    return f"a {type(value).__name__}, which canonical JSON does not have"
