from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.flowed import unflow


@pytest.mark.parametrize(
    ("text", "delsp", "expected"),
    [
        ("a soft \nbreak\n", False, "a soft break\n"),
        ("del \nsp", True, "delsp"),
        ("fixed\nlines", False, "fixed\nlines"),
        (" stuffed\n >not a quote", False, "stuffed\n>not a quote"),
        ("> quoted \n> on\n", False, "> quoted on\n"),
        ("> one \n>> two", False, "> one \n>> two"),
        ("words \n-- \nJane \nDoe", False, "words \n-- \nJane Doe"),
        ("open \n", False, "open "),
        (">\n", False, "> \n"),
    ],
)
def test_soft_breaks_go_and_hard_ones_stay(text, delsp, expected):
    assert unflow(text, delsp=delsp) == expected


@given(st.text(alphabet="> ab\n-"), st.booleans())
def test_no_letter_is_lost(text, delsp):
    assert [c for c in unflow(text, delsp=delsp) if c in "ab"] == [c for c in text if c in "ab"]
