"""The ledger's rows: their hash chain, their order, and how an answer is judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import draft, ledger, write

from bridge.domain.acts import (
    GENESIS,
    Door,
    Facts,
    InTime,
    Reason,
    Verdict,
    act_hash,
    canonical_json,
    chain,
    distinct,
    effective_time,
    is_in_time,
    judge,
    order_key,
    personal_hash,
    verify_chain,
)
from bridge.ids import Instant

THREE = ledger(*(write(person, "endorse", at=at) for at, person in enumerate("abc")))


def test_canonical_json_sorts_keys_and_keeps_letters():
    assert (
        canonical_json({"b": [1, None, True], "a": "é"}) == '{"a":"é","b":[1,null,true]}'.encode()
    )


@pytest.mark.parametrize("value", [1.0, [0.5], {"a": {"b": (1, 2.0)}}])
def test_a_float_is_never_hashed(value):
    with pytest.raises(ValueError, match="is a float"):
        canonical_json(value)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_string_has_a_canonical_form(text):
    assert canonical_json(text).startswith(b'"')


def test_the_first_act_names_the_genesis_and_each_next_one_the_act_before():
    assert [act.seq for act in THREE] == [1, 2, 3]
    assert [act.prev_hash for act in THREE] == [GENESIS, THREE[0].hash, THREE[1].hash]


def test_a_whole_chain_verifies_in_any_order():
    assert verify_chain(reversed(THREE)) is None
    assert verify_chain(()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"position": "object"},
        {"person_ref": "mallory"},
        {"verdict": Verdict.LATE},
        {"flags": ("grace",)},
        {"effective_at": Instant(7)},
        {"hash": "f" * 64},
        {"prev_hash": GENESIS},
    ],
)
def test_an_altered_row_is_found(changes):
    assert verify_chain((THREE[0], replace(THREE[1], **changes), THREE[2])) == 2


def test_a_row_altered_and_hashed_again_breaks_the_next_one():
    forged = chain(replace(THREE[1], position="object"), seq=2, prev_hash=THREE[0].hash)
    assert verify_chain((THREE[0], forged, THREE[2])) == 3


@pytest.mark.parametrize(("rows", "bad"), [((0, 2), 2), ((1, 2), 1), ((0, 0, 1), 2)])
def test_a_row_missing_or_doubled_is_found(rows, bad):
    assert verify_chain([THREE[row] for row in rows]) == bad


def test_a_hash_covers_everything_but_itself():
    assert act_hash(THREE[0]) == act_hash(replace(THREE[0], hash="")) == THREE[0].hash


def test_the_personal_part_shows_only_its_salted_hash():
    personal = {"name": "Ada", "words": "fine"}
    assert personal_hash("salt", personal) != personal_hash("other", personal)
    assert personal_hash("salt", personal) == personal_hash(
        "salt", dict(reversed(personal.items()))
    )


def test_acts_are_ordered_by_when_they_were_done_and_then_by_source():
    early, late = draft("a", Door.CHAT, "endorse", at=1), draft("a", Door.CHAT, "object", at=2)
    twin = draft("a", Door.CHAT, "abstain", at=2, source="$0")
    assert sorted([late, twin, early], key=order_key) == [early, twin, late]


def test_a_second_delivery_is_no_act_and_the_same_id_at_another_door_is():
    first = write("a", "endorse", at=5, source="x")
    again = write("a", "object", at=1, source="x")
    elsewhere = write("a", "abstain", at=6, source="x", door=Door.CHAT)
    assert [act.position for act in distinct(ledger(first, again, elsewhere))] == [
        "endorse",
        "abstain",
    ]


@pytest.mark.parametrize(
    ("claimed", "received", "effective"), [(None, 5, 5), (3, 5, 3), (9, 5, 5), (-1, 5, -1)]
)
def test_a_claimed_time_in_the_future_is_cut_to_the_received_one(claimed, received, effective):
    assert effective_time(claimed, received) == effective


@pytest.mark.parametrize(("received", "found"), [(140, InTime.GRACE), (141, InTime.LATE)])
def test_what_the_first_catch_up_after_an_outage_brings_is_in_time(received, found):
    assert found is is_in_time(
        Instant(99_000),
        Instant(received * 1000),
        deadline=Instant(100_000),
        grace=5,
        caught_up_at=Instant(140_000),
    )


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, (Verdict.ACCEPTED, None)),
        ({"in_time": InTime.GRACE}, (Verdict.ACCEPTED, None)),
        ({"ghost": True, "on_roll": False}, (Verdict.REJECTED, Reason.GHOST)),
        ({"on_roll": False}, (Verdict.REJECTED, Reason.NOT_ON_THE_ROLL)),
        ({"on_roll": False, "in_time": InTime.LATE}, (Verdict.REJECTED, Reason.NOT_ON_THE_ROLL)),
        ({"by_moderator": True}, (Verdict.REJECTED, Reason.REMOVED_BY_MODERATOR)),
        ({"recognised": False}, (Verdict.REJECTED, Reason.NOT_AN_OPTION)),
        ({"delegate": False}, (Verdict.REJECTED, Reason.NOT_A_DELEGATE)),
        ({"door_open": False}, (Verdict.REJECTED, Reason.DOOR_CLOSED)),
        ({"ballot_open": False}, (Verdict.REJECTED, Reason.NOT_OPEN)),
        ({"in_time": InTime.LATE}, (Verdict.LATE, Reason.AFTER_THE_DEADLINE)),
        ({"direct": False}, (Verdict.SUGGESTION, Reason.NOT_AN_ANSWER)),
        ({"evidence_enough": False}, (Verdict.SUGGESTION, Reason.TOO_LITTLE_EVIDENCE)),
    ],
)
def test_an_answer_is_judged_by_the_first_check_that_holds(changes, verdict):
    facts = {"on_roll": True, "in_time": InTime.YES} | changes
    assert judge(Facts(**facts)) == verdict
