"""The chair's rulings: who is told, what is refused, and that each is an act of the ledger."""

from dataclasses import replace

import pytest
from playbook_cast import CHAIR, CLOSES, CLOSES_AT, OSKAR, PRIYA, SILENCE, STRANGER

from bridge.domain.acts import CHAIR as CAPACITY
from bridge.domain.acts import verify_chain
from bridge.domain.ballots import Outcome, State
from bridge.domain.roster import Person
from bridge.ids import UserId
from bridge.store import ballots
from handlers.ballots import publish
from handlers.counting import closes_at

HOUR = 3_600_000
GRACE = 600_000
ROUGH = f'!ballot open rule=rough roster=pc closes="{CLOSES}"'


def acts(desk, capacity=CAPACITY):
    return [
        (one.person_ref, one.position, one.target)
        for one in ballots.acts_of(desk.conn, 1)
        if one.capacity == capacity
    ]


@pytest.fixture
def rough(desk):
    desk.opened(ROUGH)
    desk.taps(PRIYA, "✋", "$hand")
    return desk


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        ("address b/1 person=priya link=https://lists.example.org/1", "address", "was answered"),
        ('overrule b/1 person=priya reason="Out of scope"', "overrule", "was overruled"),
    ],
)
def test_the_chair_answers_an_objection_where_the_rule_allows_it(rough, command, kind, words):
    assert words in rough.chair(command, "$rule")
    assert acts(rough) == [("nadia", kind, "reaction/$hand")]
    assert rough.count().open_objections == ()
    assert any(words in one and "raise it again" in one for one in rough.told())


def test_an_answer_before_the_close_gives_the_objector_a_whole_final_call(rough):
    rough.now = CLOSES_AT - HOUR
    ballot = rough.row().ballot
    assert closes_at(rough.tx, ballot) == CLOSES_AT
    rough.chair("address b/1 person=priya link=https://lists.example.org/1", "$rule")
    assert closes_at(rough.tx, ballot) == rough.now + 48 * HOUR
    assert any("raise it again before Wed 5 Nov 2025 07:00 UTC" in one for one in rough.told())
    # What the objector was told is true.
    rough.now = CLOSES_AT + 46 * HOUR
    rough.says(PRIYA, "!object Still.", "$again", thread_root="$card")
    assert len(rough.count().open_objections) == 1


@pytest.mark.parametrize("verb", ["address b/1 person=priya link=https://x.example.org",
                                  'overrule b/1 person=priya reason="No"'])  # fmt: skip
def test_silence_is_broken_until_the_objector_lifts_it(desk, verb):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    assert "lets only the objector" in desk.chair(verb, "$rule")
    assert len(desk.count().open_objections) == 1


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("address b/1 person=priya", "link="),
        ("overrule b/1 person=priya", "Why?"),
        ('overrule b/1 reason="x"', "Whose?"),
        ('overrule b/1 person=oskar reason="x"', "no open objection"),
        ('overrule b/1 person=zoe reason="x"', "one of nadia"),
        ("declare b/1 level=consensus", "not closed yet"),
        ("declare b/1 level=most", "full_consensus"),
        ("stop b/1", "not announced"),
        ('admit b/1 person=oskar reason="x"', "on the roll of b/1 already"),
        ('admit b/1 person=nobody reason="x"', "no person 'nobody'"),
        ('void b/1 person=oskar reason="x"', "no position to void"),
    ],
)
def test_a_ruling_that_does_not_fit_is_refused_with_the_right_form(rough, command, says):
    assert says in rough.chair(command, "$rule")
    assert acts(rough) == []


def test_nobody_but_a_facilitator_rules(rough):
    for who in (PRIYA, STRANGER):
        rough.says(who, '!ballot overrule b/1 person=priya reason="x"', f"$r{who}")
    assert acts(rough) == []


@pytest.mark.parametrize(
    ("after", "words", "is_aside"),
    [(23 * HOUR, "", False), (24 * HOUR, "", True), (24 * HOUR, " It is wrong.", False)],
)
def test_an_objection_without_a_reason_is_set_aside_after_a_day(desk, after, words, is_aside):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    if words:
        desk.says(PRIYA, f"!object{words}", "$hand", thread_root="$card")
    else:
        desk.taps(PRIYA, "✋", "$hand")
    desk.now += after
    desk.chair("setaside b/1 person=priya", "$rule")
    assert (desk.count().open_objections == ()) is is_aside


def test_at_the_deadline_an_objection_without_a_reason_may_be_set_aside_at_once(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    desk.now = CLOSES_AT - HOUR
    desk.taps(PRIYA, "✋", "$hand")
    desk.swept(CLOSES_AT + GRACE)
    assert desk.row().ballot.outcome is Outcome.OBJECTED
    desk.chair("setaside b/1 person=priya", "$rule")
    assert desk.row().ballot.outcome is Outcome.ADOPTED
    assert publish(desk.tx, desk.context, desk.row())
    assert "Without a reason; set aside by the chair" in desk.letter("mail:result")["raw"]


def test_nothing_is_ruled_when_the_result_is_on_its_way(desk):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    desk.swept(CLOSES_AT + GRACE)
    publish(desk.tx, desk.context, desk.row())
    assert "on its way" in desk.chair("setaside b/1 person=priya", "$rule")


def test_nothing_is_voided_once_the_chair_has_seen_the_result(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    desk.says(PRIYA, "!object It is unlawful.", "$no", thread_root="$card")
    desk.now = CLOSES_AT + HOUR
    desk.swept(desk.now)
    said = desk.chair('void b/1 person=priya reason="off topic"', "$rule")
    assert "nothing you void now may alter its result" in said
    assert "!ballot correct b/1" in said
    assert "follows=b/1" in said
    assert desk.row().ballot.outcome is Outcome.OBJECTED
    assert len(desk.count().open_objections) == 1


def test_spam_is_voided_by_a_reply_or_by_name_and_the_ledger_keeps_it(desk):
    desk.opened(SILENCE)
    desk.says(PRIYA, "!object Buy my watches.", "$spam", thread_root="$card")
    said = desk.chair('void b/1 reason="spam"', "$rule", reply_to="$spam", thread_root="$card")
    assert "Voided: Priya Example, object" in said
    desk.taps(PRIYA, "✅", "$yes")
    desk.chair('void b/1 person=priya reason="again"', "$rule2")
    counted = desk.count()
    assert (counted.endorse, counted.object, counted.came_in.rows) == (0, 0, 4)
    assert counted.not_counted == {"voided": 2}


def test_who_voids_is_told_what_stood_below(desk):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    desk.now += 1_000
    desk.says(PRIYA, "!object spam", "$words", thread_root="$card")
    void = 'void b/1 person=priya reason="spam"'
    assert "counts as object by another answer now" in desk.chair(void, "$void")
    assert desk.count().object == 1
    assert "another answer" not in desk.chair(void, "$void2")
    assert desk.count().object == 0


@pytest.fixture
def with_zoe(desk):
    """A desk at which Zoe has joined the roster after the ballot opened."""
    desk.opened(SILENCE)
    known = desk.context.roster
    zoe = Person("zoe", "Zoe Example", (), (STRANGER,))
    joined = replace(known, people={**known.people, "zoe": zoe})
    config = desk.context.config.model_copy(update={"people": joined})
    desk.context = replace(desk.context, config=config)
    return desk


def test_somebody_is_admitted_before_the_deadline_and_counts_from_then_on(with_zoe):
    printed = with_zoe.row().ballot.roster.sha256
    with_zoe.taps(STRANGER, "✅", "$early")
    said = with_zoe.chair('admit b/1 person=zoe reason="joined"', "$rule")
    assert "Zoe Example is on the roll of b/1 now" in said
    assert any("please answer again" in one for one in with_zoe.told())
    with_zoe.taps(STRANGER, "👍", "$later")
    counted = with_zoe.count()
    assert (counted.endorse, counted.eligible) == (1, 8)
    assert with_zoe.row().ballot.roster.sha256 == printed


def test_nobody_is_admitted_after_the_deadline(with_zoe):
    with_zoe.now = CLOSES_AT
    assert "admits nobody now" in with_zoe.chair('admit b/1 person=zoe reason="x"', "$late")
    assert with_zoe.count().eligible == 7


def test_a_rough_consensus_waits_for_the_chairs_answer_and_then_a_final_call(rough):
    rough.swept(CLOSES_AT + GRACE)
    ballot = rough.row().ballot
    assert (ballot.state, ballot.deadline.instant) == (State.OPEN, CLOSES_AT + 48 * HOUR)
    assert any("Chair: write !ballot address" in one for one in rough.told())
    assert "by this rule the chair answers it" in rough.letter("mail:extension1")["raw"]
    rough.now = CLOSES_AT + 40 * HOUR
    rough.chair('overrule b/1 person=priya reason="Out of scope"', "$rule")
    answered = rough.now
    rough.swept(CLOSES_AT + 48 * HOUR + GRACE)
    assert rough.row().ballot.deadline.instant == answered + 48 * HOUR
    rough.swept(answered + 48 * HOUR + GRACE)
    assert rough.row().ballot.outcome is Outcome.NO_DECISION
    assert "declared consensus" in rough.chair("declare b/1 level=consensus", "$declare")
    assert rough.row().ballot.outcome is Outcome.ADOPTED
    rough.chair("close b/1", "$close")
    result = rough.letter("mail:result")["raw"]
    assert "The chair declared consensus." in result
    assert "Overruled by the chair on" in result
    assert "4 members may appeal within 72 hours of this mail" in " ".join(result.split())


def closed_at_the_stop(desk, answered=None):
    """Play a ballot to its hard stop with an objection, and perhaps an answer on the way."""
    desk.opened(f'{ROUGH} hard_stop="2025-11-03 20:00 UTC"')
    desk.taps(PRIYA, "✋", "$hand")
    if answered is not None:
        desk.now = answered
        desk.chair('overrule b/1 person=priya reason="Out of scope"', "$rule")
    for at in (CLOSES_AT, CLOSES_AT + 12 * HOUR):
        desk.swept(at + GRACE)
    assert desk.row().ballot.closed_at == CLOSES_AT + 12 * HOUR


def test_an_answer_after_the_close_would_leave_the_objector_no_time(desk):
    closed_at_the_stop(desk)
    assert desk.row().ballot.outcome is Outcome.OBJECTED
    for verb in ("address b/1 person=priya link=https://x.example.org",
                 'overrule b/1 person=priya reason="No"'):  # fmt: skip
        assert "no time to reply" in desk.chair(verb, f"${verb}")
    assert "ends as objected" in desk.chair("declare b/1 level=consensus", "$declare")
    assert [act[1] for act in acts(desk)] == []
    assert publish(desk.tx, desk.context, desk.row())
    assert desk.row().ballot.outcome is Outcome.OBJECTED


@pytest.mark.parametrize(
    ("answered", "level", "outcome"),
    [
        (CLOSES_AT - 36 * HOUR, "consensus", Outcome.ADOPTED),
        (CLOSES_AT - 36 * HOUR + 1, "consensus", Outcome.NO_DECISION),
        (CLOSES_AT - 36 * HOUR + 1, "divergence", Outcome.NOT_ADOPTED),
    ],
)
def test_consensus_is_declared_only_after_a_whole_final_call(desk, answered, level, outcome):
    closed_at_the_stop(desk, answered)
    said = desk.chair(f"declare b/1 level={level}", "$declare")
    assert desk.row().ballot.outcome is outcome
    assert ("No final call of 48 hours" in said) is (outcome is Outcome.NO_DECISION)
    assert publish(desk.tx, desk.context, desk.row())
    assert desk.row().ballot.outcome is outcome


def test_whose_objection_is_set_aside_after_the_close_is_promised_nothing(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - HOUR
    desk.taps(PRIYA, "✋", "$hand")
    desk.swept(CLOSES_AT + GRACE)
    desk.chair("setaside b/1 person=priya", "$rule")
    assert not any("raise it again" in one for one in desk.told())
    assert any("recorded as late" in one for one in desk.told())


def test_numbers_are_not_declared(desk):
    desk.opened(SILENCE)
    assert "decided by its numbers" in desk.chair("declare b/1 level=consensus", "$rule")


def test_the_late_register_stays_open_until_it_is_told_to_stop(desk):
    desk.opened(SILENCE)
    desk.swept(CLOSES_AT + GRACE)
    ballots.update_ballot(desk.tx, announced(desk))
    desk.taps(PRIYA, "✅", "$late")
    assert "late register of b/1 is closed" in desk.chair("stop b/1", "$stop")
    desk.taps(OSKAR, "✅", "$later")
    counted = desk.count()
    assert (len(counted.late), counted.not_counted) == (1, {"register_closed": 1})


def announced(desk):
    return replace(desk.row().ballot, state=State.ANNOUNCED)


def test_a_command_that_is_handled_twice_rules_once(rough):
    for _ in range(2):
        rough.chair('overrule b/1 person=priya reason="x"', "$rule")
    assert len(acts(rough)) == 1


@pytest.mark.parametrize("who", [CHAIR, UserId("@list_ghost:hs.test")])
def test_the_ledger_of_a_ruled_ballot_is_whole(rough, who):
    rough.taps(who, "✅", "$more")
    rough.chair('overrule b/1 person=priya reason="x"', "$rule")
    assert verify_chain(ballots.acts_of(rough.conn, 1)) is None
