"""What a reading process answers: a post goes through JSON unchanged, nothing else comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pytest
from test_mutated_mails import LIST, POSTING, mutated

from bridge.ids import Instant
from bridge.mail.parse import Post, parse_mail
from bridge.mail.values import plain, restored


class Colour(StrEnum):
    RED = "red"


class Pair(NamedTuple):
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Tree:
    colour: Colour
    at: Instant | None
    pair: Pair
    said: Mapping[str, str] = field(default_factory=dict)
    below: tuple[Tree, ...] = ()


TREE = Tree(
    Colour.RED, None, Pair("a", 1), {"from": "b"}, (Tree(Colour.RED, Instant(2), Pair("", 0)),)
)


def through_json(post: Post) -> Post:
    return restored(Post, json.loads(json.dumps(plain(post))))


def test_every_kind_of_value_comes_back_as_it_was():
    assert restored(Tree, json.loads(json.dumps(plain(TREE)))) == TREE


@pytest.mark.parametrize("path", sorted((Path(__file__).parent.parent / "data").glob("*.eml")))
def test_a_post_comes_back_as_it_was(path):
    post = parse_mail(path.read_bytes(), list_id=LIST, posting_address=POSTING)
    assert through_json(post) == post


def test_posts_of_mutated_mails_come_back_as_they_were():
    for raw in mutated(300, seed=4):
        post = parse_mail(raw, list_id=LIST, posting_address=POSTING)
        assert through_json(post) == post


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "blue"},
        {"colour": 1},
        {"at": "2"},
        {"at": True},
        {"at": 2.0},
        {"pair": ["a"]},
        {"pair": ["a", "1"]},
        {"pair": {"name": "a"}},
        {"said": {"from": 1}},
        {"said": ["from"]},
        {"below": {}},
        {"below": [[]]},
        {"below": None},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_not_of_the_declared_type_is_refused(change):
    with pytest.raises(ValueError, match=r"."):
        restored(Tree, plain(TREE) | change)


def test_a_field_that_is_missing_is_refused():
    found = plain(TREE)
    del found["said"]
    with pytest.raises(ValueError, match="fields of a Tree"):
        restored(Tree, found)
