"""Signatures one by one; what they prove of an author is in ``test_authorship``."""

from __future__ import annotations

import pytest
from signing import MAIL, rsa_pair, signed

from bridge.ids import Instant
from bridge.mail.dkim import (
    CLOCK_SKEW_MS,
    Signature,
    is_true,
    may_be_of,
    read_seal,
    read_signature,
    why_incomplete,
)
from bridge.mail.dkimkeys import Key, read_key
from bridge.mail.rawfields import read_raw_mail

NOW = Instant(1_761_811_200_000)
# RFC 8463 appendix A.3: one mail with two signatures, and appendix A.2: their keys.
RFC_8463 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC_KEYS = {
    "ed25519": b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "rsa": b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    b"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
    b"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    b"Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}


def first(raw, now=NOW):
    return read_signature(read_raw_mail(raw).all("dkim-signature")[0], now)


@pytest.mark.parametrize(("place", "kind"), [(0, "ed25519"), (1, "rsa")])
def test_the_mail_of_the_rfc_is_true(place, kind):
    mail = read_raw_mail(RFC_8463)
    signature = read_signature(mail.all("dkim-signature")[place], NOW)
    assert isinstance(signature, Signature)
    assert (signature.kind, signature.domain) == (kind, "football.example.com")
    key = read_key((RFC_KEYS[kind],), kind)
    assert isinstance(key, Key)
    assert is_true(signature, mail, key)
    assert why_incomplete(signature, mail) is None


def test_the_mail_of_the_rfc_is_true_no_longer_with_a_word_changed():
    mail = read_raw_mail(RFC_8463.replace(b"lost", b"won"))
    signature = read_signature(mail.all("dkim-signature")[1], NOW)
    assert not is_true(signature, mail, read_key((RFC_KEYS["rsa"],), "rsa"))


def test_a_signature_names_its_key():
    assert first(signed()).name == "s1._domainkey.people.example"


def test_of_several_fields_the_lowest_is_signed_first():
    raw = signed(b"X: 1\r\nX: 2\r\n" + MAIL, names=("from", "subject", "date", "message-id", "x"))
    key = read_key((rsa_pair().record,), "rsa")
    for changed, holds in ((raw.replace(b"X: 1", b"X: 9"), True), (raw[:-3], False)):
        mail = read_raw_mail(changed)
        assert is_true(first(changed), mail, key) is holds


@pytest.mark.parametrize(
    ("now", "is_read"),
    [(NOW - CLOCK_SKEW_MS, True), (NOW - CLOCK_SKEW_MS - 1, False), (NOW + 59_999, True)],
)
def test_a_signature_counts_in_its_time(now, is_read):
    at = NOW // 1000
    raw = signed(tags={"t": str(at), "x": str(at + 60)})
    assert isinstance(first(raw, Instant(now)), Signature) is is_read


def test_a_field_that_nobody_can_read_may_be_anybodys():
    mail = read_raw_mail(b"S: d=a.example\r\nS: d=b.example\r\nS: d=a; d=b\r\nS: x=1\r\n\r\n")
    found = [may_be_of(field, "a.example") for field in mail.fields]
    assert found == [True, False, True, True]


def test_a_seal_signs_neither_fields_nor_text():
    mail = read_raw_mail(b"S: i=1; a=rsa-sha256; d=a.example; s=s; b=AAAA; h=from\r\n\r\n")
    assert isinstance(read_seal(mail.fields[0], NOW), str)
