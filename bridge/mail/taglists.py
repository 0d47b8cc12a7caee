"""Tag lists: ``a=rsa-sha256; d=example.org; …`` of DKIM, its key records and ARC.

RFC 6376 section 3.2, strictly: a repeated tag makes the whole list void.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPACE = " \t\r\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


def parse_tags(value: bytes) -> Mapping[str, str] | None:
    """Return the tags with their values, surrounding space removed; None when it is no list."""
    if not value.isascii():
        return None
    found: dict[str, str] = {}
    parts = value.decode("ascii").split(";")
    if not parts[-1].strip(_SPACE):
        parts.pop()
    for part in parts:
        name, equals, content = part.partition("=")
        name = name.strip(_SPACE)
        if not equals or name in found or not _NAME.fullmatch(name):
            return None
        found[name] = content.strip(_SPACE)
    return found or None


def without_space(text: str) -> str:
    """Return a value without any white space: base64 may be folded anywhere."""
    return "".join(text.split())
