from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, OSKAR, PRIYA, SILENCE
from sqlalchemy import event

from bridge.domain.rules import Rule
from handlers.counting import closes_at, tally_now

HOUR = 3_600_000


def test_what_counts_is_what_the_ledger_holds_at_that_instant(desk):
    desk.opened(SILENCE)
    before = desk.now
    desk.now += HOUR
    desk.taps(OSKAR, "✅", "$yes")
    assert tally_now(desk.tx, desk.row().ballot, before).yes == 0
    assert tally_now(desk.tx, desk.row().ballot, desk.now).yes == 1


def test_a_ballot_closes_at_its_deadline_while_nothing_was_lifted(desk):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    assert closes_at(desk.tx, desk.row().ballot) == CLOSES_AT


@pytest.mark.parametrize("mode", ["threshold", "signon", "sense"])
def test_where_nothing_blocks_the_close_is_the_deadline_however_long_the_ledger_is(desk, mode):
    ballot = replace(desk.opened(SILENCE).ballot, rule=Rule(mode=mode))
    asked = []
    event.listen(desk.conn, "before_cursor_execute", lambda _c, _k, sql, *_: asked.append(sql))
    assert closes_at(desk.tx, ballot) == CLOSES_AT
    assert asked == []
