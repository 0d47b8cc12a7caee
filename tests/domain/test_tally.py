"""The tally's arithmetic, its outcomes, and the invariants of the specification (2.11)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import DEADLINE, PEOPLE, draft, ledger, react, roll, unreact, write

from bridge.domain.acts import CHAIR, REMOVED, REMOVED_BY_MODERATOR, Door, Verdict
from bridge.domain.ballots import Outcome
from bridge.domain.positions import Position
from bridge.domain.rules import Rule
from bridge.domain.rulings import Ruling
from bridge.domain.standing import Fate, fates
from bridge.domain.tally import ROWS, tally
from bridge.ids import Instant

SILENCE = Rule(mode="silence")
OUTSIDER = "?stranger"


def count(*drafts, rule=SILENCE, proposer=None, at=DEADLINE, on=None):
    return tally(ledger(*drafts), roster=on or roll(), rule=rule, proposer=proposer, at=at)


@pytest.mark.parametrize(
    ("drafts", "rule", "outcome"),
    [
        ([react("ada", "✅", at=1)], SILENCE, Outcome.ADOPTED),
        ([], SILENCE, Outcome.TOO_FEW),
        ([], Rule(mode="silence", k=0), Outcome.ADOPTED),
        ([react("gil", "✅", at=1)], SILENCE, Outcome.TOO_FEW),
        ([react("ada", "📝", at=1)], SILENCE, Outcome.TOO_FEW),
        ([write("ada", "reserve", at=1, with_text=True)], SILENCE, Outcome.ADOPTED),
        ([react("ada", "🆗", at=1)], SILENCE, Outcome.TOO_FEW),
        ([react("ada", "✅", at=1), react("ben", "✋", at=2)], SILENCE, Outcome.OBJECTED),
        ([react("ada", "✅", at=1), react("ben", "👎", at=2)], SILENCE, Outcome.OBJECTED),
        ([react("ada", "✅", at=1), react("ben", "⏳", at=2)], SILENCE, Outcome.NOT_ADOPTED),
        (
            [react("ada", "✅", at=1), react("ben", "⏳", at=2)],
            Rule(mode="silence", hold=50),
            Outcome.ADOPTED,
        ),
        ([write(p, "recuse", at=1) for p in PEOPLE], SILENCE, Outcome.NOT_ADOPTED),
        ([write(p, "recuse", at=1) for p in PEOPLE], Rule(mode="silence", k=0), "not_adopted"),
    ],
)
def test_silence_is_adopted_only_without_objection_or_hold_and_with_support(drafts, rule, outcome):
    assert count(*drafts, rule=rule, proposer="gil").outcome == outcome


@pytest.mark.parametrize(
    ("yes", "no", "abstaining", "changes", "outcome"),
    [
        (4, 2, 0, {"threshold": Fraction(2, 3), "comparison": "at_least"}, Outcome.ADOPTED),
        (4, 2, 0, {"threshold": Fraction(2, 3), "comparison": "more_than"}, Outcome.NOT_ADOPTED),
        (3, 0, 0, {"quorum": Fraction(1, 2)}, Outcome.NOT_QUORATE),
        (3, 0, 1, {"quorum": Fraction(1, 2)}, Outcome.ADOPTED),
        (3, 0, 1, {"quorum": 5}, Outcome.NOT_QUORATE),
        (0, 0, 5, {"quorum": 5}, Outcome.NOT_ADOPTED),
        (5, 1, 0, {"blocking": True}, Outcome.OBJECTED),
        (5, 1, 0, {"blocking": False}, Outcome.ADOPTED),
        (0, 0, 0, {}, Outcome.NOT_ADOPTED),
    ],
)
def test_threshold_compares_exact_fractions(yes, no, abstaining, changes, outcome):
    keys = "✅" * yes + "✋" * no + "⚪" * abstaining
    drafts = [react(person, key, at=1) for person, key in zip(PEOPLE, keys, strict=False)]
    assert count(*drafts, rule=Rule(mode="threshold", **changes)).outcome is outcome


def test_quorum_is_rounded_up_over_those_who_count():
    recused = [write("gil", "recuse", at=1), write("fay", "recuse", at=1)]
    drafts = [react(person, "✅", at=1) for person in ("ada", "ben")]
    rule = Rule(mode="threshold", quorum=Fraction(1, 2))
    counted = count(*recused, *drafts, rule=rule)
    assert counted.base == 5
    assert counted.missing == "Answers: have 2, the quorum needs 3."


def test_the_proposer_is_counted_but_gives_no_support():
    counted = count(react("ada", "✅", at=1), proposer="ada")
    assert (counted.endorse, counted.support) == (1, 0)
    assert counted.missing == "A yes from someone other than the proposer: have 0, need 1."


@pytest.mark.parametrize(
    ("drafts", "missing"),
    [
        ([react("ada", "✋", at=1)], "1 objection is open. While it is, we do not"),
        ([react(p, "✋", at=1) for p in ("ada", "ben")], "2 objections are open. While they are"),
        ([react("ada", "⏳", at=1)], "1 member asks for more time."),
        ([react(p, "⏳", at=1) for p in ("ada", "ben")], "2 members ask for more time."),
        ([react("ada", "✅", at=1)], "Nothing is missing."),
    ],
)
def test_what_is_missing_is_one_sentence(drafts, missing):
    assert count(*drafts).missing.startswith(missing)


def test_an_accepted_act_of_an_outsider_is_not_believed():
    counted = count(write(OUTSIDER, "object", at=1))
    assert (counted.object, counted.not_counted) == (0, {"not_on_the_roll": 1})


def test_every_row_of_the_ledger_is_accounted_for():
    counted = count(
        react("ada", "✅", at=1),
        react("ada", "🆗", at=2),
        react("ben", "✋", at=1),
        unreact("ben", 1, at=2),
        write("cem", "recuse", at=1),
        react("zoe", "✅", at=1, on_roll=False),
        write("dia", "endorse", at=200, verdict=Verdict.LATE),
        write("eve", "endorse", at=3, verdict=Verdict.SUGGESTION),
        unreact("ada", 2, at=4, flags=(REMOVED_BY_MODERATOR,)),
    ).came_in
    assert (counted.positions, counted.recusals, counted.standing) == (1, 1, 2)
    assert (counted.replaced, counted.withdrawn, counted.suggestions, counted.late) == (1, 2, 1, 1)
    assert counted.rejected == {"not_on_the_roll": 1, "removed_by_moderator": 1}
    assert counted.rows == 9


def test_reservations_with_words_are_listed_and_others_are_not():
    counted = count(write("ben", "reserve", at=1, with_text=True), react("ada", "📝", at=1))
    assert [each.person_ref for each in counted.reservations] == ["ben"]
    assert (counted.reserve, counted.reserve_without_words) == (1, 1)


people = st.sampled_from([*PEOPLE, OUTSIDER])
moments = st.integers(min_value=1, max_value=110)
words = [position.value for position in Position]
tapped = [position for position in words if position not in {"recuse", "withdraw"}]


@st.composite
def histories(draw):
    """Acts of anybody through any door, removals of anything, in an order of arrival."""
    drafts = []
    for number in range(draw(st.integers(min_value=0, max_value=14))):
        at, person = draw(moments), draw(people)
        verdict = Verdict.LATE if at > 100 else draw(st.sampled_from([*Verdict]))
        given = {"at": at, "source": f"${number}", "verdict": verdict}
        given["version"] = draw(st.sampled_from([1, 1, 1, 2]))
        kind = draw(st.sampled_from(["tap", "word", "removal", "moderator", "ruling"]))
        if kind == "tap":
            drafts.append(draft(person, Door.REACTION, draw(st.sampled_from(tapped)), **given))
        elif kind == "word":
            given["with_text"] = draw(st.booleans())
            drafts.append(draft(person, Door.CHAT, draw(st.sampled_from(words)), **given))
        elif kind == "ruling":
            about = f"{draw(st.sampled_from(Door))}/${draw(st.integers(0, 14))}"
            target = draw(st.sampled_from([about, "ada", "substantive/2/0", "editorial/2/0", "?"]))
            given |= {"target": target, "capacity": CHAIR}
            drafts.append(draft("chair", Door.CHAIR, draw(st.sampled_from(Ruling)), **given))
        else:
            given["target"] = f"${draw(st.integers(min_value=0, max_value=14))}"
            given["flags"] = (REMOVED_BY_MODERATOR,) if kind == "moderator" else ()
            drafts.append(draft(person, Door.REACTION, REMOVED, **given))
    return drafts


rules = st.sampled_from(
    [
        SILENCE,
        Rule(mode="silence", k=0, hold=0),
        Rule(mode="silence", hold=20),
        Rule(mode="threshold", quorum=Fraction(1, 3), threshold=Fraction(2, 3), blocking=True),
        Rule(mode="rough"),
        Rule(mode="signon", hold=0),
        Rule(mode="sense", hold=0),
    ]
)


@given(histories(), rules)
def test_invariant_2_the_rows_of_the_table_add_up_to_the_base(drafts, rule):
    counted = count(*drafts, rule=rule)
    rows = sum(getattr(counted, row) for row in ROWS if row != "recused")
    assert rows + counted.silent == counted.base
    assert counted.base + counted.recused == counted.eligible >= len(PEOPLE)
    assert min(counted.silent, counted.base) >= 0


@given(histories(), rules, st.randoms())
def test_invariants_1_and_3_order_of_arrival_and_second_deliveries_change_nothing(
    drafts, rule, chance
):
    shuffled = ledger(*chance.sample(drafts, len(drafts)))
    doubled = (*shuffled, *chance.sample(shuffled, len(shuffled)))
    before = count(*drafts, rule=rule)
    after = tally(doubled, roster=roll(), rule=rule, proposer=None, at=DEADLINE)
    assert numbers(after) == numbers(before)


def numbers(counted):
    """The tally without the seq of its acts, which is only the order of the chain."""
    positions = {person: each.position for person, each in counted.positions.items()}
    sources = [(each.raised_by.source_id, each.how) for each in counted.objections]
    shown = {row: getattr(counted, row) for row in (*ROWS, "silent", "outcome", "support")}
    return shown, positions, sources, counted.came_in


@given(histories(), rules)
def test_invariant_4_nobody_outside_the_snapshot_holds_a_position(drafts, rule):
    counted = count(*drafts, rule=rule)
    let_in = {act.target for act in counted.rulings if act.position == Ruling.ADMIT}
    assert set(counted.positions) <= set(PEOPLE) | let_in


@given(histories(), rules)
def test_invariant_5_late_acts_never_change_the_result(drafts, rule):
    early = [each for each in drafts if each.verdict is not Verdict.LATE]
    assert numbers(count(*drafts, rule=rule))[:3] == numbers(count(*early, rule=rule))[:3]


@given(histories(), rules, st.integers(min_value=1, max_value=50))
def test_invariant_6_more_silent_members_never_make_more_yes(drafts, rule, more):
    silent = [f"silent{number}" for number in range(more)]
    before, after = count(*drafts, rule=rule), count(*drafts, rule=rule, on=roll(*PEOPLE, *silent))
    assert (after.yes, after.support) == (before.yes, before.support)
    assert after.silent == before.silent + more


@given(histories(), rules)
def test_invariant_7_what_came_in_adds_up_to_the_rows(drafts, rule):
    counted = count(*drafts, rule=rule)
    books = counted.came_in
    told = (books.replaced, books.withdrawn, books.suggestions, books.late, books.unconfirmed)
    told += (books.rulings,)
    assert books.standing + sum(told) + sum(books.rejected.values()) == books.rows == len(drafts)
    assert books.standing == len(counted.positions)


@given(histories(), rules)
def test_what_replaces_or_withdraws_an_act_is_another_accepted_act_of_the_same_person(drafts, rule):
    acts = ledger(*drafts)
    by_seq = {act.seq: act for act in acts}
    for seq, fated in fates(acts, rule, DEADLINE).items():
        if fated.by is not None:
            other = by_seq[fated.by]
            assert (other.person_ref, other.verdict) == (by_seq[seq].person_ref, Verdict.ACCEPTED)
            assert seq != other.seq
            assert fated.fate in {Fate.REPLACED, Fate.WITHDRAWN}


@given(histories(), rules)
def test_whoever_answered_an_earlier_text_and_did_not_confirm_it_is_silent(drafts, rule):
    counted = count(*drafts, rule=rule)
    assert counted.positions.keys().isdisjoint(counted.unconfirmed)
    assert len(counted.unconfirmed) <= counted.silent


@given(histories(), rules)
def test_an_open_objection_is_never_hidden(drafts, rule):
    counted = count(*drafts, rule=rule)
    objectors = {each.raised_by.person_ref for each in counted.open_objections}
    assert len(objectors) == len(counted.open_objections) <= counted.object
    assert all(counted.positions[person].objection_open for person in objectors)


def test_counting_earlier_shows_the_earlier_count():
    drafts = [react("ada", "✅", at=1), react("ada", "✋", at=50)]
    assert count(*drafts, at=Instant(10_000)).endorse == 1
    assert count(*drafts).object == 1
