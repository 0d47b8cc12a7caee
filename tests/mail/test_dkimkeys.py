from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing import WEAK, ed25519_pair, rsa_pair

from bridge.mail.dkimkeys import Key, read_key

PAIRS = [rsa_pair(1024), rsa_pair(), ed25519_pair()]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.kind)
def test_a_key_tells_what_its_other_half_signed(pair):
    key = read_key((pair.record,), pair.kind)
    assert isinstance(key, Key)
    assert key.signed(pair.sign(b"words"), b"words")
    assert not key.signed(pair.sign(b"words"), b"other words")
    assert not key.signed(b"", b"words")


@pytest.mark.parametrize(
    ("record", "kind", "reason"),
    [
        (WEAK[512].record, "rsa", "cannot be read|512 bits"),
        (WEAK[768].record, "rsa", "cannot be read|768 bits"),
        (rsa_pair(8192 // 2 + 8).record, "rsa", "4104 bits"),
        (rsa_pair().record, "ed25519", "another kind"),
        (rsa_pair().record.replace(b"k=rsa", b"k=ed25519"), "ed25519", "cannot be read"),
        (ed25519_pair().record.replace(b"k=ed25519", b"k=rsa"), "rsa", "cannot be read"),
        (b"v=DKIM1; p=", "rsa", "revoked"),
        (rsa_pair().record + b"; t=y", "rsa", "tests"),
    ],
)
def test_a_key_not_to_rely_on_is_refused_with_a_reason(record, kind, reason):
    refused = read_key((record,), kind)
    assert isinstance(refused, str)
    assert re.search(reason, refused)


def test_space_inside_a_key_is_none():
    record = rsa_pair().record.replace(b"p=MIIB", b"p=MI IB\t")
    assert isinstance(read_key((record,), "rsa"), Key)


def test_no_record_and_several_are_no_key():
    assert read_key((), "rsa") == "its key is not in the DNS"
    assert read_key((rsa_pair().record,) * 2, "rsa") == "its name has several keys"


@given(st.binary(max_size=200), st.sampled_from(["rsa", "ed25519"]))
def test_any_record_is_a_key_or_a_reason(record, kind):
    assert isinstance(read_key((record,), kind), str)
    assert isinstance(read_key((b"p=" + record,), kind), str | Key)
