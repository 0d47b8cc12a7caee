"""Ghosts: ids without addresses, names without tricks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.ghosts import NAME_LENGTH, Namespace, ghost_name, one_line

OURS = Namespace(server_name="hs.test", prefix="list_", bot="seconded")


def test_a_ghosts_id_does_not_show_the_address():
    ghost = OURS.ghost_id(b"key", "jane@example.org")
    assert ghost.startswith("@list_")
    assert ghost.endswith(":hs.test")
    assert "jane" not in ghost


def test_one_author_is_one_ghost_however_the_address_is_written():
    assert OURS.ghost_id(b"key", "Jane@Example.org ") == OURS.ghost_id(b"key", "jane@example.org")


@pytest.mark.parametrize(
    ("user", "is_ghost", "is_ours"),
    [
        ("@list_abc:hs.test", True, True),
        ("@seconded:hs.test", False, True),
        ("@jane:hs.test", False, False),
        ("@list_abc:evil.test", False, False),
        ("@list_abc:hs.test:8448", False, False),
        ("@list_abc", False, False),
        ("", False, False),
    ],
)
def test_only_our_namespace_is_ours(user, is_ghost, is_ours):
    assert (OURS.is_ghost(user), OURS.owns_user(user)) == (is_ghost, is_ours)


@pytest.mark.parametrize(
    ("alias", "is_ours"),
    [("#list_pc:hs.test", True), ("#pc:hs.test", False), ("@list_pc:hs.test", False)],
)
def test_only_aliases_with_our_prefix_are_ours(alias, is_ours):
    assert OURS.owns_alias(alias) is is_ours


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ("Jane Doe", "Jane Doe (list)"),
        ("  Jane \t\n Doe ", "Jane Doe (list)"),
        ("Jane\u202eeoD", "JaneeoD (list)"),
        ("Ja\u200bne\u2066", "Jane (list)"),
        ("\x00\x07", "Unknown author (list)"),
        ("", "Unknown author (list)"),
        ("عائشة", "عائشة (list)"),
        ("x" * 200, "x" * (NAME_LENGTH - 1) + "… (list)"),
    ],
)
def test_a_ghosts_name_is_clean_and_says_where_it_comes_from(author, shown):
    assert ghost_name(author) == shown


@given(st.text())
def test_one_line_is_one_drawable_line(text):
    line = one_line(text, 20)
    assert len(line) <= 20
    assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
