"""What speaks for it that the author wrote a mail: one decision from bytes, terms and the DNS.

A ladder of its own: our mail server's word, the author's domain by its signature, a trusted
sealer's word, and at the bottom the list's. Only a From that is the author's own can be proved:
one that a list has rewritten proves the list. The author's domain must be the signer's *exactly*.
Mail servers also accept a signer above it; to tell a company from a registry (``co.uk``) they need
a list that changes every week, and a host that signs for all its customers would vouch for each of
them in the name of every other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.ids import Instant
from bridge.mail.addresses import sole_address
from bridge.mail.arc import Chain, is_sealed, read_chain
from bridge.mail.authors import Author, Rung
from bridge.mail.authresults import own_results
from bridge.mail.dkim import Signature, is_true, may_be_of, read_signature, why_incomplete
from bridge.mail.dkimkeys import Key, read_key
from bridge.mail.evidence import NOTHING, Evidence, Level, Trust
from bridge.mail.rawfields import RawMail, read_raw_mail

LARGEST = 1024 * 1024
"""Bytes of a mail whose signatures are looked at; a list keeps larger ones from its members."""
MOST_SIGNATURES = 5
UNANSWERED = "no name server answered"
Answers = Mapping[str, Sequence[bytes]]
"""The TXT records of each name that the DNS has answered for; an empty one has none."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A mail that says it is by an address of a domain, and can be held to it."""

    mail: RawMail
    domain: str
    signatures: tuple[Signature, ...]
    faults: tuple[str, ...]


def said_by_list(author: Author, posting_address: str) -> Evidence:
    """Return the list's own word for a mail that came from it: worth something if it is clear."""
    if author.address is None:
        return replace(NOTHING, reason="its author is not clear")
    domain = posting_address.rpartition("@")[2].lower()
    return Evidence(Level.LIST, "list", domain, reason="the list says so and nothing else")


def names_to_ask(raw: bytes, author: Author, trust: Trust, now: Instant) -> tuple[str, ...]:
    """Return the names whose TXT records could tell more; usually none or one.

    Args:
        raw: the mail as it arrived.
        author: who it is by, as the ladder found.
        trust: whose word is taken.
        now: when it arrived; Unix ms.
    """
    if not trust.dkim and not trust.arc_sealers:
        return ()
    claim = _claim(raw, author, now)
    if isinstance(claim, str) or _by_own_server(claim, trust):
        return ()
    signatures = [*(claim.signatures if trust.dkim else ())]
    chain = _chain(claim, trust, now)
    if isinstance(chain, Chain):
        signatures += chain.signatures
    return tuple(dict.fromkeys(signature.name for signature in signatures))


def evidence_of(  # noqa: PLR0913, PLR0917 -- the facts of one mail
    raw: bytes,
    author: Author,
    trust: Trust,
    answers: Answers,
    now: Instant,
    floor: Evidence = NOTHING,
) -> Evidence:
    """Return the strongest evidence there is; ``later`` when a name's answer could add to it.

    Total: any bytes have an answer. Without ``later`` it is final.

    Args:
        raw: the mail as it arrived.
        author: who it is by, as the ladder found.
        trust: whose word is taken.
        answers: what the DNS has said of ``names_to_ask``.
        now: when the mail arrived; Unix ms.
        floor: what is known anyway: the list's word.
    """
    if trust == Trust():
        return replace(floor, later=False)
    claim = _claim(raw, author, now)
    if isinstance(claim, str):
        return replace(floor, later=False, reason=claim)
    found: list[Evidence] = []
    for one in _tries(claim, trust, answers, now):
        if one.level is Level.SIGNED:
            return one
        found.append(one)
    if any(one.later for one in found):
        return replace(floor, later=True, reason=UNANSWERED)
    reasons = [*claim.faults, *(one.reason for one in found if one.reason)]
    reason = reasons[0] if reasons else "its domain has signed nothing"
    return replace(floor, later=False, reason=reason)


def _tries(claim: _Claim, trust: Trust, answers: Answers, now: Instant) -> Iterator[Evidence]:
    """Yield what each way to prove it comes to, the cheapest first."""
    if _by_own_server(claim, trust):
        yield Evidence(Level.SIGNED, "authentication-results", claim.domain)
    for signature in claim.signatures if trust.dkim else ():
        yield _by_signature(claim, signature, answers)
    yield _by_sealer(claim, _chain(claim, trust, now), answers)


def _claim(raw: bytes, author: Author, now: Instant) -> _Claim | str:
    if author.rung is not Rung.FROM or author.address is None:
        return "its From is not the author's own"
    if len(raw) > LARGEST:
        return f"it is larger than {LARGEST} bytes"
    mail = read_raw_mail(raw)
    if mail is None:
        return "its header can be read in two ways"
    senders = mail.all("from")
    if len(senders) != 1:
        return "it has several From fields" if senders else "it has no From field"
    address = sole_address(senders[0].value.decode("ascii", "surrogateescape"))
    domain = (address or "").rpartition("@")[2]
    if address != author.address or not domain.isascii():
        return "its From is not exactly one plain address"
    read = list(_signatures(mail, domain, now))
    return _Claim(
        mail,
        domain,
        tuple(one for one in read if isinstance(one, Signature)),
        tuple(one for one in read if isinstance(one, str)),
    )


def _signatures(mail: RawMail, domain: str, now: Instant) -> Iterator[Signature | str]:
    """Yield the first few signatures of the author's domain, or what is wrong with them."""
    fields = [field for field in mail.all("dkim-signature") if may_be_of(field, domain)]
    for field in fields[:MOST_SIGNATURES]:
        signature = read_signature(field, now)
        why = why_incomplete(signature, mail) if isinstance(signature, Signature) else None
        yield why or signature
    if len(fields) > MOST_SIGNATURES:
        yield f"its domain signed it more than {MOST_SIGNATURES} times"


def _by_own_server(claim: _Claim, trust: Trust) -> bool:
    """Take our server's word that a signature is true; what it covers we look at ourselves.

    A server passes a signature with ``l=`` or an unsigned subject, so every signature of the
    domain must be one to rely on: the one that passed may be any of them.
    """
    if not trust.authserv_ids or claim.faults or not claim.signatures:
        return False
    ours = own_results(claim.mail, trust.authserv_ids)
    return any(found.passed_for(claim.domain) for found in ours)


def _by_signature(claim: _Claim, signature: Signature, answers: Answers) -> Evidence:
    if signature.name not in answers:
        return Evidence(Level.NONE, later=True, reason=UNANSWERED)
    key = read_key(answers[signature.name], signature.kind)
    if isinstance(key, str):
        return Evidence(Level.NONE, reason=key)
    if not is_true(signature, claim.mail, key):
        return Evidence(Level.NONE, reason="it is not what was signed")
    return Evidence(Level.SIGNED, "dkim", claim.domain)


def _chain(claim: _Claim, trust: Trust, now: Instant) -> Chain | str:
    """Return the mail's chain if it could prove anything."""
    if not trust.arc_sealers:
        return ""
    # What the sealer found to be true may have been a signature that leaves room for additions.
    if claim.faults:
        return claim.faults[0]
    chain = read_chain(claim.mail, trust.arc_sealers, now)
    if isinstance(chain, str):
        return chain
    if (why := why_incomplete(chain.signature, claim.mail)) is not None:
        return why
    if not chain.says_pass(claim.domain):
        return "no sealer we trust found its signature true"
    return chain


def _by_sealer(claim: _Claim, chain: Chain | str, answers: Answers) -> Evidence:
    if isinstance(chain, str):
        return Evidence(Level.NONE, reason=chain)
    if any(signature.name not in answers for signature in chain.signatures):
        return Evidence(Level.NONE, later=True, reason=UNANSWERED)
    keys: dict[str, Key] = {}
    for signature in chain.signatures:
        key = read_key(answers[signature.name], signature.kind)
        if isinstance(key, str):
            return Evidence(Level.NONE, reason=key)
        keys[signature.name] = key
    is_whole = is_true(chain.signature, claim.mail, keys[chain.signature.name])
    if not is_whole or not is_sealed(chain, keys):
        return Evidence(Level.NONE, reason="its ARC chain is not what was sealed")
    return Evidence(Level.SIGNED, "arc", claim.domain)
