"""What Mailman 2's archiver did to mails: addresses as ``user at host (Name)``; pure."""

from __future__ import annotations

import re

_FROM = re.compile(rb"^From:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE)
_OBFUSCATED = re.compile(
    rb"\s*([\w.+=&/'-]{1,64}) at ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\s*(?:\((.*)\))?\s*", re.DOTALL
)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_SPECIALS = re.compile(rb"[()<>@,;:\\\".\[\]]")


def deobfuscated(raw: bytes) -> bytes:
    """Return the mail with its From as an address again; any other mail as it is."""
    end = _HEADER_END.search(raw)
    found = _FROM.search(raw, 0, end.start() if end else len(raw))
    if found is None or b"@" in found.group(1):
        return raw
    said = _OBFUSCATED.fullmatch(found.group(1))
    if said is None:
        return raw
    user, host, name = said.group(1), said.group(2), b" ".join((said.group(3) or b"").split())
    address = b"<" + user + b"@" + host + b">"
    return (
        raw[: found.start(1)]
        + (_phrase(name) + b" " if name else b"")
        + address
        + raw[found.end(1) :]
    )


def _phrase(name: bytes) -> bytes:
    """Return a display name as RFC 5322 wants it; encoded words must stay unquoted."""
    if not _SPECIALS.search(name) or b"=?" in name:
        return name
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", name) + b'"'
