"""Between OPEN and FINAL CALL: an objection ends the final call, its lifting begins it again."""

from playbook_cast import CLOSES_AT, OSKAR, PRIYA, SILENCE

from bridge.domain.ballots import State
from handlers.counting import closes_at
from handlers.finalcalls import settle
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
    later = CLOSES_AT + 5 * HOUR
    assert closes_at(desk.tx, desk.row().ballot) == desk.row().ballot.deadline.instant == later


def test_a_final_call_after_a_lifting_names_the_close_it_prolonged(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    desk.taps(PRIYA, "✋", "$hand")
    desk.now = CLOSES_AT - 2 * HOUR
    redaction_seen(desk.removed(PRIYA, "$hand"), desk.tx, desk.context)
    later = "Tue 4 Nov 2025 06:00 UTC"
    (told,) = [one for one in desk.told() if one.startswith("Final call for b/1")]
    assert f"it closes {later}" in told
    mail = " ".join(desk.letter("mail:final-call")["raw"].split())
    assert "Closes Tue 4 Nov 2025 06:00 UTC" in mail
    # More time can be given until then, and not only until the deadline of the opening.
    desk.now = CLOSES_AT + 5 * 60_000
    assert "was extended" in desk.chair(
        'extend b/1 until="2025-11-05 08:00 UTC" reason="A holiday."', "$more"
    )


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


def test_the_chair_may_begin_the_final_call_while_no_objection_is_open(desk):
    desk.opened(SILENCE)
    assert "until Mon 3 Nov 2025" in desk.chair("finalcall b/1", "$call")
    assert desk.row().ballot.state is State.FINAL_CALL
    assert len(desk.letters("mail:final-call")) == 1
    assert "is final call; no final call begins now" in desk.chair("finalcall b/1", "$again")
    desk.taps(PRIYA, "✋", "$hand")
    assert desk.row().ballot.state is State.OPEN
    assert "1 objection is open" in desk.chair("finalcall b/1", "$more")
