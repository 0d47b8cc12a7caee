from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config_yaml import parse_yaml, read_yaml
from bridge.errors import ConfigError


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "c.yaml")
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1", "c.yaml: line 1, column 6: expected ',' or ']'"),
        ("a: 1\n\tb: 2", "c.yaml: line 2, column 1: found character '\\t'"),
        ("a: &x 1\nb: *y", "c.yaml: line 2, column 4: found undefined alias"),
        ("a: !!python/name:os.system x", "c.yaml: line 1, column 4: could not determine a const"),
        ("? [a]\n: 1", "c.yaml: line 1, column 3: found unhashable key"),
        ("a: \x00", "c.yaml: unacceptable character #x0000"),
        ("a: 2025-02-30", "c.yaml: holds an impossible value"),
        ("", "c.yaml: is empty or no mapping"),
        ("- a", "c.yaml: is empty or no mapping"),
    ],
)
def test_syntax_error_names_line_and_column(text, sentence):
    (found,) = mistakes(text)
    assert found.startswith(sentence)


def test_every_key_written_twice_is_told_with_both_lines():
    text = "a: 1\nb:\n  - c: 1\n    c: 2\n    c: 3\na: 2\n"
    assert mistakes(text) == [
        "c.yaml: line 6, column 1: 'a' stands already on line 1; keep one of them",
        "c.yaml: line 4, column 5: 'c' stands already on line 3; keep one of them",
        "c.yaml: line 5, column 5: 'c' stands already on line 3; keep one of them",
    ]


def test_same_key_in_two_mappings_is_fine():
    assert parse_yaml("a: {c: 1}\nb: {c: 1}", "c.yaml") == {"a": {"c": 1}, "b": {"c": 1}}


def test_anchor_that_holds_itself_is_no_endless_walk():
    assert list(parse_yaml("a: &x [*x]", "c.yaml")) == ["a"]


def test_unreadable_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.yaml: cannot be read: No such file"):
        read_yaml(tmp_path / "no.yaml")


def test_file_in_another_charset_is_named(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_bytes(b"a: \xe9")
    with pytest.raises(ConfigError, match=r"c\.yaml: is not UTF-8 at byte 3"):
        read_yaml(path)


@given(st.text(alphabet="ab:-[]{}&*!? \n'\"#|>1\t"))
def test_any_text_is_a_mapping_or_a_config_error(text):
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_yaml(text, "c.yaml"), dict)
