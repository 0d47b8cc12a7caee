"""A strict silence ends at the first objection, with its result."""

from playbook_cast import CHAIR, OSKAR, PRIYA, QUENTIN, SILENCE, STRANGER

from bridge.domain.ballots import Outcome, State
from handlers.reactions import reaction_seen, redaction_seen

STRICT = f"{SILENCE} strict=yes"
MINUTE = 60_000


def test_the_first_objection_of_somebody_on_the_roll_ends_it_at_that_instant(desk):
    desk.opened(STRICT)
    desk.taps(OSKAR, "✅", "$yes")
    desk.taps(STRANGER, "✋", "$stranger")
    assert desk.row().ballot.state is State.OPEN
    desk.now += MINUTE
    raised = desk.now
    desk.taps(PRIYA, "✋", "$hand")
    ballot = desk.row().ballot
    assert (ballot.state, ballot.outcome) == (State.CLOSED, Outcome.OBJECTED)
    assert ballot.closed_at == raised
    result = " ".join(desk.letter("mail:result")["raw"].split())
    assert "silence broken" in result
    assert "The first objection broke the silence; the procedure ended then." in result
    assert "Your objection broke the silence" in desk.told()[-1]
    assert not desk.letters("mail:notice")


def test_what_comes_afterwards_is_late_and_mends_nothing(desk):
    desk.opened(STRICT)
    desk.taps(PRIYA, "✋", "$hand")
    result = desk.letter("mail:result")
    desk.now += MINUTE
    redaction_seen(desk.removed(PRIYA, "$hand"), desk.tx, desk.context)
    desk.taps(QUENTIN, "✋", "$second")
    assert "on its way to the list" in desk.chair("setaside b/1 person=priya", "$aside")
    assert "on its way" in desk.chair('void b/1 person=priya reason="x"', "$void")
    counted = desk.count()
    assert (counted.outcome, len(counted.late)) == (Outcome.OBJECTED, 2)
    assert (desk.letters("mail:result"), desk.letter("mail:result")) == (
        desk.letters("mail:result")[:1],
        result,
    )


def test_an_answer_given_later_and_read_earlier_is_late_in_the_result(desk):
    desk.opened(STRICT)
    raised = desk.tapped(PRIYA, "$card", "✋", "$hand")
    desk.now += MINUTE
    desk.taps(OSKAR, "✅", "$yes")
    desk.taps(PRIYA, "⚪", "$none")
    reaction_seen(raised, desk.tx, desk.context)
    counted = desk.count()
    assert desk.row().ballot.closed_at == raised.ts
    assert (counted.endorse, counted.object, len(counted.late)) == (0, 1, 2)


def test_a_rule_that_is_not_strict_goes_on(desk):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    assert desk.row().ballot.state is State.OPEN


def test_a_reservation_that_does_not_stand_ends_it_too(desk):
    desk.opened(STRICT)
    desk.says(OSKAR, "!reserve Point 2 must go.", "$r", thread_root="$card")
    assert desk.row().ballot.state is State.OPEN
    desk.now += MINUTE
    desk.says(OSKAR, "!no", "$no", thread_root="$card")
    assert desk.row().ballot.outcome is Outcome.OBJECTED
    assert CHAIR not in desk.count().positions
