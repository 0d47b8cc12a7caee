"""Identifiers, parsed once at the edge, and the keys derived from them.

Everything runs twice: a second run must arrive at the same key, so no key in this
program is random. Nothing here reads a clock, a file or the network.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import NewType

ListId = NewType("ListId", str)
"""A list by its List-Id (RFC 2919), lower case, without brackets: ``pc.lists.example.org``."""

MessageId = NewType("MessageId", str)
"""A Message-ID without brackets and white space, letters kept (RFC 5322 section 3.6.4)."""

EventId = NewType("EventId", str)
"""A Matrix event id, ``$…``."""

RoomId = NewType("RoomId", str)
"""A Matrix room id, ``!…``; room version 12 ids have no server part."""

UserId = NewType("UserId", str)
"""A Matrix user id, ``@local:server``."""

PersonId = NewType("PersonId", str)
"""A slug of the roster; never a name or an address."""

BallotId = NewType("BallotId", int)
"""A number per instance from 1, shown as ``b/42``."""

Instant = NewType("Instant", int)
"""Unix milliseconds UTC."""


def digest(*parts: str | int) -> str:
    """Return the SHA-256 (hex) of the parts, unambiguous about where one part ends."""
    h = hashlib.sha256()
    for part in parts:
        raw = str(part).encode("utf-8", "surrogatepass")
        h.update(len(raw).to_bytes(8, "big"))
        h.update(raw)
    return h.hexdigest()


def message_id_hash(message_id: MessageId) -> str:
    """Return what stands for a Message-ID in public rooms: its SHA-256 (hex)."""
    return hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


def ghost_localpart(prefix: str, key: bytes, address: str) -> str:
    """Return the ghost's localpart: prefix + 20 base32 characters of HMAC(key, address).

    One per author and instance; the address cannot be read back from it.
    """
    mac = hmac.new(key, address.strip().casefold().encode("utf-8", "replace"), hashlib.sha256)
    return prefix + base64.b32encode(mac.digest()).decode("ascii").lower()[:20]


def stranger_ref(key: bytes, identity: str) -> str:
    """Return the ledger's pseudonym of somebody who is not on the roster."""
    mac = hmac.new(key, b"stranger:" + identity.encode("utf-8", "replace"), hashlib.sha256)
    return "?" + base64.b32encode(mac.digest()).decode("ascii").lower()[:16]
