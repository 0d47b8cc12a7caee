"""The stored mail tree is a function of what was claimed, whatever came first (promise P6)."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import memory_tx

from bridge.domain.threads import build, claims_of
from bridge.ids import Instant, ListId, MessageId
from bridge.store import threads
from bridge.store.threads import Joined, Node

LIST = ListId("pc.lists.example.org")
NAMES = st.sampled_from([MessageId(f"{letter}@example.org") for letter in "abcdefg"])
# References as they come: too short, too long, in wrong order, naming itself, naming nobody known.
MAILS = st.dictionaries(NAMES, st.lists(NAMES, max_size=4).map(tuple), max_size=7)


FEW = settings(max_examples=40)


def stored(mails, order):
    """Return parent and root of each mail after they arrived in this order."""
    with memory_tx() as tx:
        for name in order:
            threads.record_references(tx, LIST, name, mails[name])
        places = {name: threads.node_of(tx.conn, LIST, name) for name in mails}
        return {name: (place.parent, place.root) for name, place in places.items()}


def built(mails):
    """Return the same from all claims at once, without a database."""
    claims = [claim for name, refs in mails.items() for claim in claims_of(name, refs)]
    whole = build(claims, dict.fromkeys(mails, Instant(0)))
    return {name: (whole.parent.get(name), whole.root[name]) for name in mails}


@FEW
@given(MAILS.flatmap(lambda mails: st.tuples(st.just(mails), st.permutations(sorted(mails)))))
def test_any_order_of_arrival_gives_the_same_tree(case):
    mails, order = case
    assert stored(mails, order) == stored(mails, sorted(mails))


@FEW
@given(MAILS)
def test_the_tree_is_the_one_the_domain_builds_from_all_claims_at_once(mails):
    assert stored(mails, sorted(mails)) == built(mails)


@FEW
@given(MAILS)
def test_a_second_delivery_changes_nothing(mails):
    twice = [name for name in sorted(mails) for _ in range(2)]
    assert stored(mails, twice) == stored(mails, sorted(mails))


def conversation(thread, chance):
    """Return the mails of one thread; some References are cut, broken or name lost mails."""
    names = [MessageId(f"T{thread}.{n}@example.org") for n in range(chance.randint(2, 5))]
    mails, lines = {}, {}
    for n, name in enumerate(names):
        parent = chance.choice(names[:n]) if n else None
        lines[name] = (*lines[parent], parent) if parent else ()
        shape = chance.random()
        refs = lines[name][-1:] if shape < 0.2 else lines[name]
        mails[name] = (*refs[:1], MessageId(f"lost{thread}@x"), *refs[1:]) if shape > 0.9 else refs
    if chance.random() < 0.2:
        del mails[names[0]]
    return mails


def test_two_hundred_threads_in_any_order_give_the_tree_of_all_their_claims():
    chance = random.Random(6)
    mails = {}
    for thread in range(200):
        mails |= conversation(thread, chance)
    assert stored(mails, chance.sample(list(mails), len(mails))) == built(mails)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_thousand_threads_in_any_order_give_the_same_tree(seed):
    chance = random.Random(seed)
    mails = {}
    for thread in range(1_000):
        mails |= conversation(thread, chance)
    assert stored(mails, chance.sample(list(mails), len(mails))) == stored(mails, list(mails))


def test_a_message_nobody_has_seen_keeps_its_branches_together():
    with memory_tx() as tx:
        for name in ("b", "c"):
            threads.record_references(tx, LIST, MessageId(name), (MessageId("a"),))
        assert threads.node_of(tx.conn, LIST, MessageId("a")) == Node("a", None, "a", None)
        assert threads.node_of(tx.conn, LIST, MessageId("c")).root == "a"


def test_a_late_root_takes_its_place_and_keeps_when_it_arrived():
    with memory_tx(now=10) as tx:
        threads.record_references(tx, LIST, MessageId("b"), (MessageId("a"),))
        joined = threads.record_references(tx, LIST, MessageId("a"), ())
        assert joined == Joined(Node("a", None, "a", 10), (), is_junction=False)
        assert threads.ancestors(tx.conn, LIST, MessageId("b")) == ["a"]


def test_the_same_message_ids_on_two_lists_are_two_trees():
    other = ListId("announce.lists.example.org")
    with memory_tx() as tx:
        threads.record_references(tx, LIST, MessageId("b"), (MessageId("a"),))
        threads.record_references(tx, other, MessageId("b"), ())
        assert threads.node_of(tx.conn, LIST, MessageId("b")).parent == "a"
        assert threads.node_of(tx.conn, other, MessageId("b")).parent is None
        assert threads.node_of(tx.conn, other, MessageId("a")) is None


def test_ancestors_run_from_the_parent_to_the_root():
    with memory_tx() as tx:
        line = tuple(MessageId(name) for name in "abc")
        threads.record_references(tx, LIST, MessageId("d"), line)
        assert threads.ancestors(tx.conn, LIST, MessageId("d")) == ["c", "b", "a"]
        assert threads.ancestors(tx.conn, LIST, MessageId("a")) == []
        assert threads.ancestors(tx.conn, LIST, MessageId("unknown")) == []
