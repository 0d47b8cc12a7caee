"""ARC chains (RFC 8617): what a list's server found before it changed a mail.

A seal is worth what its sealer is: only sealers that the operator named are believed, and of a
chain only its newest links, as far as they are all sealed by such. Whoever handled the mail after
a sealer we trust could have written anything, so one stranger's seal on top makes a chain void.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.ids import Instant
from bridge.mail.authresults import AuthResults, parse_auth_results
from bridge.mail.canonical import RELAXED, canonical_field, without_signature
from bridge.mail.dkim import Signature, read_arc_signature, read_seal
from bridge.mail.dkimkeys import Key
from bridge.mail.rawfields import RawField, RawMail
from bridge.mail.taglists import parse_tags

MOST_LINKS = 10
MOST_BELIEVED = 3
_NAMES = ("arc-authentication-results", "arc-message-signature", "arc-seal")
_INSTANCE = re.compile(rb"[ \t\r\n]*i[ \t]*=[ \t]*([0-9]{1,2})[ \t\r\n]*;")


@dataclass(frozen=True, slots=True)
class Link:
    """One instance of a chain: what was found, the mail as it was, and the seal over both."""

    fields: tuple[RawField, RawField, RawField]
    seal: Signature
    cv: str
    results: AuthResults


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that may be believed once its signatures are true.

    Attributes:
        links: every one, oldest first.
        believed: how many of the newest are sealed by somebody we trust.
        signature: the newest ARC-Message-Signature.
    """

    links: tuple[Link, ...]
    believed: int
    signature: Signature

    def says_pass(self, domain: str) -> bool:
        """Say whether a believed sealer found a true signature of exactly this domain."""
        newest = self.links[-self.believed :]
        return any(link.results.passed_for(domain, by_identity=True) for link in newest)

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures that must be true."""
        return (self.signature, *(link.seal for link in self.links[-self.believed :]))


def read_chain(mail: RawMail, sealers: Sequence[str], now: Instant) -> Chain | str:
    """Return the mail's chain, or why it says nothing to us.

    Args:
        mail: as it was delivered to us.
        sealers: domains whose seals are believed.
        now: when the mail arrived; Unix ms.
    """
    sets = _sets(mail)
    if sets is None:
        return "its ARC chain is broken" if any(mail.all(name) for name in _NAMES) else ""
    links = [_link(fields, now) for fields in sets]
    for link in links:
        if isinstance(link, str):
            return link
    read = tuple(link for link in links if isinstance(link, Link))
    # Section 5.2: the first link says "none", all others that the chain before them was whole.
    if [link.cv for link in read] != ["none", *["pass"] * (len(read) - 1)]:
        return "its ARC chain failed on the way"
    believed = _believed(read, sealers)
    if not believed:
        return "its last ARC sealer is nobody we trust"
    signature = read_arc_signature(read[-1].fields[1], now)
    if isinstance(signature, str):
        return signature
    return Chain(read, believed, signature)


def is_sealed(chain: Chain, keys: Mapping[str, Key]) -> bool:
    """Say whether each believed seal was made with its sealer's key (section 5.1.1).

    Args:
        chain: whose seals are in question; its message signature is not looked at.
        keys: by their names in the DNS.
    """
    first = len(chain.links) - chain.believed
    return all(
        keys[chain.links[k].seal.name].signed(chain.links[k].seal.value, _sealed(chain.links, k))
        for k in range(first, len(chain.links))
    )


def _sealed(links: Sequence[Link], last: int) -> bytes:
    """Return what a seal signs: all fields of the chain up to itself, always relaxed."""
    fields = [field for link in links[: last + 1] for field in link.fields]
    before = (canonical_field(field, RELAXED) + b"\r\n" for field in fields[:-1])
    return b"".join(before) + canonical_field(without_signature(fields[-1]), RELAXED)


def _believed(links: Sequence[Link], sealers: Sequence[str]) -> int:
    trusted = {one.lower() for one in sealers}
    count = 0
    for link in reversed(links[-MOST_BELIEVED:]):
        if link.seal.domain not in trusted:
            break
        count += 1
    return count


def _sets(mail: RawMail) -> list[tuple[RawField, RawField, RawField]] | None:
    """Return the three fields of each instance, counted from 1 without a gap."""
    found: dict[tuple[int, str], RawField] = {}
    for field in mail.fields:
        if field.name in _NAMES:
            instance = _instance(field)
            if instance is None or (instance, field.name) in found:
                return None
            found[instance, field.name] = field
    length = len(found) // len(_NAMES)
    wanted = {(k, name) for k in range(1, length + 1) for name in _NAMES}
    if not 0 < length <= MOST_LINKS or found.keys() != wanted:
        return None
    return [
        (found[k, _NAMES[0]], found[k, _NAMES[1]], found[k, _NAMES[2]])
        for k in range(1, length + 1)
    ]


def _instance(field: RawField) -> int | None:
    if field.name == _NAMES[0]:
        match = _INSTANCE.match(field.value)
        return int(match[1]) if match else None
    text = (parse_tags(field.value) or {}).get("i", "")
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else None


def _link(fields: tuple[RawField, RawField, RawField], now: Instant) -> Link | str:
    seal = read_seal(fields[2], now)
    if isinstance(seal, str):
        return seal
    tags = parse_tags(fields[2].value) or {}
    said = _INSTANCE.sub(b"", fields[0].value, count=1)
    results = parse_auth_results(said)
    if results is None:
        return "the results in its ARC chain cannot be read"
    return Link(fields, seal, tags.get("cv", "").lower(), results)
