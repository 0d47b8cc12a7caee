"""The difference of two texts is whole, readable and cheap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.worddiff import Piece, plain_diff, word_diff

words = st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "long", "\n\n"]), max_size=30)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a b c\n", "a x c\n", "a [-b-]{+x+} c\n"),
        ("a b\n", "a\n", "a [-b-]\n"),
        ("a\n", "a\nb\n", "a\n{+b+}\n"),
        ("1\n2\n3\n4\nold\n", "1\n2\n3\n4\nnew\n", "[…]\n4\n[-old-]{+new+}\n"),
        ("same\n", "same\n", ""),
        ("It must be so.\n", "It can be so.\n", "It [-must-]{+can+} be so.\n"),
        ("It must be so.\n", "It goes away.\n", "It [-must be so.-]{+goes away.+}\n"),
    ],
)
def test_what_was_taken_out_and_put_in_is_marked(old, new, shown):
    assert " ".join(plain_diff(word_diff(old, new)).split()) == " ".join(shown.split())


@given(words, words)
def test_every_word_of_either_text_that_changed_is_there(old, new):
    pieces = word_diff("".join(old), "".join(new))
    kept = "".join(piece.text for piece in pieces if piece.kind in {"same", "out"})
    put = "".join(piece.text for piece in pieces if piece.kind in {"same", "into"})
    if not any(piece.kind == "gap" for piece in pieces) and pieces:
        assert kept == "".join(old)
        assert put == "".join(new)
    assert bool(pieces) == ("".join(old) != "".join(new))


@pytest.mark.parametrize("size", [5_000, 50_000])
def test_a_stretch_too_large_to_compare_is_shown_as_a_whole(size):
    old, new = "old " * size, "new " * size
    assert word_diff(old, new) == (Piece("out", old), Piece("into", new))
    lines = ("x\n" * size, "y\n" * size)
    assert [piece.kind for piece in word_diff(*lines)] == ["out", "into"]


def test_many_changed_stretches_are_compared_as_far_as_the_budget_goes():
    old = "".join(f"same {n}\n" + "a b " * 200 + "\n" for n in range(100))
    pieces = word_diff(old, old.replace("a b", "a c"))
    assert "".join(piece.text for piece in pieces if piece.kind == "into").count("c") == 20_000
