"""The list host's own signature: genuine copies pass, nothing else does, silence is no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing import LISTS, MAIL, SEALER_NAME, USUAL, WEAK, ed25519_pair, rsa_pair, signed

from bridge.ids import Instant
from bridge.mail.listproof import names_of_list, signed_by

NOW = Instant(1_761_811_200_000)
NAMES = (*USUAL, "list-id")
COPY = b"List-Id: <pc.lists.example.org>\r\n" + MAIL
KEYS = {SEALER_NAME: (rsa_pair().record,)}


def copy(raw=COPY, pair=None, **how):
    return signed(raw, pair, **{"domain": LISTS, "names": NAMES, **how})


FORGED = {
    "not signed": COPY,
    "signed by the author's domain": copy(domain="people.example"),
    "signed by a domain below": copy(domain=f"evil.{LISTS}"),
    "signed by a domain above": copy(domain="example.org"),
    "signed with another key": copy(pair=rsa_pair(1024)),
    "List-Id not signed": copy(names=USUAL),
    "another list's copy": copy(COPY.replace(b"<pc.", b"<evil.")).replace(b"<evil.", b"<pc."),
    "a List-Id above": b"List-Id: <pc.lists.example.org>\r\n" + copy(COPY.replace(b"<pc", b"<x")),
    "another From": copy().replace(b"nadia@", b"amina@"),
    "another text": copy().replace(b"support", b"oppose"),
    "more text": copy() + b"And all else.\r\n",
    "a part signed": copy(length=5),
    "a From above": b"From: evil@evil.example\r\n" + copy(),
    "expired": copy(tags={"x": "1761811199"}),
    "SHA-1": copy(tags={"a": "rsa-sha1"}),
    "a doubtful header": b"From : x\r\n" + copy(),
    "too large": copy(COPY + b"x" * 1024 * 1024),
}


@pytest.mark.parametrize("domains", [(LISTS,), ("other.example", LISTS.upper())])
def test_the_lists_own_copy_is_known_by_its_signature(domains):
    assert names_of_list(copy(), domains, NOW) == (SEALER_NAME,)
    assert signed_by(copy(), domains, KEYS, NOW) == (LISTS,)


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED)
def test_a_strangers_copy_is_not(raw):
    assert signed_by(raw, (LISTS,), KEYS, NOW) == ()


def test_a_weak_key_is_no_proof():
    raw = copy(pair=WEAK[512])
    assert signed_by(raw, (LISTS,), {SEALER_NAME: (WEAK[512].record,)}, NOW) == ()


def test_silence_is_no_answer_and_an_absent_key_is_one():
    assert signed_by(copy(), (LISTS,), {}, NOW) is None
    assert signed_by(copy(), (LISTS,), {SEALER_NAME: ()}, NOW) == ()


def test_one_true_signature_suffices_whoever_else_is_silent():
    raw = copy(copy(), ed25519_pair(), tags={"s": "silent"})
    assert signed_by(raw, (LISTS,), KEYS, NOW) == (LISTS,)


@given(st.binary(max_size=500))
def test_any_bytes_are_signed_by_nobody(raw):
    assert names_of_list(raw, (LISTS,), NOW) == ()
    assert signed_by(raw, (LISTS,), KEYS, NOW) == ()
