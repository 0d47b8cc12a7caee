from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.lines import next_filled, paragraph_end, split_lines


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a", [(0, "a")]),
        ("> a\n>> b\n", [(1, "a"), (2, "b")]),
        ("> > > a\n", [(3, "a")]),
        (">\n", [(1, "")]),
        (" > a\n", [(1, "a")]),
        (">From the start\n", [(0, ">From the start")]),
        ("> x\n>From y\n", [(1, "x"), (1, "From y")]),
        ("a\u2028b\rc\n", [(0, "a\u2028b\rc")]),
    ],
)
def test_a_line_has_its_quote_depth(body, expected):
    assert [(line.depth, line.text) for line in split_lines(body)] == expected


@given(st.text(alphabet="> ab\n\r\v\u2028é"))
def test_lines_tile_the_body(body):
    lines = split_lines(body)
    assert "".join(body[line.start : line.end] for line in lines) == body


def test_looking_ahead_stops_where_it_was_told():
    lines = split_lines("a\nb\n\n\nc\n> d")
    assert paragraph_end(lines, 0, most=9) == 2
    assert paragraph_end(lines, 0, most=1) == 1
    assert next_filled(lines, 2, blanks=1) is None
    assert next_filled(lines, 2, blanks=2) == 4
