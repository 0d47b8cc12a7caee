from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config_durations import parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(0, 0), (90, 90), ("30s", 30), ("10m", 600), ("72h", 259_200), (" 5 d ", 432_000)],
)
def test_duration_is_whole_seconds(written, seconds):
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("written", [-1, True, 1.5, None, "", "72", "-3h", "1h30m", "٣h", [], "1w"])
def test_anything_else_is_refused_with_the_right_form(written):
    with pytest.raises(ValueError, match="is no duration; write seconds, or a number with"):
        parse_duration(written)


@given(st.integers(0, 10**6))
def test_units_agree(number):
    assert parse_duration(f"{number}m") == parse_duration(f"{number * 60}s")


@given(st.text())
def test_text_is_a_duration_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert parse_duration(text) >= 0
