"""The file name a stranger chose -> one that is safe to show and to save; pure and total."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 200
"""Bytes of UTF-8: file systems take 255, and people put words before a name."""

_FORBIDDEN: Final = frozenset('/\\:*?"<>|')
# Cc control, Cf bidi and zero-width, Co/Cn/Cs what no font draws, Zl/Zp line ends in disguise.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
# Drawn as nothing, though their category says letter or mark.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# Windows opens a device, whatever the extension (Win32, "Naming Files, Paths, and Namespaces").
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"\.[^\W_]{1,10}", re.ASCII)


def clean_name(name: str) -> str:
    """Return a file name without directory and what cannot be seen; maybe empty.

    No leading or trailing dots (a hidden file; Windows drops the latter), no reserved name, at
    most ``LONGEST`` bytes with its extension kept: it says what the file is.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(map(_seen, last)).strip(". ")
    safe = f"_{seen}" if _DEVICE.fullmatch(seen) else seen
    return _cut(safe)


def _seen(letter: str) -> str:
    if letter in _FORBIDDEN or letter in _BLANK or unicodedata.category(letter) in _UNSEEN:
        return "_"
    return " " if letter.isspace() else letter


def _cut(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    dot = name.rfind(".")
    extension = name[dot:] if dot > 0 and _EXTENSION.fullmatch(name[dot:]) else ""
    stem = name.removesuffix(extension).encode()[: LONGEST - len(extension)]
    return stem.decode("utf-8", "ignore").rstrip(". ") + extension
