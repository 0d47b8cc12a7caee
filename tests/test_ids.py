"""Keys are derived: the same parts give the same key, different parts another one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ids import MessageId, digest, ghost_localpart, message_id_hash, stranger_ref

# Lone surrogates too: they come out of broken headers.
TEXT = st.text(st.characters())
PARTS = st.lists(TEXT | st.integers(), max_size=4)
KEY = b"k" * 32
GHOST = "list_744jn5roxflj32jbncrd"


@given(PARTS)
def test_a_second_run_derives_the_same_key(parts):
    assert digest(*parts) == digest(*parts)
    assert re.fullmatch("[0-9a-f]{64}", digest(*parts))


@given(PARTS, PARTS)
def test_different_parts_give_different_keys(one, other):
    same = [str(part) for part in one] == [str(part) for part in other]
    assert (digest(*one) == digest(*other)) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("ab",), ("a", "b")),
        (("a", ""), ("a",)),
        ((), ("",)),
        (("é",), ("e\u0301",)),
    ],
)
def test_where_one_part_ends_is_not_ambiguous(one, other):
    assert digest(*one) != digest(*other)


def test_keys_written_by_earlier_versions_are_still_found():
    assert digest("txn", "post:1", 0).startswith("3afaf95ba6146649")
    assert message_id_hash(MessageId("a@example.org")).startswith("e16bfe08be114c7b")
    assert ghost_localpart("list_", KEY, "ada@example.org") == GHOST
    assert stranger_ref(KEY, "@mallory:hs.test") == "?6tnbyvw6yc7idqoi"


@given(TEXT)
def test_any_message_id_has_a_hash(text):
    assert re.fullmatch("[0-9a-f]{64}", message_id_hash(MessageId(text)))


@pytest.mark.parametrize(
    "written", ["ada@example.org", "Ada@Example.ORG", " ada@example.org\t", "ADA@EXAMPLE.ORG"]
)
def test_one_author_has_one_ghost_however_the_address_is_written(written):
    assert ghost_localpart("list_", KEY, written) == ghost_localpart(
        "list_", KEY, "ada@example.org"
    )


@given(TEXT)
def test_a_ghost_is_a_legal_localpart_that_does_not_show_the_address(address):
    local = ghost_localpart("list_", KEY, address)
    assert re.fullmatch("list_[a-z2-7]{20}", local)


def test_another_instance_has_other_ghosts_and_pseudonyms():
    other = b"o" * 32
    assert ghost_localpart("list_", KEY, "a@b.c") != ghost_localpart("list_", other, "a@b.c")
    assert stranger_ref(KEY, "@a:hs.test") != stranger_ref(other, "@a:hs.test")


@given(TEXT)
def test_a_pseudonym_is_never_a_slug_of_the_roster(identity):
    assert re.fullmatch(r"\?[a-z2-7]{16}", stranger_ref(KEY, identity))


def test_a_pseudonym_says_nothing_about_the_ghost_of_the_same_person():
    ghost = ghost_localpart("", KEY, "@a:hs.test")
    assert not ghost.startswith(stranger_ref(KEY, "@a:hs.test")[1:])
