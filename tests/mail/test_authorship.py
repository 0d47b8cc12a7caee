"""P8: no forged authorship is proved, genuine authorship is, and a silent DNS proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing import (
    DOMAIN,
    LISTS,
    MAIL,
    NAME,
    SEALER_NAME,
    USUAL,
    WEAK,
    ed25519_pair,
    rsa_pair,
    sealed,
    signed,
)

from bridge.ids import Instant, ListId
from bridge.mail.authors import Author, Rung
from bridge.mail.authorship import (
    LARGEST,
    MOST_SIGNATURES,
    evidence_of,
    names_to_ask,
    said_by_list,
)
from bridge.mail.evidence import NOTHING, Evidence, Level, Trust
from bridge.mail.parse import parse_mail

LIST_ID, LIST_ADDRESS = ListId("pc.lists.example.org"), "pc@lists.example.org"
NOW = Instant(1_761_811_200_000)
SECONDS = NOW // 1000
OURS = "mx.example.org"
ALL = Trust((OURS,), (LISTS,), dkim=True)
EVIL = "evil.example"
KEYS = {
    NAME: (rsa_pair().record,),
    SEALER_NAME: (rsa_pair().record,),
    f"s1._domainkey.{EVIL}": (ed25519_pair().record,),
    f"ed._domainkey.{DOMAIN}": (ed25519_pair().record,),
    f"old._domainkey.{DOMAIN}": (rsa_pair(1024).record,),
}
PASS = f"Authentication-Results: {OURS}; dkim=pass header.d={DOMAIN}\r\n".encode()
BY_US = f"Received: from {LISTS} by {OURS} with ESMTP; Thu, 30 Oct 2025\r\n".encode()
BY_LIST = f"Received: from x (x [192.0.2.1]) by {LISTS} with ESMTP; 30 Oct\r\n".encode()


def author(raw):
    return parse_mail(raw, list_id=LIST_ID, posting_address=LIST_ADDRESS).author


def weigh(raw, keys=KEYS, trust=ALL, floor=NOTHING):
    return evidence_of(raw, author(raw), trust, keys, NOW, floor)


def proves(raw, keys=KEYS, trust=ALL):
    """Say whether it is taken for proved that somebody of people.example wrote the mail.

    Also when the ladder has been fooled and names the victim.
    """
    fooled = Author("Nadia", "nadia@people.example", Rung.FROM)
    both = (weigh(raw, keys, trust), evidence_of(raw, fooled, trust, keys, NOW))
    assert not any(found.later for found in both)
    return any(found.level is Level.SIGNED and found.domain == DOMAIN for found in both)


def sender(written, raw=MAIL):
    """Return the mail with another From."""
    return raw.replace(b"From: Nadia Example <nadia@people.example>", b"From: " + written)


def by_evil(raw=MAIL, **how):
    return signed(raw, ed25519_pair(), domain=EVIL, **how)


def with_key(record):
    return {**KEYS, NAME: (record,)}


GENUINE = {
    "relaxed": signed(),
    "simple": signed(forms="simple/simple"),
    "simple fields, relaxed body": signed(forms="simple/relaxed"),
    "relaxed fields, simple body": signed(forms="relaxed/simple"),
    "ed25519": signed(pair=ed25519_pair(), tags={"s": "ed"}),
    "1024 bits": signed(pair=rsa_pair(1024), tags={"s": "old"}),
    "oversigned": signed(names=(*USUAL, *USUAL)),
    "an identity of the domain": signed(tags={"i": f"nadia@{DOMAIN}"}),
    "not expired": signed(tags={"t": str(SECONDS - 60), "x": str(SECONDS + 60)}),
    "a clock that is a little fast": signed(tags={"t": str(SECONDS + 60)}),
    "line ends of an archive": signed().replace(b"\r\n", b"\n"),
    "what the list put above it": BY_LIST + b"List-Id: <pc.lists.example.org>\r\n" + signed(),
    "the list's own signature, too": signed(signed(), domain=LISTS, names=("to",)),
    "a broken signature above": b"DKIM-Signature: v=1; a=x; d=people.example\r\n" + signed(),
    "no subject, and that is signed": signed(MAIL.replace(b"Subject: Joint statement\r\n", b"")),
    "a name in quotes": signed(sender(b'"Example; Nadia: (x), <y>" <nadia@people.example>')),
    "a name in UTF-8": signed(sender("Nadía <nadia@people.example>".encode())),
    "a comment": signed(sender(b"nadia@people.example (Nadia: of Example)")),
    "a domain in capitals": signed(sender(b"Nadia <nadia@People.EXAMPLE>")),
    "no text": signed(MAIL[: MAIL.index(b"\r\n\r\n") + 4]),
    "blanks that a server lost": signed().replace(b"support  this.\r\n", b"support this. \r\n"),
    "our server's word": PASS + signed(tags={"s": "unknown"}),
    "our server's word below its Received": BY_US + PASS + BY_LIST + signed(tags={"s": "unknown"}),
    "a trusted sealer's word": sealed(MAIL),
    "two trusted sealers": sealed(sealed(MAIL), results="arc=pass"),
    "a sealer that names the identity": sealed(MAIL, results=f"dkim=pass header.i=@{DOMAIN}"),
    "a sealer that changed the mail": sealed(
        signed().replace(b"Joint", b"[pc] Joint").replace(b"this.", b"this.\r\n-- \r\npc")
    ),
    "a list's subject tag after a signature": sealed(signed().replace(b"Joint", b"[pc] Joint")),
}


@pytest.mark.parametrize("raw", GENUINE.values(), ids=GENUINE)
def test_genuine_authorship_is_proved(raw):
    assert proves(raw)


TWO_FROMS = b"From: Evil <evil@evil.example>\r\n"
WRAPPED = (
    b"From: pc@lists.example.org\r\nSubject: x\r\nDate: Thu, 30 Oct 2025 07:59:00 +0000\r\n"
    b"Message-ID: <w@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n"
)
MUNGED = sender(b"Nadia Example via pc <pc@lists.example.org>")
FORGED = {
    # -- the From
    "nothing but a From": MAIL,
    "signed by another domain": by_evil(),
    "a From above a signed mail": TWO_FROMS + signed(),
    "a From below a signed mail": signed().replace(b"\r\n\r\n", b"\r\n" + TWO_FROMS + b"\r\n", 1),
    "the victim's From above the forger's": b"From: nadia@people.example\r\n"
    + by_evil(sender(b"evil@evil.example")),
    "two Froms that were both signed": signed(TWO_FROMS + MAIL, names=(*USUAL, "from")),
    "an address as name": by_evil(sender(b"nadia@people.example <evil@evil.example>")),
    "an address as name, quoted": by_evil(sender(b'"nadia@people.example" <evil@evil.example>')),
    "an address as name, turned": by_evil(sender(b"evil@evil.example <nadia@people.example>")),
    "two angles": by_evil(sender(b"Nadia <nadia@people.example> <evil@evil.example>")),
    "two mailboxes": signed(sender(b"nadia@people.example, evil@evil.example")),
    "a group": signed(sender(b"Friends: nadia@people.example;")),
    "a group of one without end": signed(sender(b"Friends: nadia@people.example")),
    "an empty group": signed(sender(b"Friends:;")),
    "a route": by_evil(sender(b"<@people.example:evil@evil.example>")),
    "a domain in the local part": by_evil(sender(b"nadia@people.example@evil.example")),
    "an encoded word as address": by_evil(sender(b"=?utf-8?q?nadia=40people.example?= <e@x>")),
    "an encoded line end": by_evil(sender(b"=?utf-8?q?x=0D=0AFrom:_nadia=40people?= <e@x>")),
    "an address literal": by_evil(sender(b"nadia@[192.0.2.1]")),
    # -- the header block
    "a blank before the colon": b"From : nadia@people.example\r\n" + by_evil(),
    "an mbox line": b"From nadia@people.example Thu Oct 30 07:59:00 2025\r\n" + signed(),
    "a bare CR that hides a From": b"X: y\rFrom: evil@evil.example\r\n" + signed(),
    "a NUL": b"X: \0\r\n" + signed(),
    "a line that is no field": b"hello\r\n" + signed(),
    "a continuation of nothing": b" hello\r\n" + signed(),
    "an empty header": b"\r\n" + signed(),
    # -- what is signed
    "text after the signed part": signed(length=5) + b"And all else.\r\n",
    "a length that is the whole": signed(length=19),
    "From not signed": signed(names=("to", "subject", "date", "message-id")),
    "Subject not signed": signed(names=("from", "to", "date", "message-id")),
    "Date not signed": signed(names=("from", "subject", "message-id")),
    "Message-ID not signed": signed(names=("from", "subject", "date")),
    "no field signed": signed(names=()),
    "a second Subject above": b"Subject: I object\r\n" + signed(),
    "a second Subject below": signed().replace(b"\r\n\r\n", b"\r\nSubject: x\r\n\r\n", 1),
    "a second Date": b"Date: Fri, 31 Oct 2025 07:59:00 +0000\r\n" + signed(),
    "a second Message-ID": b"Message-ID: <Two@people.example>\r\n" + signed(),
    "another subject": signed().replace(b"Joint", b"Other"),
    "another text": signed().replace(b"support", b"oppose"),
    "more text": signed() + b"And all else.\r\n",
    "a signature of another mail": signed().partition(b"From:")[0]
    + MAIL.replace(b"One@", b"Two@"),
    "a signature without value": b"DKIM-Signature: v=1; a=rsa-sha256; d=people.example; s=s1;\r\n"
    b" h=from:subject:date:message-id; bh=x; b=\r\n" + MAIL,
    # -- its time and method
    "expired": signed(tags={"x": str(SECONDS - 1)}),
    "expired before it was made": signed(tags={"t": str(SECONDS), "x": str(SECONDS - 9)}),
    "expired far away": signed(tags={"x": "9" * 400}),
    "from the future": signed(tags={"t": str(SECONDS + 3_600)}),
    "SHA-1": signed(tags={"a": "rsa-sha1"}),
    "an unknown method": signed(tags={"a": "none"}),
    "an unknown canonical form": signed(tags={"c": "nofws"}),
    "another version": signed(tags={"v": "2"}),
    "a key that is not in the DNS": signed(tags={"q": "http/key"}),
    "a tag twice": signed().replace(b"v=1;", b"v=1; d=people.example;"),
    # -- the domain
    "a domain below": signed(domain=f"mail.{DOMAIN}"),
    "a registry above": signed(domain="example"),
    "a public suffix above": signed(sender(b"nadia@people.co.example"), domain="co.example"),
    "a name that begins alike": signed(domain=f"{DOMAIN}.evil.example"),
    "a name that ends alike": signed(domain=f"evil{DOMAIN}"),
    "a name with a dot more": signed(domain=f"{DOMAIN}."),
    "an identity below the domain": signed(tags={"i": f"@mail.{DOMAIN}"}),
    "an identity elsewhere": by_evil(tags={"i": f"nadia@{DOMAIN}"}),
    "a letter that looks alike": by_evil(sender("nadia@peоple.example".encode())),
    "the same in ASCII": by_evil(sender(b"nadia@xn--peple-vqf.example")),
    "a domain that is no name": signed(domain="people.example/../x"),
    # -- what the list rewrote
    "a rewritten From and a forger's Reply-To": signed(
        MUNGED + b"", domain=LISTS, tags={}
    ).replace(b"To: pc@", b"Reply-To: Nadia Example <evil@evil.example>\r\nTo: pc@", 1),
    "a rewritten From and the victim's Reply-To": signed(MUNGED, domain=LISTS).replace(
        b"To: pc@", b"Reply-To: Nadia Example <nadia@people.example>\r\nTo: pc@", 1
    ),
    "a wrapped mail with a made-up inside": signed(WRAPPED + MAIL, domain=LISTS),
    "a wrapped mail with a signed inside": WRAPPED + signed(),
    # -- what our server is said to have found
    "results below the list's Received": BY_US + BY_LIST + PASS + signed(tags={"s": "none"}),
    "results of another server": PASS.replace(b"mx.", b"mx2.") + signed(tags={"s": "none"}),
    "results of ours in a comment": PASS.replace(b": mx", b": (mx.example.org) evil.x; (mx")
    + signed(tags={"s": "none"}),
    "results inside a quoted reason": PASS.replace(b"dkim=pass", b'spf=pass reason="; dkim=pass"')
    + signed(tags={"s": "none"}),
    "results for another domain": PASS.replace(b"people.", b"evil.") + signed(tags={"s": "none"}),
    "results for a domain above": PASS.replace(b"people.", b"") + signed(tags={"s": "none"}),
    "results for an identity": PASS.replace(b"header.d=", b"header.i=@")
    + signed(tags={"s": "none"}),
    "results that passed something else": PASS.replace(b"dkim", b"spf") + signed(tags={"s": "no"}),
    "results that failed": PASS.replace(b"pass", b"fail") + signed(tags={"s": "none"}),
    "results without end": PASS.replace(b"; dkim", b"; (dkim") + signed(tags={"s": "none"}),
    "results for a signature with a length": PASS + signed(tags={"s": "none"}, length=5),
    "results for a signature of too little": PASS + signed(tags={"s": "no"}, names=("from",)),
    "results where nothing is signed": PASS + MAIL,
    "results for one of many": PASS + signed(signed(length=5), tags={"s": "none"}),
    # -- what a sealer is said to have found
    "a sealer nobody trusts": sealed(MAIL, domain=EVIL, pair=ed25519_pair()),
    "a sealer nobody trusts on top": sealed(sealed(MAIL), domain=EVIL, pair=ed25519_pair()),
    "a seal in a trusted name": sealed(MAIL, pair=rsa_pair(1024)),
    "a seal with a weak hash": sealed(MAIL).replace(b"a=rsa-sha256", b"a=rsa-sha1"),
    "a chain that failed": sealed(sealed(MAIL), cv="fail"),
    "a chain that began with a pass": sealed(MAIL, cv="pass"),
    "a chain that never began": sealed(sealed(MAIL), cv="none"),
    "a chain without its first link": sealed(sealed(MAIL)).replace(b"i=1;", b"i=3;"),
    "a chain with a link twice": sealed(MAIL) + b"",
    "a sealer that found it false": sealed(MAIL, results=f"dkim=fail header.d={DOMAIN}"),
    "a sealer that found another true": sealed(MAIL, results=f"dkim=pass header.d={EVIL}"),
    "a sealer that found nothing": sealed(MAIL, results="none"),
    "results changed after the seal": sealed(MAIL, results="dkim=fail header.d=people.example")
    .replace(b"dkim=fail", b"dkim=pass"),
    "From changed after the seal": sealed(sender(b"Evil <evil@people.example>")).replace(
        b"evil@", b"nadia@"
    ),
    "text changed after the seal": sealed(MAIL).replace(b"support", b"oppose"),
    "a seal that leaves out From": sealed(MAIL, names=("subject", "date", "message-id")),
    "a seal over a part of the text": sealed(MAIL, tags={"l": "5"}),
    "a From above a sealed mail": TWO_FROMS + sealed(MAIL),
    "a Subject above a sealed mail": b"Subject: I object\r\n" + sealed(MAIL),
    "a sealed signature with a length": sealed(signed(length=5) + b"And all else.\r\n"),
}  # fmt: skip
FORGED["a chain with a link twice"] = b"ARC-Authentication-Results: i=1; x; none\r\n" + sealed(MAIL)


def test_the_table_of_forgeries_is_long_enough():
    assert len(FORGED) >= 70


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED)
def test_no_forged_authorship_is_proved(raw):
    # Keys for every domain that is named, so that only the rules can refuse.
    names = [
        f"{selector}._domainkey.{domain}"
        for selector in ("s1", "none")
        for domain in (f"mail.{DOMAIN}", "example", "co.example", "xn--peple-vqf.example")
    ]
    keys = {
        **KEYS,
        **dict.fromkeys(names, (rsa_pair().record,)),
        f"none._domainkey.{DOMAIN}": (),
        f"no._domainkey.{DOMAIN}": (),
    }
    assert not proves(raw, keys)


RECORD = rsa_pair().record
BAD_KEYS = {
    "none": (),
    "two": (RECORD, RECORD),
    "revoked": (b"v=DKIM1; p=",),
    "testing": (RECORD + b"; t=y",),
    "testing among others": (RECORD + b"; t=s:y",),
    "for something else": (RECORD + b"; s=tlsrpt",),
    "for SHA-1 only": (RECORD + b"; h=sha1",),
    "of another kind": (RECORD.replace(b"k=rsa", b"k=ed25519"),),
    "of an unknown kind": (RECORD.replace(b"k=rsa", b"k=x"),),
    "of another version": (RECORD.replace(b"DKIM1", b"DKIM2"),),
    "for one address": (RECORD + b"; g=amina",),
    "no key": (b"v=spf1 -all",),
    "no base64": (b"v=DKIM1; p=!!!",),
    "no DER": (b"v=DKIM1; p=AAAA",),
    "too long": (RECORD + b"; n=" + b"x" * 5_000,),
    "somebody else's": (rsa_pair(1024).record,),
}


@pytest.mark.parametrize("records", BAD_KEYS.values(), ids=BAD_KEYS)
def test_no_bad_key_proves_anything(records):
    assert not proves(signed(), {**KEYS, NAME: records})


@pytest.mark.parametrize("bits", WEAK)
def test_a_key_that_can_be_broken_proves_nothing(bits):
    pair = WEAK[bits]
    assert not proves(signed(pair=pair), with_key(pair.record))
    assert "key" in weigh(signed(pair=pair), with_key(pair.record)).reason


def test_a_mail_may_be_signed_often_and_only_the_first_few_are_looked_at():
    few, many = signed(), signed()
    for number in range(MOST_SIGNATURES):
        few = signed(few, tags={"s": f"x{number}"}) if number < MOST_SIGNATURES - 1 else few
        many = signed(many, tags={"s": f"x{number}"})
    unknown = {f"x{number}._domainkey.{DOMAIN}": () for number in range(MOST_SIGNATURES)}
    assert proves(few, KEYS | unknown)
    assert not proves(many, KEYS | unknown)
    assert len(names_to_ask(many, author(many), ALL, NOW)) <= MOST_SIGNATURES


@pytest.mark.parametrize("name", ["relaxed", "ed25519", "a trusted sealer's word"])
def test_a_silent_dns_is_never_a_verdict(name):
    raw = GENUINE[name]
    floor = said_by_list(author(raw), LIST_ADDRESS)
    for asked in names_to_ask(raw, author(raw), ALL, NOW):
        known = {other: key for other, key in KEYS.items() if other != asked}
        found = weigh(raw, known, floor=floor)
        assert found.later
        assert found == replace(floor, later=True, reason="no name server answered")


def test_an_absent_key_is_a_verdict():
    found = weigh(signed(), {NAME: ()}, floor=said_by_list(author(MAIL), LIST_ADDRESS))
    assert (found.level, found.later) == (Level.LIST, False)
    assert found.reason == "its key is not in the DNS"


def test_one_true_signature_suffices_whoever_else_is_silent():
    raw = signed(signed(), tags={"s": "silent"})
    assert weigh(raw) == Evidence(Level.SIGNED, "dkim", DOMAIN)


def test_our_own_servers_word_needs_no_dns():
    raw = GENUINE["our server's word"]
    assert names_to_ask(raw, author(raw), ALL, NOW) == ()
    found = weigh(raw, {})
    assert found == Evidence(Level.SIGNED, "authentication-results", DOMAIN)


def test_a_sealers_word_is_the_authors_domains_evidence():
    assert weigh(sealed(MAIL)) == Evidence(Level.SIGNED, "arc", DOMAIN)


@pytest.mark.parametrize("raw", GENUINE.values(), ids=GENUINE)
def test_without_trust_nothing_is_asked_and_the_lists_word_stands(raw):
    floor = said_by_list(author(raw), LIST_ADDRESS)
    assert names_to_ask(raw, author(raw), Trust(), NOW) == ()
    assert weigh(raw, {}, Trust(), floor) == floor


@pytest.mark.parametrize(
    ("trust", "name"),
    [
        (Trust(dkim=True), "our server's word"),
        (Trust(dkim=True), "a trusted sealer's word"),
        (Trust(authserv_ids=(OURS,)), "relaxed"),
        (Trust(arc_sealers=(LISTS,)), "relaxed"),
        (Trust(arc_sealers=("google.com",)), "a trusted sealer's word"),
    ],
)
def test_only_what_is_configured_is_believed(trust, name):
    keys = {**KEYS, f"unknown._domainkey.{DOMAIN}": ()}
    assert not proves(GENUINE[name], keys, trust)


def test_the_list_says_who_wrote_when_that_is_clear():
    found = said_by_list(author(MAIL), LIST_ADDRESS)
    assert (found.level, found.method, found.domain) == (Level.LIST, "list", LISTS)
    unclear = said_by_list(Author("Nadia", None, Rung.UNKNOWN), LIST_ADDRESS)
    assert (unclear.level, unclear.method) == (Level.NONE, None)


@pytest.mark.parametrize("name", [name for name in FORGED if "rewritten" in name or "wrap" in name])
def test_a_rewritten_from_is_never_more_than_the_lists_word(name):
    floor = said_by_list(author(FORGED[name]), LIST_ADDRESS)
    keys = {**KEYS, f"s1._domainkey.{LISTS}": (rsa_pair().record,)}
    assert weigh(FORGED[name], keys, floor=floor).level <= Level.LIST


def test_a_mail_too_large_is_not_looked_at():
    raw = signed(MAIL + b"x" * LARGEST)
    assert names_to_ask(raw, author(raw), ALL, NOW) == ()
    assert not proves(raw)


@given(st.binary(max_size=2_000))
def test_any_bytes_have_an_answer(raw):
    found = evidence_of(raw, author(raw), ALL, KEYS, NOW)
    assert found.level is Level.NONE


@given(st.data())
def test_a_mutated_mail_proves_nothing_it_should_not(data):
    genuine = data.draw(st.sampled_from(list(GENUINE.values())))
    at = data.draw(st.integers(0, len(genuine) - 1))
    new = data.draw(st.binary(max_size=4))
    raw = genuine[:at] + new + genuine[at + 1 :]
    assert weigh(raw).level in (Level.NONE, Level.SIGNED)
    assert isinstance(names_to_ask(raw, author(raw), ALL, NOW), tuple)
