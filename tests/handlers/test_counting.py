from playbook_cast import CLOSES_AT, OSKAR, PRIYA, SILENCE

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
