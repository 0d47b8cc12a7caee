"""Signs and seals mails as their senders' servers do; with other tags, as forgers would."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from bridge.mail.canonical import canonical_body, canonical_field, without_signature
from bridge.mail.rawfields import RawField, RawMail, read_raw_mail

DOMAIN = "people.example"
LISTS = "lists.example.org"
NAME = f"s1._domainkey.{DOMAIN}"
SEALER_NAME = f"s1._domainkey.{LISTS}"
USUAL = ("from", "to", "subject", "date", "message-id")
MAIL = (
    b"From: Nadia Example <nadia@people.example>\r\n"
    b"To: pc@lists.example.org\r\n"
    b"Subject: Joint statement\r\n"
    b"Date: Thu, 30 Oct 2025 07:59:00 +0000\r\n"
    b"Message-ID: <One@people.example>\r\n"
    b"\r\n"
    b"We support  this.\r\n"
)


@dataclass(frozen=True)
class Pair:
    """A key pair, as far as a signer needs it."""

    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    @property
    def kind(self) -> str:
        return "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ed25519"

    @property
    def public(self) -> str:
        if isinstance(self.private, rsa.RSAPrivateKey):
            encoding, form = serialization.Encoding.DER, serialization.PublicFormat
            der = self.private.public_key().public_bytes(encoding, form.SubjectPublicKeyInfo)
        else:
            der = self.private.public_key().public_bytes_raw()
        return base64.b64encode(der).decode()

    @property
    def record(self) -> bytes:
        return f"v=DKIM1; k={self.kind}; p={self.public}".encode()

    def sign(self, signed: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(signed).digest())


@dataclass(frozen=True)
class WeakPair:
    """An RSA pair so short that the library would not make it."""

    modulus: int
    exponent: int
    public: str
    kind: str = "rsa"

    @property
    def record(self) -> bytes:
        return f"v=DKIM1; k=rsa; p={self.public}".encode()

    def sign(self, signed: bytes) -> bytes:
        size = (self.modulus.bit_length() + 7) // 8
        info = bytes.fromhex("3031300d060960864801650304020105000420")
        digest = info + hashlib.sha256(signed).digest()
        padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        return pow(int.from_bytes(padded, "big"), self.exponent, self.modulus).to_bytes(size, "big")


@cache
def rsa_pair(bits: int = 2048) -> Pair:
    return Pair(rsa.generate_private_key(65_537, bits))


@cache
def ed25519_pair() -> Pair:
    return Pair(ed25519.Ed25519PrivateKey.generate())


WEAK = {
    512: WeakPair(
        int(
            "97F6B12070032255BF5CA9C0251073D7C9F8EC31495E0149309A7FF5FD7F15A3"
            "1D7B0BEB2F557359A1B7B8D449CDCEAD838974E77FF6C605141785948B758391",
            16,
        ),
        int(
            "0c61d174ef2b9234a26f0e75d58f4da11b97e8c6eb4f7993591e7da6b18d155a"
            "20f9618b949b841cc1983d4f6401543fec22425458aa064841c5ffab8044a801",
            16,
        ),
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJf2sSBwAyJVv1ypwCUQc9fJ+OwxSV4BSTCaf/X9fxWj"
        "HXsL6y9Vc1mht7jUSc3OrYOJdOd/9sYFFBeFlIt1g5ECAwEAAQ==",
    ),
    768: WeakPair(
        int(
            "BD414121ABCD6BE868E1522BDFD47E6F66C96125E2A3F019E8C3DB1074BBA40D"
            "ED4A383A620BE2487518286A9DCCCD0060F46BB4F0305C478EC044FA1F65ECF9"
            "C133E44A5192048AF22468040F833E1E588CF88E9A8FBF6AF47FA4FAD9D33335",
            16,
        ),
        int(
            "08fe12c430cf9ff2f918cbb8bdf7f0d2064647516f856ea12c8831de844d6e2c"
            "233c4593b098f3f5916ac670da72a2c2eeebe93976f98e277affad72446bc317"
            "c729a2c07a767850e17987edda68f088935805084327457d1a13f286be312d01",
            16,
        ),
        "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAL1BQSGrzWvoaOFSK9/Ufm9myWEl4qPwGejD2xB0u6QN"
        "7Uo4OmIL4kh1GChqnczNAGD0a7TwMFxHjsBE+h9l7PnBM+RKUZIEivIkaAQPgz4eWIz4jpqPv2r0"
        "f6T62dMzNQIDAQAB",
    ),
}


def signed(
    raw: bytes = MAIL,
    pair: Pair | WeakPair | None = None,
    *,
    domain: str = DOMAIN,
    names: Sequence[str] = USUAL,
    forms: str = "relaxed/relaxed",
    tags: Mapping[str, str] | None = None,
    length: int | None = None,
) -> bytes:
    """Return the mail with a DKIM-Signature above it; ``tags`` are added to the usual ones."""
    given = {"v": "1", "d": domain, **(tags or {})}
    if length is not None:
        given["l"] = str(length)
    return _signed(raw, "DKIM-Signature", given, pair or rsa_pair(), names, forms)


def sealed(
    raw: bytes,
    *,
    results: str = f"dkim=pass header.d={DOMAIN}",
    domain: str = LISTS,
    pair: Pair | None = None,
    cv: str | None = None,
    names: Sequence[str] = USUAL,
    tags: Mapping[str, str] | None = None,
) -> bytes:
    """Return the mail with one more link of an ARC chain above it."""
    pair, number = (
        pair or rsa_pair(),
        raw.lower().count(b"\narc-seal:") + raw.lower().startswith(b"arc-seal:"),
    )
    number += 1
    found = f"ARC-Authentication-Results: i={number}; {domain}; {results}\r\n".encode() + raw
    own = {"i": str(number), "d": domain, **(tags or {})}
    message = _signed(found, "ARC-Message-Signature", own, pair, names, "relaxed/relaxed")
    said = cv or ("none" if number == 1 else "pass")
    begun = {"i": str(number), "a": f"{pair.kind}-sha256", "cv": said, "d": domain, "s": "s1"}
    seal = _field("ARC-Seal", {**begun, "b": ""})
    mail = read_raw_mail(message)
    assert mail is not None
    fields = [_arc_field(mail, name, k) for k in range(1, number + 1) for name in ARC_NAMES]
    chain = [field for field in fields if field is not None]
    octets = b"".join(canonical_field(one, "relaxed") + b"\r\n" for one in chain)
    value = pair.sign(octets + canonical_field(without_signature(seal), "relaxed"))
    done = _field("ARC-Seal", {**begun, "b": base64.b64encode(value).decode()})
    return done.written + b"\r\n" + message


ARC_NAMES = ("arc-authentication-results", "arc-message-signature", "arc-seal")


def _arc_field(mail: RawMail, name: str, number: int) -> RawField | None:
    start = f"i={number};".encode()
    return next((one for one in mail.all(name) if one.value.strip().startswith(start)), None)


def _signed(  # noqa: PLR0917
    raw: bytes,
    field: str,
    given: Mapping[str, str],
    pair: Pair | WeakPair,
    names: Sequence[str],
    forms: str,
) -> bytes:
    mail = read_raw_mail(raw)
    assert mail is not None
    of_fields, of_body = forms.split("/")
    body = canonical_body(mail.body, of_body)
    body = body[: int(given["l"])] if "l" in given else body
    usual = {
        "a": f"{pair.kind}-sha256",
        "c": forms,
        "s": "s1",
        "h": " : ".join(names),
        "bh": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    tags = {**given, **{name: value for name, value in usual.items() if name not in given}}
    own = _field(field, {**tags, "b": ""})
    unused = {name: list(mail.all(name)) for name in names}
    chosen = [unused[name].pop() for name in names if unused[name]]
    octets = b"".join(canonical_field(one, of_fields) + b"\r\n" for one in chosen)
    value = pair.sign(octets + canonical_field(own, of_fields))
    done = _field(field, {**tags, "b": base64.b64encode(value).decode()})
    return done.written + b"\r\n" + raw


def _field(name: str, tags: Mapping[str, str]) -> RawField:
    value = " " + ";\r\n ".join(f"{tag}={content}" for tag, content in tags.items())
    octets = value.encode()
    return RawField(name.lower(), name.encode() + b":" + octets, octets)
