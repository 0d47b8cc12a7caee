"""What is kept of each person counts as the whole ledger counts, after any history."""

import random
from dataclasses import fields, replace

from ballot_samples import ballot
from domain.ledgers import ledger, react, unreact, write
from histories import random_record
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.domain.acts import CHAIR, REMOVED, SELF, Verdict
from bridge.domain.counts import EVER, Counts, count, keep
from bridge.domain.digest import objection_news
from bridge.domain.phases import closes
from bridge.domain.rules import Rule
from bridge.domain.standing import standings
from bridge.domain.tally import tally
from bridge.ids import Instant

SEEDS = st.integers(0, 2**32)
LAST = Instant(130_000)
"""No act of a random history is later."""


def numbers_of(counts):
    """The part of a count or a tally that names nobody, with its objections in one order."""
    found = {one.name: getattr(counts, one.name) for one in fields(Counts)}
    # Only the whole ledger knows it, and the ballot that asks for it has ended then.
    del found["broken"]
    return found | {"raised": sorted(counts.raised, key=lambda one: (one.seq, one.lifted_at or 0))}


def both(made, acts, at, kept):
    frozen = {"roster": made.roster, "rule": made.rule, "proposer": made.proposer, "at": at}
    ruled = [act for act in acts if act.capacity == CHAIR]
    return count(kept.values(), ruled, made, at), tally(acts, **frozen)


def of_one(acts, person):
    return [act for act in acts if act.capacity == CHAIR or act.person_ref == person]


@given(SEEDS, st.integers(0, 200_000))
def test_what_is_kept_counts_as_the_whole_ledger_counts(seed, after):
    record = random_record(seed, most=40)
    made, at = record.row.ballot, Instant(LAST + after)
    counts, tallied = both(made, record.acts, at, keep(record.acts, made.rule))
    assume(not (made.rule.strict and tallied.broken))
    assert numbers_of(counts) == numbers_of(tallied)
    assert closes(made, counts) == closes(made, tallied)


@given(SEEDS, st.data())
def test_a_hold_expires_in_what_is_kept_when_it_does_in_the_ledger(seed, data):
    record = random_record(seed, most=40)
    made = record.row.ballot
    # Acts of an earlier time only, so that holds are still alive.
    acts = [act for act in record.acts if act.effective_at <= 40_000]
    at = Instant(data.draw(st.integers(40_000, 90_000)))
    counts, tallied = both(made, acts, at, keep(acts, made.rule))
    assume(not (made.rule.strict and tallied.broken))
    assert numbers_of(counts) == numbers_of(tallied)


@given(SEEDS)
def test_it_follows_from_a_persons_own_acts_and_the_chairs_in_any_order(seed):
    record = random_record(seed, most=40)
    whole = keep(record.acts, record.row.ballot.rule)
    for person in {act.person_ref for act in record.acts}:
        acts = of_one(record.acts, person)
        random.Random(seed).shuffle(acts)
        assert keep(acts, record.row.ballot.rule).get(person) == whole.get(person)


@given(SEEDS, st.integers(1_000, 130_000))
def test_so_does_all_that_a_person_is_told(seed, at):
    record = random_record(seed, most=40)
    # As handlers write it: whoever removes a reaction, the act is the one's who had reacted.
    owners = {act.source_id: act.person_ref for act in record.acts}
    acts = [
        replace(act, person_ref=owners[act.target])
        if act.position == REMOVED and act.target in owners
        else act
        for act in record.acts
    ]
    whole = standings(acts, record.row.ballot.rule, Instant(at))
    for person in {act.person_ref for act in acts}:
        alone = standings(of_one(acts, person), record.row.ballot.rule, Instant(at))
        assert alone.get(person) == whole.get(person)


@given(SEEDS, st.integers(0, 40))
def test_where_no_kept_objection_moved_there_is_no_news_of_one(seed, known):
    record = random_record(seed, most=40)
    made = record.row.ballot
    frozen = {"roster": made.roster, "rule": made.rule, "proposer": made.proposer, "at": LAST}
    before, after = (
        both(made, acts, LAST, keep(acts, made.rule))[0]
        for acts in (record.acts[:known], record.acts)
    )
    news = objection_news(tally(record.acts[:known], **frozen), tally(record.acts, **frozen))
    assert not news or set(before.raised) != set(after.raised)


def test_an_open_objection_hides_a_hold_and_a_hold_hides_the_rest():
    rule = Rule(mode="silence", hold=60)
    held = [react("ada", "✅", at=1), react("ada", "⏳", at=2)]
    (kept,) = keep(ledger(*held), rule).values()
    assert (kept.row_at(Instant(61_999)), kept.row_at(Instant(62_000))) == ("hold", "endorse")
    (kept,) = keep(ledger(*held, react("ada", "✋", at=3), unreact("ada", 3, at=4)), rule).values()
    assert [one.is_open for one in kept.raised] == [False]
    (kept,) = keep(ledger(react("ada", "✋", at=1), react("ada", "⏳", at=2)), rule).values()
    assert kept.row_at(Instant(3_000)) == "object"


def test_nothing_is_kept_of_whom_nothing_was_accepted():
    refused = write("zoe", "endorse", at=1, verdict=Verdict.REJECTED)
    assert keep(ledger(refused, write("ada", "endorse", at=2)), Rule(mode="silence")).keys() == {
        "ada"
    }


def test_who_is_not_on_the_roll_does_not_count():
    acts = ledger(write("zoe", "object", at=1), write("ada", "endorse", at=2))
    counts = count(keep(acts, Rule(mode="silence")).values(), (), ballot(), EVER)
    assert (counts.endorse, counts.object, counts.objections_open, counts.base) == (1, 0, 0, 7)
    # The one who says yes is the proposer.
    assert counts.support == 0
    assert counts.answered == counts.yes == 1


def test_the_latest_act_says_from_when_on_it_is_true():
    acts = ledger(write("ada", "endorse", at=9), write("ada", "abstain", at=5))
    (kept,) = keep(acts, Rule(mode="silence")).values()
    assert (kept.latest, kept.row) == (9_000, "endorse")
    assert {act.capacity for act in acts} == {SELF}
