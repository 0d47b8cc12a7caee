"""Public keys from the DNS, and whether a signature was made with one; the only home of RSA.

RFC 6376 section 3.6.1 and RFC 8301 (1,024 to 4,096 bits, never SHA-1), RFC 8463 for Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridge.mail.taglists import parse_tags, without_space

FEWEST_BITS, MOST_BITS = 1024, 4096
_LONGEST_RECORD = 4096
_LARGEST_EXPONENT = 2**32
RSA, ED25519 = "rsa", "ed25519"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that may speak for its domain."""

    public: RSAPublicKey | Ed25519PublicKey

    def signed(self, signature: bytes, signed: bytes) -> bool:
        """Say whether the signature over the octets was made with this key's private half."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(signature, signed, PKCS1v15(), hashes.SHA256())
            else:
                # RFC 8463 section 3: Ed25519 signs the hash.
                self.public.verify(signature, hashlib.sha256(signed).digest())
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(records: Sequence[bytes], kind: str) -> Key | str:
    """Return the key that a name's TXT records hold, or why there is none to rely on.

    Args:
        records: every TXT record of the name, its strings joined.
        kind: ``rsa`` or ``ed25519``, as the signature says.
    """
    if len(records) != 1:
        # Which of several is meant is undefined (section 3.6.2.2).
        return "its key is not in the DNS" if not records else "its name has several keys"
    tags = parse_tags(records[0]) if len(records[0]) <= _LONGEST_RECORD else None
    if tags is None:
        return "its key record cannot be read"
    if (reason := _unusable(tags, kind)) is not None:
        return reason
    try:
        der = base64.b64decode(without_space(tags["p"]), validate=True)
        public = _public(der, kind)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        return "its key cannot be read"
    return _sized(public)


def _unusable(tags: Mapping[str, str], kind: str) -> str | None:
    # "g" was dropped by RFC 6376; it meant a key for some addresses only.
    rules = (
        (tags.get("v", "DKIM1") == "DKIM1" and "p" in tags, "its key record is no DKIM key"),
        (without_space(tags.get("p", "")), "its key is revoked"),
        (tags.get("k", RSA) == kind, "its key is of another kind"),
        ("sha256" in _listed(tags.get("h", "sha256")), "its key does not allow sha256"),
        ({"*", "email"} & _listed(tags.get("s", "*")), "its key is not for mail"),
        ("y" not in _listed(tags.get("t", "")), "its domain only tests its key"),
        (tags.get("g", "*") == "*", "its key is for some addresses only"),
    )
    return next((reason for holds, reason in rules if not holds), None)


def _listed(value: str) -> frozenset[str]:
    return frozenset(part.strip() for part in value.split(":"))


def _public(der: bytes, kind: str) -> object:
    if kind == ED25519:
        return Ed25519PublicKey.from_public_bytes(der)
    return serialization.load_der_public_key(der)


def _sized(public: object) -> Key | str:
    if isinstance(public, Ed25519PublicKey):
        return Key(public)
    if not isinstance(public, RSAPublicKey):
        return "its key is of another kind"
    if not FEWEST_BITS <= public.key_size <= MOST_BITS:
        return f"its key has {public.key_size} bits, not {FEWEST_BITS} to {MOST_BITS}"
    if public.public_numbers().e > _LARGEST_EXPONENT:
        return "its key has an exponent nobody uses"
    return Key(public)
