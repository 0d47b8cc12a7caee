"""What a ballot waits for by the clock alone, and from which instant on."""

from __future__ import annotations

import pytest
from ledgers import roll

from bridge.domain.ballots import Ballot, State, statement_text
from bridge.domain.deadlines import Deadline
from bridge.domain.rules import Rule
from bridge.domain.waiting import (
    CONFIRM,
    DAY_MS,
    FINAL_CALL,
    LATE_MS,
    READ_FOR_MS,
    due_now,
    next_look,
)

RULE = Rule(mode="silence", final_call=20, confirm=30)


def waiting(state, rule=RULE, closed_at=None):
    return Ballot(
        id=1,
        key="$command",
        list_id="pc.lists.example.org",
        message_id="1@example.org",
        title="Statement",
        chair="ada",
        proposer=None,
        state=state,
        text=statement_text("We endorse."),
        roster=roll(),
        rule=rule,
        deadline=Deadline(100_000, "", "UTC"),
        created_at=0,
        closed_at=closed_at,
    )


@pytest.mark.parametrize(
    ("ballot", "now", "due"),
    [
        (waiting(State.OPEN), 79_999, ()),
        (waiting(State.OPEN), 80_000, ((FINAL_CALL, 80_000),)),
        (waiting(State.OPEN), 500_000, ((FINAL_CALL, 80_000),)),
        (waiting(State.FINAL_CALL), 500_000, ()),
        (waiting(State.OPEN, Rule(mode="silence", final_call=0)), 500_000, ()),
        (waiting(State.CLOSED, closed_at=100_000), 129_999, ()),
        (waiting(State.CLOSED, closed_at=100_000), 130_000, ((CONFIRM, 130_000),)),
        (waiting(State.CLOSED, Rule(mode="silence", confirm=0), 100_000), 500_000, ()),
        (waiting(State.ANNOUNCED, closed_at=100_000), 500_000, ()),
        (waiting(State.LOCKED), 500_000, ()),
    ],
)
def test_a_wait_is_over_from_its_instant_on_and_a_missed_one_is_not_lost(ballot, now, due):
    assert due_now(ballot, now) == due


@pytest.mark.parametrize(
    ("swept_at", "due_at"),
    [
        (None, 130_000),
        (100_000 + 600_000 + LATE_MS, 130_000),
        (100_001 + 600_000 + LATE_MS, 130_001 + 600_000 + LATE_MS),
    ],
)
def test_after_an_outage_the_time_to_confirm_runs_from_the_sweep(swept_at, due_at):
    closed = waiting(State.CLOSED, closed_at=100_000)
    assert due_now(closed, 10**9, swept_at=swept_at) == ((CONFIRM, due_at),)


ROUGH = Rule(mode="rough", appeal=1_000)
ANNOUNCED_AT = 200_000
APPEALABLE = ANNOUNCED_AT + 1_000_000
KEPT_UNTIL = ANNOUNCED_AT + READ_FOR_MS


@pytest.mark.parametrize(
    ("ballot", "announced_at", "now", "looked_at"),
    [
        (waiting(State.CLOSED, closed_at=100_000), None, 150_000, 150_180),
        (waiting(State.CLOSED, ROUGH, 100_000), ANNOUNCED_AT, 250_000, 250_180),
        (waiting(State.ANNOUNCED, ROUGH, 100_000), ANNOUNCED_AT, 250_000, 250_180),
        (waiting(State.ANNOUNCED, ROUGH, 100_000), ANNOUNCED_AT, APPEALABLE - 1, APPEALABLE),
        (waiting(State.ANNOUNCED, ROUGH, 1), ANNOUNCED_AT, APPEALABLE, APPEALABLE + DAY_MS),
        (waiting(State.ANNOUNCED, RULE, 1), ANNOUNCED_AT, 250_000, 250_000 + DAY_MS),
        (waiting(State.ANNOUNCED, RULE, 1), ANNOUNCED_AT, KEPT_UNTIL - DAY_MS, KEPT_UNTIL),
        (waiting(State.ANNOUNCED, RULE, 1), ANNOUNCED_AT, KEPT_UNTIL - DAY_MS + 1, None),
        (waiting(State.ANNOUNCED, RULE, 1), None, 250_000, None),
        (waiting(State.WITHDRAWN), None, 250_000, None),
        (waiting(State.SUPERSEDED), None, 250_000, None),
    ],
)
def test_a_card_is_read_on_while_something_given_there_can_matter(
    ballot, announced_at, now, looked_at
):
    assert next_look(ballot, now, every_ms=180, announced_at=announced_at) == looked_at
