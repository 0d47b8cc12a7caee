"""A final call begins by the clock and ends at an objection; a lifting gives others time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ballot_samples import CLOSES, act, ballot

from bridge.domain.acts import CHAIR
from bridge.domain.ballots import State, Trigger
from bridge.domain.phases import (
    closes,
    is_blocked,
    is_lifted_too_late,
    may_move,
    moved_by,
    next_trigger,
    waits_for_the_chair,
)
from bridge.domain.rules import HOUR, Rule
from bridge.domain.tally import tally
from bridge.ids import Instant

CALL = CLOSES - 24 * HOUR * 1000
ROUGH = Rule(mode="rough", final_call=24 * HOUR)


def counted(one, *acts, at=CLOSES):
    return tally(acts, roster=one.roster, rule=one.rule, proposer=one.proposer, at=Instant(at))


def hand(at=CALL):
    return act("ben", "object", Instant(at), seq=1)


def gone(at):
    return act("ben", "removed", Instant(at), seq=2, target=hand().source_id)


@pytest.mark.parametrize(
    ("state", "now", "is_open", "rule", "trigger"),
    [
        (State.OPEN, CALL - 1, False, Rule(mode="silence"), None),
        (State.OPEN, CALL, False, Rule(mode="silence"), Trigger.FINAL_CALL),
        (State.OPEN, CALL, True, Rule(mode="silence"), None),
        (State.OPEN, CALL, False, ROUGH, Trigger.FINAL_CALL),
        (State.OPEN, CALL, True, ROUGH, None),
        (State.OPEN, CALL, True, Rule(mode="threshold"), Trigger.FINAL_CALL),
        (State.OPEN, CALL, True, Rule(mode="threshold", blocking=True), None),
        (State.OPEN, CALL, False, Rule(mode="silence", final_call=0), None),
        (State.OPEN, CALL, False, Rule(mode="sense"), None),
        (State.FINAL_CALL, CALL, False, Rule(mode="silence"), None),
        (State.FINAL_CALL, CALL, True, Rule(mode="silence"), Trigger.OBJECTION),
        (State.FINAL_CALL, CALL, True, Rule(mode="threshold"), None),
        (State.CLOSED, CALL, True, Rule(mode="silence"), None),
        (State.LOCKED, CALL, False, Rule(mode="silence"), None),
    ],
)
def test_what_moves_an_open_ballot(state, now, is_open, rule, trigger):
    one = ballot(state=state, rule=rule)
    count = counted(one, *([hand()] if is_open else []))
    assert next_trigger(one, count, Instant(now)) is trigger
    assert is_blocked(one, count) is (is_open and rule.blocks)
    assert may_move(one, Instant(now)) or trigger is None


@pytest.mark.parametrize(
    ("lifted", "stop", "at"),
    [
        (CALL - 1, None, CLOSES),
        (CLOSES - HOUR * 1000, None, CLOSES + 23 * HOUR * 1000),
        (CLOSES - HOUR * 1000, CLOSES + HOUR * 1000, CLOSES + HOUR * 1000),
        (CLOSES - HOUR * 1000, CLOSES, CLOSES),
        (CLOSES, None, CLOSES + 24 * HOUR * 1000),
    ],
)
def test_a_lifting_moves_the_close_and_never_beyond_the_hard_stop(lifted, stop, at):
    one = ballot()
    one = replace(one, rule=replace(one.rule, hard_stop=stop))
    assert closes(one, counted(one, hand(CALL - 2), gone_of(CALL - 2, lifted))) == at


@pytest.mark.parametrize(
    ("raised", "lifted", "at"),
    [
        (CALL, None, CLOSES),
        (CALL, CLOSES - 1, CLOSES - 1 + 24 * HOUR * 1000),
        (CALL, CLOSES + 1, CLOSES),
        (CALL, CLOSES - HOUR * 1000, CLOSES + 23 * HOUR * 1000),
        # It was raised when the first had been lifted: others have their day all the same.
        (CLOSES - HOUR * 1000 + 1, None, CLOSES + 23 * HOUR * 1000),
    ],
)
def test_a_lifting_moves_the_close_only_when_no_other_objection_is_left(raised, lifted, at):
    first = CLOSES - HOUR * 1000
    other = act("cem", "object", Instant(raised), seq=3)
    acts = [hand(), gone(first), other]
    if lifted is not None:
        source = other.source_id
        acts.append(act("cem", "removed", Instant(lifted), seq=4, target=source))
    assert closes(ballot(), counted(ballot(), *acts, at=CLOSES + 48 * HOUR * 1000)) == at


@pytest.mark.parametrize(
    ("mode", "now", "stop", "at"),
    [
        ("rough", CLOSES, CLOSES + 168 * HOUR * 1000, CLOSES),
        ("rough", CLOSES + 1, CLOSES + 168 * HOUR * 1000, CLOSES + 48 * HOUR * 1000),
        ("rough", CLOSES + 1, CLOSES + HOUR * 1000, CLOSES + HOUR * 1000),
        ("rough", CLOSES + 1, CLOSES, CLOSES),
        ("rough", CLOSES + 1, None, CLOSES),
        ("silence", CLOSES + 1, CLOSES + 168 * HOUR * 1000, CLOSES),
    ],
)
def test_an_objection_at_the_deadline_waits_for_the_chair_in_rough_consensus(mode, now, stop, at):
    one = ballot(rule=Rule(mode=mode, final_call=48 * HOUR, hard_stop=stop))
    count = counted(one, hand(), at=now)
    assert closes(one, count) == at
    assert waits_for_the_chair(one, count) is (at > CLOSES)


@pytest.mark.parametrize(("at", "moves"), [(CLOSES, True), (CLOSES + 1, False)])
def test_what_the_chair_says_after_the_close_moves_nothing(at, moves):
    given = {"capacity": CHAIR, "target": f"reaction/{hand().source_id}", "seq": 2}
    answer = act("ada", "set_aside", Instant(at), **given)
    found = closes(ballot(), counted(ballot(), hand(), answer))
    assert found == (CLOSES + 24 * HOUR * 1000 if moves else CLOSES)


def gone_of(raised, lifted):
    source = hand(raised).source_id
    return act("ben", "removed", Instant(lifted), seq=2, target=source)


def test_where_an_objection_blocks_nothing_its_lifting_moves_nothing():
    one = ballot(rule=Rule(mode="threshold"))
    assert closes(one, counted(one, hand(), gone(CLOSES - 1))) == CLOSES


@pytest.mark.parametrize(
    ("mode", "stop", "is_late"),
    [
        ("silence", CLOSES + 23 * HOUR * 1000, False),
        ("silence", CLOSES + 23 * HOUR * 1000 - 1, True),
        ("silence", None, False),
        ("rough", CLOSES + 24 * HOUR * 1000, True),
        ("threshold", CLOSES, False),
    ],
)
def test_a_lifting_comes_too_late_when_the_hard_stop_leaves_others_no_time(mode, stop, is_late):
    rule = Rule(mode=mode, final_call=48 * HOUR, hard_stop=stop)
    one = ballot(rule=rule)
    lifted = [hand(), gone(CLOSES - HOUR * 1000)]
    assert is_lifted_too_late(rule, counted(one, *lifted)) is is_late
    other = act("cem", "object", Instant(CALL), seq=3)
    assert not is_lifted_too_late(rule, counted(one, *lifted, other))


@pytest.mark.parametrize(
    ("lifted", "closed", "found"),
    [
        (CLOSES - HOUR * 1000, CLOSES + 23 * HOUR * 1000, CLOSES - HOUR * 1000),
        # It ended a day before the close that was announced, which nothing moved.
        (CLOSES - 24 * HOUR * 1000, CLOSES, None),
    ],
)
def test_which_lifting_moved_the_close_is_known_afterwards(lifted, closed, found):
    deadline = replace(ballot().deadline, instant=Instant(closed))
    one = ballot(state=State.CLOSED, closed_at=Instant(closed), deadline=deadline)
    acts = [hand(CLOSES - 40 * HOUR * 1000), gone_of(CLOSES - 40 * HOUR * 1000, lifted)]
    assert moved_by(one, counted(one, *acts, at=closed)) == found
