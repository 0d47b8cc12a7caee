"""Only what a homeserver takes leaves us."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Permanent
from bridge.matrix.canonical import MAX_CONTENT, clean_text, encode_content


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("nul\x00 bell\x07 del\x7f c1\x85", "nul bell del c1"),
        ("half \ud83d smile", "half \ufffd smile"),
        ("tab\tstays 🙂", "tab\tstays 🙂"),
    ],
)
def test_text_is_cleaned(dirty, clean):
    assert clean_text(dirty) == clean


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"a": [0.5]}, "float"),
        ({"a": float("nan")}, "float"),
        ({"a": 2**60}, "too large"),
        ({"a": "\udfff"}, "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        ({"a": {1, 2}}, "set"),
        ({"a": b"x"}, "bytes"),
        ({"a": "x" * MAX_CONTENT}, "bytes, more than"),
        (nested(100), "nested"),
    ],
)
def test_what_no_homeserver_takes_is_refused_for_good(content, named):
    with pytest.raises(Permanent, match=named):
        encode_content(content)


clean_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text().map(clean_text),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().map(clean_text), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text().map(clean_text), clean_values))
def test_clean_content_is_encoded_as_it_is(content):
    text = encode_content(content)
    assert text.isascii()
    assert json.loads(text) == content
