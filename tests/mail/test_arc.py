"""ARC chains by themselves; what they prove of an author is in ``test_authorship``."""

from __future__ import annotations

import pytest
from signing import LISTS, MAIL, SEALER_NAME, rsa_pair, sealed

from bridge.ids import Instant
from bridge.mail.arc import MOST_LINKS, Chain, is_sealed, read_chain
from bridge.mail.dkimkeys import read_key
from bridge.mail.rawfields import read_raw_mail

NOW = Instant(1_761_811_200_000)
OTHER = "relay.example.net"


def chain_of(raw, sealers=(LISTS,)):
    return read_chain(read_raw_mail(raw), sealers, NOW)


def test_a_mail_without_a_chain_has_none_and_no_fault():
    assert chain_of(MAIL) == ""


def test_a_chain_is_believed_as_far_down_as_its_sealers_are_trusted():
    below = sealed(sealed(MAIL, domain=OTHER))
    assert chain_of(below).believed == 1
    assert chain_of(below, (LISTS, OTHER)).believed == 2
    assert isinstance(chain_of(below, (OTHER,)), str)


def test_what_a_stranger_found_below_a_trusted_seal_is_not_believed():
    below = sealed(sealed(MAIL, domain=OTHER), results="dkim=fail header.d=people.example")
    assert not chain_of(below).says_pass("people.example")
    assert chain_of(below, (LISTS, OTHER)).says_pass("people.example")


def test_every_believed_seal_must_be_its_sealers():
    chain = chain_of(sealed(sealed(MAIL)))
    key, other = (read_key((pair.record,), "rsa") for pair in (rsa_pair(), rsa_pair(1024)))
    assert is_sealed(chain, {SEALER_NAME: key})
    assert not is_sealed(chain, {SEALER_NAME: other})


def test_a_chain_as_long_as_allowed_is_read_and_a_longer_one_is_not():
    raw = MAIL
    for _ in range(MOST_LINKS):
        raw = sealed(raw)
    assert isinstance(chain_of(raw), Chain)
    assert len(chain_of(raw).signatures) <= 4
    assert isinstance(chain_of(sealed(raw)), str)


@pytest.mark.parametrize("name", [b"ARC-Seal", b"ARC-Message-Signature"])
def test_a_link_without_one_of_its_fields_breaks_the_chain(name):
    raw = sealed(MAIL).replace(name + b":", b"X-Gone:")
    assert chain_of(raw) == "its ARC chain is broken"
