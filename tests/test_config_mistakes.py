from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.config_mistakes import options_of, path_of, sentences, unknown_option

Short = Annotated[str, Field(max_length=3, description="three letters")]


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["a", "b"] = Field(default="a", description="a or b")
    shorts: tuple[Short, ...] = ()
    short: Short | None = None


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    inner: Inner | None = None
    many: dict[Short, Inner] = Field(default={}, description="short names")
    hidden: int = Field(default=0, exclude=True)


def told(written: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(written)
    return sentences(caught.value, Outer)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"inner": {"kind": "c"}}, "inner.kind: 'c' does not fit; write a or b"),
        ({"inner": {"kind": ["c"]}}, "inner.kind: a list or other value does not fit; write a o"),
        ({"inner": {"kind": "x" * 99}}, f"inner.kind: '{'x' * 56}… does not fit; write a or b"),
        ({"inner": {"kid": 1}}, "inner.kid: unknown option; did you mean kind?"),
        ({"inner": {"shorts": ["abcd"]}}, "inner.shorts[0]: 'abcd' does not fit; write three le"),
        ({"inner": {"short": "abcd"}}, "inner.short: 'abcd' does not fit; write three letters"),
        ({"inner": 5}, "inner: 5 does not fit; write its options indented below (kind, short,"),
        ({"many": {"abc": {"kind": None}}}, "many.abc.kind: nothing does not fit; write a or b"),
        ({"many": {"abcd": {}}}, "many.abcd: 'abcd' does not fit; write short names"),
        ({"many": 5}, "many: 5 does not fit; write its options indented below (name: value)"),
        ({"zzz": {"x": 1}}, "zzz: unknown option; known here: inner, many"),
    ],
)
def test_sentence_says_where_what_and_the_right_form(written, sentence):
    (found,) = told(written)
    assert found.startswith(sentence)


def test_place_of_the_root_comes_first():
    with pytest.raises(ValidationError) as caught:
        Inner.model_validate({"kind": "c"})
    assert sentences(caught.value, Inner, at=("lists", 2)) == [
        "lists[2].kind: 'c' does not fit; write a or b"
    ]


def test_path_reads_like_yaml():
    assert path_of(("lists", 0, "owner_consent", "date")) == "lists[0].owner_consent.date"


def test_nearest_name_is_offered_whatever_its_case():
    assert unknown_option("Visibility", ["visibility", "id"]).endswith("did you mean visibility?")


def test_fields_that_loading_fills_in_are_no_options():
    assert options_of(Outer) == ["inner", "many"]
    assert options_of(int) == []
