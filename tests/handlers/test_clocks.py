"""What time brings about is told where it should be, and nowhere else."""

from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, PRIYA, SILENCE

from bridge.domain.acts import Door
from bridge.domain.ballots import State
from bridge.domain.positions import Position
from bridge.domain.waiting import FINAL_CALL
from bridge.events import ClockStruck
from bridge.store import ballots
from bridge.store.told import LATE, NOTICE_EVERY_MS, OBJECTIONS
from handlers.clocks import clock_struck
from handlers.ledger import Deed, enter

HOUR = 3_600_000


def struck(desk, what, ballot=1):
    return clock_struck(ClockStruck(ballot, what), desk.tx, desk.context).state


def test_the_final_call_is_mailed_when_it_begins_and_once(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - 24 * HOUR
    assert [struck(desk, FINAL_CALL) for _ in range(2)] == ["done", "suppressed"]
    assert len(desk.letters("mail:final-call")) == 1


@pytest.mark.parametrize("what", [OBJECTIONS, LATE, FINAL_CALL])
def test_a_ballot_that_is_not_there_is_told_of_to_nobody(desk, what):
    assert struck(desk, what, 7) == "suppressed"


@pytest.mark.parametrize("what", [OBJECTIONS, LATE])
def test_nothing_new_is_told_to_nobody(desk, what):
    desk.opened(SILENCE)
    assert struck(desk, what) == "suppressed"


@pytest.mark.parametrize(("state", "told"), [(State.OPEN, "done"), (State.CLOSED, "suppressed")])
def test_what_waited_for_half_an_hour_is_told_while_the_ballot_is_open(desk, state, told):
    row = desk.opened(SILENCE)
    for number in (1, 2):
        who = (PRIYA, "@oskar:hs.test")[number - 1]
        deed = Deed(Door.CHAT, f"$no{number}", who, desk.tx.now, Position.OBJECT)
        enter(desk.tx, desk.context, desk.row(), deed)
    desk.now += NOTICE_EVERY_MS
    ballots.update_ballot(desk.tx, replace(row.ballot, state=state))
    assert struck(desk, OBJECTIONS) == told
