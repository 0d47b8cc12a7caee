"""P23: a sender's clock may lie; no answer is taken or refused wrongly, and no time is cut short.

What somebody's server claims may decide the order of that person's own acts and whether a late
one was given in time; how long anything lasts is measured by our clock alone.
"""

from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, OSKAR, PRIYA, SILENCE

from bridge.domain.ballots import Outcome
from bridge.ids import Instant
from bridge.store import ballots
from handlers.counting import closes_at
from handlers.messages import message_seen
from handlers.reactions import reaction_seen, redaction_seen

HOUR = 3_600_000
YEARS = 10 * 366 * 24 * HOUR
SKEWS = {
    "ten years behind": -YEARS,
    "two days behind": -48 * HOUR,
    "right": 0,
    "two days ahead": 48 * HOUR,
    "ten years ahead": YEARS,
    "zero": None,
}
BEHIND = {name: skew for name, skew in SKEWS.items() if skew is None or skew < 0}


class Liar:
    """Somebody whose server says another time than ours; None says always 1970."""

    def __init__(self, desk, skew):
        self.desk, self.skew = desk, skew

    def dated(self, event):
        ts = 0 if self.skew is None else max(self.desk.now + self.skew, 0)
        return replace(event, ts=Instant(ts))

    def taps(self, who, key, name):
        event = self.dated(self.desk.tapped(who, "$card", key, name))
        reaction_seen(event, self.desk.tx, self.desk.context)

    def removes(self, who, reaction, name):
        event = self.dated(self.desk.removed(who, reaction, name))
        redaction_seen(event, self.desk.tx, self.desk.context)

    def says(self, who, body, name):
        said = self.desk.said(who, body, name, thread_root="$card")
        message_seen(self.dated(said), self.desk.tx, self.desk.context)


@pytest.fixture(params=SKEWS.values(), ids=SKEWS)
def liar(desk, request):
    desk.opened(SILENCE)
    desk.now += HOUR
    return Liar(desk, request.param)


@pytest.fixture(params=BEHIND.values(), ids=BEHIND)
def slow(desk, request):
    desk.opened(SILENCE)
    desk.now += HOUR
    return Liar(desk, request.param)


def test_p23_a_reaction_and_a_word_count_while_the_ballot_is_open(liar):
    liar.taps(OSKAR, "✅", "$tap")
    liar.says(PRIYA, "!noobjection", "$word")
    counted = liar.desk.count()
    assert (counted.endorse, counted.no_objection) == (1, 1)


def test_p23_a_removal_takes_back_what_it_removes(liar):
    liar.taps(OSKAR, "✅", "$tap")
    liar.desk.now += HOUR
    liar.removes(OSKAR, "$tap", "$x")
    assert liar.desk.count().positions == {}


def test_p23_the_later_answer_of_one_clock_wins(liar):
    # A clock that stands still leaves it to the source ids, as for any two acts of one instant.
    liar.taps(OSKAR, "✅", "$1")
    liar.desk.now += HOUR
    liar.says(OSKAR, "!abstain", "$2")
    counted = liar.desk.count()
    assert (counted.endorse, counted.abstain) == (0, 1)


@pytest.mark.parametrize("how", ["tap", "word", "removal"])
def test_p23_nothing_counts_after_the_close(liar, how):
    liar.taps(OSKAR, "✅", "$tap")
    liar.desk.swept(CLOSES_AT + HOUR)
    before = liar.desk.count()
    {
        "tap": lambda: liar.taps(PRIYA, "✋", "$late"),
        "word": lambda: liar.says(PRIYA, "!object No.", "$late"),
        "removal": lambda: liar.removes(OSKAR, "$tap", "$late"),
    }[how]()
    after = liar.desk.count()
    assert (after.outcome, after.endorse, after.objections) == (before.outcome, 1, ())
    assert len(after.late) == 1


def test_p23_a_hold_lasts_a_day_by_our_clock(liar):
    liar.taps(OSKAR, "⏳", "$hold")
    liar.desk.now += 24 * HOUR - 1
    assert liar.desk.count().hold == 1
    liar.desk.now += 1
    assert liar.desk.count().hold == 0


def test_p23_an_objector_is_waited_for_a_day_by_our_clock(liar):
    liar.taps(PRIYA, "✋", "$hand")
    liar.desk.now += 24 * HOUR - 1
    assert "has been asked for the reason" in liar.desk.chair("setaside b/1 person=priya", "$1")
    liar.desk.now += 1
    liar.desk.chair("setaside b/1 person=priya", "$2")
    assert liar.desk.count().open_objections == ()


@pytest.mark.parametrize("how", ["removal", "word"])
def test_p23_a_lifting_leaves_others_a_day_by_our_clock(liar, how):
    liar.taps(PRIYA, "✋", "$hand")
    liar.desk.now = CLOSES_AT - 60_000
    if how == "removal":
        liar.removes(PRIYA, "$hand", "$x")
    else:
        liar.says(PRIYA, "!noobjection", "$x")
    assert liar.desk.count().open_objections == ()
    assert closes_at(liar.desk.tx, liar.desk.row().ballot) == liar.desk.now + 24 * HOUR


def test_p23_a_lifting_at_the_hard_stop_breaks_the_silence_whatever_it_claims(slow):
    ballot = slow.desk.row().ballot
    stop = Instant(CLOSES_AT)
    ballots.update_ballot(slow.desk.tx, replace(ballot, rule=replace(ballot.rule, hard_stop=stop)))
    slow.taps(OSKAR, "✅", "$yes")
    slow.taps(PRIYA, "✋", "$hand")
    slow.desk.now = CLOSES_AT - HOUR
    slow.removes(PRIYA, "$hand", "$x")
    assert slow.desk.count().outcome is Outcome.OBJECTED
