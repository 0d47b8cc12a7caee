from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.threads import (
    DAY,
    SUBJECT_WINDOW,
    Claim,
    Topic,
    build,
    claims_of,
    subject_parent,
)
from bridge.ids import Instant, MessageId

NAMES = [MessageId(name) for name in "abcdefgh"]


def ids(text):
    return tuple(MessageId(letter) for letter in text)


def forest_of(*posts):
    """Build from ``"c:ab"``: post c whose References are a and b."""
    split = [post.partition(":") for post in posts]
    arrived = {MessageId(name): Instant(0) for name, _, _ in split}
    claims = [claim for name, _, refs in split for claim in claims_of(MessageId(name), ids(refs))]
    return build(claims, arrived)


def test_a_post_claims_its_parent_and_its_ancestors_parents():
    assert claims_of(MessageId("c"), ids("abca")) == (
        Claim(MessageId("b"), MessageId("a"), MessageId("c"), rank=1),
        Claim(MessageId("c"), MessageId("b"), MessageId("c"), rank=0),
    )
    assert claims_of(MessageId("c"), ()) == ()


@pytest.mark.parametrize(
    ("posts", "parents"),
    [
        (["a"], {"a": None}),
        (["a", "b:a", "c:ab"], {"a": None, "b": "a", "c": "b"}),
        (["c:ab"], {"a": None, "b": "a", "c": "b"}),
        (["b:a", "c:ab", "d:ac"], {"a": None, "b": "a", "c": "b", "d": "c"}),
        # Own claims win over what others say about a message.
        (["c:a", "d:abc"], {"a": None, "b": "a", "c": "a", "d": "c"}),
        # A cycle is broken at the same place whatever came first.
        (["a:b", "b:a"], {"a": "b", "b": None}),
        (["a:a"], {"a": None}),
        # Two roots that one post connects end in one tree.
        (["c:a", "d:bc"], {"a": None, "b": "a", "c": "a", "d": "c"}),
    ],
)
def test_headers_make_a_tree(posts, parents):
    assert dict(forest_of(*posts).parent) == parents
    assert dict(forest_of(*reversed(posts)).parent) == parents


def test_a_missing_root_keeps_its_branches_together():
    forest = forest_of("b:a", "c:a", "d:ac")
    assert {forest.root[MessageId(name)] for name in "abcd"} == {"a"}


def test_a_late_root_changes_no_parent():
    before, after = forest_of("b:a", "c:ab"), forest_of("b:a", "c:ab", "a")
    assert dict(before.parent) == dict(after.parent)


POSTS = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=5), max_size=8
)


@given(POSTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(posts, chance):
    claims = [claim for name, refs in posts.items() for claim in claims_of(name, refs)]
    arrived = {name: Instant(k) for k, name in enumerate(posts)}
    shuffled = chance.sample(claims, len(claims)) + claims[:2]
    later = {name: Instant(99 - k) for k, name in enumerate(reversed(posts))}
    assert build(claims, arrived) == build(shuffled, later)


@given(POSTS)
def test_every_message_climbs_to_its_root(posts):
    claims = [claim for name, refs in posts.items() for claim in claims_of(name, refs)]
    forest = build(claims, dict.fromkeys(posts, Instant(0)))
    for name, root in forest.root.items():
        above = name
        for _ in forest.parent:
            above = forest.parent[above] or above
        assert above == root
        assert forest.parent[root] is None


@given(POSTS)
def test_what_a_claim_connects_is_one_tree(posts):
    claims = [claim for name, refs in posts.items() for claim in claims_of(name, refs)]
    forest = build(claims, {})
    assert all(forest.root[claim.child] == forest.root[claim.parent] for claim in claims)


def thread(number, chance):
    """Make a thread of up to nine posts whose references may be cut short or lost (P6)."""
    names = [MessageId(f"{number}.{k}@example.org") for k in range(chance.randint(2, 9))]
    chains: dict[MessageId, list[MessageId]] = {names[0]: []}
    for k, name in enumerate(names[1:], start=1):
        parent = names[chance.randrange(k)]
        chains[name] = [*chains[parent], parent]
    cut = {name: chain[-chance.choice([1, 2, 99]) :] for name, chain in chains.items()}
    if chance.random() < 0.3:
        del cut[names[0]]
    return cut


def tree(posts):
    claims: list[Claim] = []
    arrived: dict[MessageId, Instant] = {}
    forest = build(claims, arrived)
    for name, chain in posts:
        arrived[name] = Instant(len(arrived))
        claims.extend(claims_of(name, chain))
        forest = build(claims, arrived)
    return forest


def test_a_thousand_threads_in_any_order_give_the_same_trees():
    chance = random.Random(20251103)
    for number in range(1000):
        posts = list(thread(number, chance).items())
        shuffled = chance.sample(posts, len(posts))
        assert tree(shuffled) == tree(posts)


def test_a_chain_of_ten_thousand_is_no_trouble():
    names = [MessageId(str(k)) for k in range(10_000)]
    claims = [claims_of(child, [parent])[0] for parent, child in pairwise(names)]
    assert set(build(claims, {}).root.values()) == {"0"}


def topic(name, subject, day, *, is_reply=True, has_references=False):
    date = None if day is None else Instant(day * DAY)
    return Topic(MessageId(name), subject, date, is_reply, has_references)


OLD = [
    topic("far", "joint statement", 0, is_reply=False),
    topic("first", "joint statement", 20, is_reply=False),
    topic("other", "another matter", 21),
    topic("undated", "joint statement", None),
    topic("later", "joint statement", 23),
]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (topic("x", "joint statement", 22), "first"),
        (topic("x", "joint statement", 24), "later"),
        (topic("x", "joint statement", 14), "far"),
        (topic("x", "joint statement", 15), None),
        (topic("x", "joint statement", None), None),
        (topic("x", "joint statement", 22, is_reply=False), None),
        (topic("x", "joint statement", 22, has_references=True), None),
        (topic("x", "hello", 22), None),
        (topic("x", "a third matter", 22), None),
    ],
)
def test_the_subject_names_a_parent_only_when_nothing_else_does(reply, expected):
    assert subject_parent(reply, [*OLD, reply, topic("hi", "hello", 21)]) == expected


def test_the_subject_window_is_two_weeks():
    assert SUBJECT_WINDOW == 14 * DAY
