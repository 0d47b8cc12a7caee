"""DKIM signatures (RFC 6376), read more strictly than mail servers do.

A server asks whether a domain takes responsibility for a mail; we ask whether every word that
counts was there when the domain signed. So a signature that leaves room for additions is none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bridge.ids import Instant
from bridge.mail.canonical import (
    FORMS,
    SIMPLE,
    canonical_body,
    canonical_field,
    without_signature,
)
from bridge.mail.dkimkeys import ED25519, RSA, Key
from bridge.mail.rawfields import RawField, RawMail
from bridge.mail.taglists import parse_tags, without_space

COVERED = ("from", "subject", "date", "message-id")
"""Fields that must stand at most once and be signed."""
LONGEST_FIELD = 8_192
CLOCK_SKEW_MS = 300_000
_KINDS = {"rsa-sha256": RSA, "ed25519-sha256": ED25519}
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_SELECTOR = re.compile(r"(?=.{1,200}\Z)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_FIELD_NAME = re.compile(r"[!-9<-~]+")
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature whose form allows it to be relied on; whether it is true, the key tells.

    Attributes:
        kind: of the key: ``rsa`` or ``ed25519``.
        domain: of the signer (``d``), lower case.
        name: where the key stands in the DNS.
        covered: names of the fields that are signed, lower case, as often as ``h`` lists them.
        forms: canonical forms of the fields and of the body.
        body_hash: what ``bh`` says; empty for a seal, which signs no body.
        value: the signature itself.
    """

    field: RawField
    kind: str
    domain: str
    name: str
    covered: tuple[str, ...]
    forms: tuple[str, str]
    body_hash: bytes
    value: bytes


def may_be_of(field: RawField, domain: str) -> bool:
    """Say whether a signature is a domain's, or so broken that some reader may take it for one."""
    tags = _tags(field)
    return tags is None or tags.get("d", domain).lower() == domain


def read_signature(field: RawField, now: Instant) -> Signature | str:
    """Return a DKIM signature or why it cannot be relied on.

    Args:
        field: a DKIM-Signature.
        now: when the mail arrived; Unix ms.
    """
    tags = _tags(field)
    if tags is None:
        return "its signature cannot be read"
    domain = tags.get("d", "").lower()
    if tags.get("v") != "1":
        return "its signature is of another version"
    # Section 3.5: i must be d or below it. Only the domain itself speaks for itself here.
    if "i" in tags and tags["i"].rpartition("@")[2].lower() != domain:
        return "its signature is for another identity"
    return (
        _why_outside_its_time(tags, now)
        or _why_it_covers_too_little(tags)
        or _signature(field, tags)
    )


def read_arc_signature(field: RawField, now: Instant) -> Signature | str:
    """Return an ARC-Message-Signature, to which the same rules apply (RFC 8617 section 4.1.2)."""
    tags = _tags(field)
    if tags is None:
        return "its ARC signature cannot be read"
    return (
        _why_outside_its_time(tags, now)
        or _why_it_covers_too_little(tags)
        or _signature(field, tags)
    )


def read_seal(field: RawField, now: Instant) -> Signature | str:
    """Return an ARC-Seal, which signs the other ARC fields only (RFC 8617 section 4.1.3)."""
    tags = _tags(field)
    if tags is None or {"h", "bh", "l", "c"} & tags.keys():
        return "its seal cannot be read"
    return _why_outside_its_time(tags, now) or _signature(field, tags, is_seal=True)


def why_incomplete(signature: Signature, mail: RawMail) -> str | None:
    """Return what somebody could have added to the mail after it was signed; None = nothing.

    Each field that counts stands once and is signed; one that is missing is signed as missing.
    """
    for name in COVERED:
        if len(mail.all(name)) > 1:
            return f"the mail has several {name} fields"
        if name not in signature.covered:
            return f"its {name} is not signed"
    return None


def is_true(signature: Signature, mail: RawMail, key: Key) -> bool:
    """Say whether the mail is the one that was signed (RFC 6376 section 6.1.3)."""
    fields, body = signature.forms
    if hashlib.sha256(canonical_body(mail.body, body)).digest() != signature.body_hash:
        return False
    chosen = (canonical_field(field, fields) + b"\r\n" for field in _chosen(signature, mail))
    own = canonical_field(without_signature(signature.field), fields)
    return key.signed(signature.value, b"".join(chosen) + own)


def _chosen(signature: Signature, mail: RawMail) -> Iterable[RawField]:
    """Yield what ``h`` names: of several fields of a name the lowest first (section 5.4.2)."""
    unused: dict[str, list[RawField]] = {}
    for field in mail.fields:
        if field is not signature.field:
            unused.setdefault(field.name, []).append(field)
    for name in signature.covered:
        if unused.get(name):
            yield unused[name].pop()


def _tags(field: RawField) -> Mapping[str, str] | None:
    return parse_tags(field.value) if len(field.written) <= LONGEST_FIELD else None


def _why_outside_its_time(tags: Mapping[str, str], now: Instant) -> str | None:
    times = [tags[name] for name in ("t", "x") if name in tags]
    if not all(_SECONDS.fullmatch(text) for text in times):
        return "its signature has an unreadable time"
    made, ends = (int(tags[name]) * 1000 if name in tags else None for name in ("t", "x"))
    if made is not None and made > now + CLOCK_SKEW_MS:
        return "its signature is from the future"
    if ends is not None and (ends <= now or ends <= (made or 0)):
        return "its signature has expired"
    return None


def _why_it_covers_too_little(tags: Mapping[str, str]) -> str | None:
    if "l" in tags:
        return "its signature covers only a part of the text"
    names = _covered(tags)
    if not all(_FIELD_NAME.fullmatch(name) for name in names):
        return "its signature names no fields"
    missing = next((name for name in COVERED if name not in names), None)
    return f"its {missing} is not signed" if missing else None


def _covered(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in tags.get("h", "").split(":"))


def _signature(
    field: RawField, tags: Mapping[str, str], *, is_seal: bool = False
) -> Signature | str:
    kind = _KINDS.get(tags.get("a", "").lower())
    if kind is None:
        return "its signature uses a method that is not safe"
    domain, selector = tags.get("d", "").lower(), tags.get("s", "").lower()
    if not _HOST.fullmatch(domain) or not _SELECTOR.fullmatch(selector):
        return "its signature names no key"
    forms = _forms(tags.get("c", "relaxed/relaxed" if is_seal else "simple/simple"))
    if forms is None or "dns/txt" not in _queries(tags):
        return "its signature is of a kind we do not know"
    value, body_hash = _octets(tags.get("b", "")), _octets(tags.get("bh", ""))
    if not value or (not is_seal and len(body_hash or b"") != hashlib.sha256().digest_size):
        return "its signature cannot be read"
    return Signature(
        field=field,
        kind=kind,
        domain=domain,
        name=f"{selector}._domainkey.{domain}",
        covered=_covered(tags),
        forms=forms,
        body_hash=body_hash or b"",
        value=value,
    )


def _forms(written: str) -> tuple[str, str] | None:
    fields, _, body = written.lower().partition("/")
    forms = (fields, body or SIMPLE)
    return forms if set(forms) <= FORMS else None


def _queries(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(query.strip().lower() for query in tags.get("q", "dns/txt").split(":"))


def _octets(text: str) -> bytes | None:
    try:
        return base64.b64decode(without_space(text), validate=True)
    except (binascii.Error, ValueError):
        return None
