"""The state machine as a table, and the text that is locked."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import roll

from bridge.domain.ballots import (
    COUNTING,
    TRANSITIONS,
    Ballot,
    IllegalTransition,
    State,
    Trigger,
    may_be_replaced,
    normalise_text,
    statement_text,
    step,
)
from bridge.domain.deadlines import Deadline
from bridge.domain.rules import Rule


@pytest.mark.parametrize(
    ("triggers", "state"),
    [
        (["lock", "call_seen", "deadline_passed", "result_seen"], State.ANNOUNCED),
        (["publish", "lock", "new_text", "lock", "call_seen"], State.OPEN),
        (["lock", "call_seen", "final_call", "objection", "final_call"], State.FINAL_CALL),
        (["lock", "call_seen", "objection", "extend", "deadline_passed"], State.CLOSED),
        (["lock", "call_seen", "final_call", "deadline_passed", "extend"], State.OPEN),
        (["lock", "extend", "call_seen"], State.OPEN),
        (["lock", "withdraw"], State.WITHDRAWN),
        (["lock", "call_seen", "supersede"], State.SUPERSEDED),
        (["supersede"], State.SUPERSEDED),
        (["publish", "supersede"], State.SUPERSEDED),
        (["lock", "supersede"], State.SUPERSEDED),
    ],
)
def test_a_ballot_goes_its_way(triggers, state):
    reached = State.DRAFT
    for trigger in triggers:
        reached = step(reached, Trigger(trigger))
    assert reached is state


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("trigger", Trigger)
def test_a_trigger_the_state_does_not_know_raises_and_says_what_is_possible(state, trigger):
    if trigger in TRANSITIONS[state]:
        assert step(state, trigger) is TRANSITIONS[state][trigger]
        return
    with pytest.raises(IllegalTransition, match=f"is {state} cannot {trigger}; possible: "):
        step(state, trigger)


@pytest.mark.parametrize("state", [State.ANNOUNCED, State.WITHDRAWN, State.SUPERSEDED])
def test_what_is_final_stays(state):
    assert TRANSITIONS[state] == {}


def test_a_closed_ballot_cannot_be_withdrawn():
    with pytest.raises(IllegalTransition):
        step(State.CLOSED, Trigger.WITHDRAW)


def test_a_new_ballot_takes_the_place_of_any_that_has_no_result():
    stands = {state for state in State if not may_be_replaced(state)}
    assert stands == {State.CLOSED, State.ANNOUNCED, State.SUPERSEDED}


def test_every_state_has_a_row_and_only_open_ones_count():
    assert set(TRANSITIONS) == set(State)
    assert {State.OPEN, State.FINAL_CALL} == COUNTING


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        (" \r\n\t\n", ""),
        ("a", "a\n"),
        ("a \r\nb\t\r\rc\n\n\n", "a\nb\n\nc\n"),
        ("e\u0301", "\u00e9\n"),
        ("  indented", "  indented\n"),
    ],
)
def test_a_text_is_normalised_before_it_is_hashed(text, normal):
    assert normalise_text(text) == normal
    assert statement_text(text).sha256 == hashlib.sha256(normal.encode()).hexdigest()


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_normalising_a_text_twice_is_normalising_it_once(text):
    assert normalise_text(normalise_text(text)) == normalise_text(text)
    assert statement_text(text).code == statement_text(text).sha256[:8]


def test_a_ballot_is_shown_by_its_number():
    ballot = Ballot(
        id=42,
        key="$command",
        list_id="pc.lists.example.org",
        message_id="1@example.org",
        title="Statement",
        chair="ada",
        proposer=None,
        state=State.DRAFT,
        text=statement_text("We endorse."),
        roster=roll(),
        rule=Rule(mode="silence"),
        deadline=Deadline(1, "1970-01-01 00:00 UTC", "UTC"),
        created_at=0,
    )
    assert ballot.label == "b/42"
