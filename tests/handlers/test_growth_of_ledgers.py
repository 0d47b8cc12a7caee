"""One act costs the same in a ledger of a thousand and of ten thousand, in every state and rule.

What the database does is counted, not seconds: the steps of SQLite's virtual machine, the rows
that PostgreSQL reads.
"""

from dataclasses import replace
from fractions import Fraction

import pytest
from ballot_samples import act
from playbook_cast import CLOSES_AT, OSKAR, PRIYA, SAMI, SILENCE, STRANGER
from sqlalchemy import delete, insert, text, update

from bridge.domain.ballots import State
from bridge.domain.rules import Rule
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.schema import acts
from bridge.store.schema import ballots as ballots_table
from bridge.store.standings import keep_up
from bridge.store.told import OBJECTIONS, Told, record_told
from handlers.counting import counts_now, tally_now
from handlers.finalcalls import settle
from handlers.notices import queue_final_call
from handlers.reactions import redaction_seen

HOUR = 3_600_000
SHORT, LONG = 1_000, 10_000
ALLOWED = 1.1
"""Where a page of an index ends is chance; ten times the ledger would be ten times the rows."""
RULES = {
    "silence": Rule(mode="silence"),
    "rough": Rule(mode="rough"),
    "blocking": Rule(mode="threshold", threshold=Fraction(1, 2), blocking=True),
    # Its quorum is out of reach, so it is asked at each act whether the final call can begin.
    "hopeless": Rule(mode="threshold", quorum=99, threshold=Fraction(1, 2), blocking=True),
}
MOMENTS = {
    "open": (State.OPEN, CLOSES_AT - 40 * HOUR),
    "in_its_last_day": (State.OPEN, CLOSES_AT - 20 * HOUR),
    "final_call": (State.FINAL_CALL, CLOSES_AT - 10 * HOUR),
    "grace": (State.FINAL_CALL, CLOSES_AT + 60_000),
    "announced": (State.ANNOUNCED, CLOSES_AT + 40 * HOUR),
}


def row_of(number, person, position, *, target=None):
    at = Instant(CLOSES_AT - 90 * HOUR + number)
    one = act(person, position, at, source_id=f"$old{number}", target=target, seq=number)
    return ballots._act_columns(one)


def lengthen(desk, length, objection="object"):
    """Fill the ledger with taps of others; an objection of tomoko stays open from its begin."""
    others, positions = ("quentin", "rosa", "tomoko"), ("endorse", "abstain", "no_objection")
    desk.conn.execute(delete(acts))
    rows = [row_of(1, "tomoko", objection)]
    rows += [
        row_of(number, others[number % 3], positions[number % 7 % 3])
        for number in range(2, length + 1)
    ]
    desk.conn.execute(insert(acts), rows)
    moved = {"seq": length, "kept_upto": 0}
    desk.conn.execute(update(ballots_table).values(moved))
    if desk.conn.dialect.name == "postgresql":
        desk.conn.execute(text("ANALYZE acts"))
    keep_up(desk.tx, desk.row().ballot)


class Work:
    """What the database does between two looks."""

    def __init__(self, conn):
        self.conn = conn
        self.is_sqlite = conn.dialect.name == "sqlite"
        self.steps = 0

    def of(self, run):
        """Return how much a function has it do."""
        if self.is_sqlite:
            raw = self.conn.connection.driver_connection
            self.steps = 0
            raw.set_progress_handler(self._step, 1)
            run()
            raw.set_progress_handler(None, 0)
            return self.steps
        before = self._rows_read()
        run()
        return self._rows_read() - before

    def _step(self):
        self.steps += 1
        return 0

    def _rows_read(self):
        read = "seq_tup_read + coalesce(idx_tup_fetch, 0)"
        tables = "('acts', 'act_personal', 'standings', 'ballots', 'reactions')"
        read = f"SELECT sum({read}) FROM pg_stat_xact_user_tables WHERE relname IN {tables}"
        return int(self.conn.scalar(text(read)))


def acts_of_some(desk, name):
    """One of each kind of act, by people whose own acts are few."""
    return {
        "a tap": lambda: desk.taps(OSKAR, "✅", f"$tap{name}"),
        "another": lambda: desk.taps(OSKAR, "⚪", f"$more{name}"),
        "a removal": lambda: redaction_seen(
            desk.removed(OSKAR, f"$tap{name}", f"$gone{name}"), desk.tx, desk.context
        ),
        "a stranger's": lambda: desk.taps(STRANGER, "✋", f"$stranger{name}"),
        "a word": lambda: desk.says(SAMI, "!abstain", f"$word{name}", thread_root="$card"),
        "a receipt": lambda: desk.says(SAMI, "!receipt", f"$receipt{name}", thread_root="$card"),
    }


def work_of_acts(desk, length, rule, moment):
    """Have some act at a moment under a rule, undo it, and return what each took."""
    state, at = MOMENTS[moment]
    began, undo = desk.now, desk.conn.begin_nested()
    closed_at = CLOSES_AT if state is State.ANNOUNCED else None
    made = replace(desk.row().ballot, rule=RULES[rule], state=state, closed_at=closed_at)
    ballots.update_ballot(desk.tx, made)
    # Objections were told long ago, so that nothing but their not having moved spares it.
    record_told(desk.tx, "b/1", OBJECTIONS, Told(1, Instant(0)))
    desk.now = at
    work = Work(desk.conn)
    took = {what: work.of(run) for what, run in acts_of_some(desk, length).items()}
    undo.rollback()
    desk.now = began
    return took


@pytest.mark.parametrize("rule", RULES)
async def test_an_act_reads_no_more_of_a_long_ledger_than_of_a_short_one(store, desk_at, rule):
    def measure(tx):
        desk = desk_at(tx.conn)
        desk.opened(SILENCE)
        found = {}
        for length in (SHORT, LONG):
            lengthen(desk, length)
            for moment in MOMENTS:
                found[length, moment] = work_of_acts(desk, length, rule, moment)
        return found

    found = await store.write(measure)
    for moment in MOMENTS:
        for what, short in found[SHORT, moment].items():
            assert found[LONG, moment][what] <= short * ALLOWED + 20, (moment, what, found)


async def test_nor_does_one_that_moves_the_ballot_when_the_list_was_told_just_now(store, desk_at):
    def measure(tx):
        desk = desk_at(tx.conn)
        desk.opened(SILENCE)
        desk.now = CLOSES_AT - 10 * HOUR
        queue_final_call(desk.tx, desk.context, desk.row().ballot)
        found = []
        for length in (SHORT, LONG):
            lengthen(desk, length, objection="endorse")
            record_told(desk.tx, "b/1", OBJECTIONS, Told(1, Instant(desk.now)))
            assert settle(desk.tx, desk.context, desk.row().ballot) or length == LONG
            hand, gone = f"$hand{length}", f"$gone{length}"
            removed = desk.removed(PRIYA, hand, gone)
            work, states = Work(tx.conn), [desk.row().ballot.state]
            took = [work.of(lambda hand=hand: desk.taps(PRIYA, "✋", hand))]
            states.append(desk.row().ballot.state)
            took.append(work.of(lambda one=removed: redaction_seen(one, desk.tx, desk.context)))
            states.append(desk.row().ballot.state)
            assert states == [State.FINAL_CALL, State.OPEN, State.FINAL_CALL]
            found.append(took)
        return found

    for short, long in zip(*await store.write(measure), strict=True):
        assert long <= short * ALLOWED + 20


async def test_the_whole_ledger_is_read_where_work_is_measured_at_all(store, desk_at):
    def measure(tx):
        desk = desk_at(tx.conn)
        desk.opened(SILENCE)
        found = []
        for length in (SHORT, LONG):
            lengthen(desk, length)
            work = Work(tx.conn)
            ballot = desk.row().ballot
            found.append(work.of(lambda ballot=ballot: tally_now(desk.tx, ballot, desk.tx.now)))
        return found

    short, long = await store.write(measure)
    assert long > 5 * short


async def test_a_sweep_that_neither_closes_nor_prolongs_reads_no_ledger(store, desk_at):
    def measure(tx):
        desk = desk_at(tx.conn)
        desk.opened(SILENCE)
        at = Instant(CLOSES_AT - 10 * HOUR)
        found = []
        for length in (SHORT, LONG):
            began = desk.now
            lengthen(desk, length)
            desk.now = at
            found.append(Work(tx.conn).of(lambda: desk.swept(at)))
            desk.now = began
        return found

    short, long = await store.write(measure)
    assert long <= short * ALLOWED + 20


def test_after_those_acts_what_is_kept_is_what_the_ledger_says(desk):
    desk.opened(SILENCE)
    lengthen(desk, SHORT)
    desk.now = CLOSES_AT - 10 * HOUR
    for run in acts_of_some(desk, "x").values():
        run()
    desk.taps(PRIYA, "✋", "$hand")
    ballot = desk.row().ballot
    counted = tally_now(desk.tx, ballot, desk.tx.now)
    counts = counts_now(desk.tx, ballot)
    assert (counts.objections_open, counts.missing) == (2, counted.missing)
