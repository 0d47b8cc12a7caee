"""Between OPEN and FINAL CALL: an objection ends the final call, its lifting begins it again."""

from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, OSKAR, PRIYA, SILENCE
from sqlalchemy import event

from bridge.domain.ballots import State
from bridge.domain.rules import Rule
from handlers.counting import closes_at, settle
from handlers.reactions import redaction_seen

HOUR = 3_600_000


def test_an_objection_ends_the_final_call_and_its_lifting_begins_it_again(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - 20 * HOUR
    assert settle(desk.tx, desk.context, desk.row().ballot)
    assert desk.row().ballot.state is State.FINAL_CALL
    desk.taps(PRIYA, "✋", "$hand")
    assert desk.row().ballot.state is State.OPEN
    assert any("out of its final call" in one for one in desk.told())
    desk.now += HOUR
    redaction_seen(desk.removed(PRIYA, "$hand"), desk.tx, desk.context)
    assert desk.row().ballot.state is State.FINAL_CALL
    assert len([one for one in desk.told() if one.startswith("Final call for b/1")]) == 2
    assert closes_at(desk.tx, desk.row().ballot) == CLOSES_AT + 5 * HOUR


@pytest.mark.parametrize("mode", ["threshold", "signon", "sense"])
def test_where_nothing_blocks_the_close_is_the_deadline_however_long_the_ledger_is(desk, mode):
    ballot = replace(desk.opened(SILENCE).ballot, rule=Rule(mode=mode))
    asked = []
    event.listen(desk.conn, "before_cursor_execute", lambda _c, _k, sql, *_: asked.append(sql))
    assert closes_at(desk.tx, ballot) == CLOSES_AT
    assert asked == []


def test_before_its_time_nothing_moves(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    assert not settle(desk.tx, desk.context, desk.row().ballot)


def test_no_final_call_begins_while_an_objection_is_open(desk):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    desk.now = CLOSES_AT - 20 * HOUR
    assert not settle(desk.tx, desk.context, desk.row().ballot)
    assert desk.row().ballot.state is State.OPEN
