"""More time: by the chair, before the deadline, to the hard stop, and once after an outage."""

import pytest
from playbook_cast import CHAIR, CLOSES_AT, LIST_ID, OSKAR, PRIYA, SILENCE, START

from bridge.domain.ballots import State
from bridge.events import ClockStruck
from bridge.ids import Instant
from bridge.store import ballots
from bridge.store.database import Tx
from bridge.store.instance import record_alive
from bridge.store.outages import record_outage
from handlers.ballots import call_or_result_seen, clock_struck, publish
from handlers.extending import offer_extension
from handlers.listmails import mail_id
from handlers.opening import lock

HOUR = 3_600_000
GRACE = 600_000
LATER = 'extend b/1 until="2025-11-04 08:00 UTC" reason="A holiday"'


def down(desk, begin, end):
    """Let the bridge be down between two instants."""
    record_alive(Tx(desk.conn, Instant(begin)))
    record_outage(Tx(desk.conn, Instant(end)))


def test_an_extension_is_logged_told_and_mailed(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    assert "closes Tue 4 Nov 2025 08:00 UTC" in desk.chair(LATER, "$more")
    assert desk.row().ballot.deadline.instant == CLOSES_AT + 24 * HOUR
    (act,) = [one for one in ballots.acts_of(desk.conn, 1) if one.position == "extend"]
    assert (act.person_ref, act.target) == ("nadia", str(CLOSES_AT + 24 * HOUR))
    mail = desk.letter("mail:extension1")["raw"]
    assert "EXTENDED" in mail
    assert "Reason     A holiday" in mail
    assert desk.letters("card:1:extended")
    assert desk.count().endorse == 1


def test_an_extension_by_another_facilitator_says_by_whom(desk):
    desk.opened(SILENCE)
    desk.says(OSKAR, f"!ballot {LATER}", "$more")
    told = desk.says(OSKAR, "confirm", "$yes", thread_root="$more")
    assert "was extended by Oskar Example, a facilitator of the list: it closes Tue 4 Nov" in told


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("extend b/1", "Until when?"),
        ('extend b/1 until="2025-11-04 08:00 UTC"', "Why?"),
        ('extend b/1 until="2025-11-02 08:00 UTC" reason="x"', "never shortened"),
        ('extend b/1 until="2025-11-10 08:01 UTC" reason="x"', "hard stop"),
        ('extend b/1 until="tomorrow" reason="x"', "The new deadline"),
    ],
)
def test_what_is_no_extension_is_refused(desk, command, says):
    desk.opened(SILENCE)
    assert says in desk.chair(command, "$more")
    assert desk.row().ballot.deadline.instant == CLOSES_AT


def test_the_hard_stop_is_set_at_the_opening(desk):
    desk.opened(f'{SILENCE} hard_stop="2025-11-03 20:00 UTC"')
    assert "hard stop" in desk.chair(LATER, "$more")


def test_after_the_deadline_there_is_no_extension(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT
    assert "has passed" in desk.chair(LATER, "$more")
    desk.swept(CLOSES_AT + GRACE)
    assert "has passed" in desk.chair(LATER, "$again")
    assert desk.row().ballot.state is State.CLOSED


def test_a_ballot_whose_service_was_down_at_the_deadline_is_extended_once(desk):
    desk.opened(SILENCE)
    down(desk, CLOSES_AT - HOUR, CLOSES_AT + HOUR)
    desk.swept(CLOSES_AT + HOUR)
    assert desk.row().ballot.state is State.CLOSED
    assert "please answer again" in desk.chair(LATER, "$more")
    ballot = desk.row().ballot
    assert (ballot.closed_at, ballot.outcome) == (None, None)
    assert ballot.state in {State.OPEN, State.FINAL_CALL}
    desk.taps(PRIYA, "✅", "$yes")
    desk.swept(CLOSES_AT + 24 * HOUR + GRACE)
    assert desk.row().ballot.closed_at == CLOSES_AT + 24 * HOUR
    more = 'extend b/1 until="2025-11-05 08:00 UTC" reason="Again"'
    assert "only once" in desk.chair(more, "$more2")


def test_a_ballot_is_not_extended_when_its_result_is_on_its_way(desk):
    desk.opened(SILENCE)
    down(desk, CLOSES_AT - HOUR, CLOSES_AT + HOUR)
    desk.swept(CLOSES_AT + HOUR)
    publish(desk.tx, desk.context, desk.row())
    assert "has passed" in desk.chair(LATER, "$more")
    assert "OUTAGE" in desk.letter("mail:result")["raw"]


@pytest.mark.parametrize(("minutes", "asked"), [(29, False), (31, True)])
def test_the_chair_is_asked_after_an_outage_in_the_last_quarter(desk, minutes, asked):
    desk.opened(SILENCE)
    down(desk, CLOSES_AT - HOUR, CLOSES_AT - HOUR + minutes * 60_000)
    desk.now = CLOSES_AT - HOUR + minutes * 60_000
    event = ClockStruck(1, "outage")
    assert clock_struck(event, desk.tx, desk.context).state == ("done" if asked else "suppressed")
    assert any("consider giving more time" in one for one in desk.told()) is asked


def test_nobody_is_asked_about_a_ballot_that_is_over(desk):
    row = desk.drafted(SILENCE)
    assert not offer_extension(desk.tx, desk.context, row)


def locked(desk):
    lock(desk.tx, desk.context, desk.drafted(SILENCE).ballot)
    return mail_id(desk.context, desk.row().ballot, "call")


def seen(desk, call):
    call_or_result_seen(desk.tx, desk.context, LIST_ID, call, proof="the list's copy")
    return desk.row().ballot.state


def test_a_call_that_is_seen_too_late_is_followed_by_a_new_one_with_a_later_deadline(desk):
    first = locked(desk)
    desk.now = START + 25 * HOUR
    assert seen(desk, first) is State.LOCKED
    told = desk.letter("room:1:not-opened")["content"]
    assert "!ballot extend" in told["body"]
    assert told["m.mentions"] == {"user_ids": [CHAIR]}
    assert "A new call for b/1 goes to the list now" in desk.chair(LATER, "$more")
    second = mail_id(desk.context, desk.row().ballot, "call")
    assert desk.letters("mail:call") == [f"mail:{first}", f"mail:{second}"]
    mail = " ".join(desk.letter(f"mail:{second}")["raw"].split())
    assert "NEW CALL." in mail
    assert "Reason given by the chair: A holiday" in mail
    assert "Closes Tue 4 Nov 2025 08:00 UTC" in mail
    assert seen(desk, second) is State.OPEN
    assert desk.row().ballot.deadline.instant == CLOSES_AT + 24 * HOUR
    (act,) = ballots.acts_of(desk.conn, 1)
    assert (act.position, act.target) == ("extend", str(CLOSES_AT + 24 * HOUR))
    desk.event("$card", "card", 1)
    desk.now += HOUR
    desk.taps(OSKAR, "✅", "$yes")
    desk.swept(CLOSES_AT + 24 * HOUR + GRACE)
    assert (desk.row().ballot.state, desk.count().endorse) == (State.CLOSED, 1)


def test_a_call_that_waits_is_taken_back_for_the_new_one_and_opens_nothing(desk):
    first = locked(desk)
    desk.chair(LATER, "$more")
    desk.chair(LATER, "$more")
    states = "SELECT state FROM outbox WHERE key LIKE 'mail:call%' ORDER BY id"
    assert desk.conn.exec_driver_sql(states).scalars().all() == ["expired", "pending"]
    assert seen(desk, first) is State.LOCKED
    assert seen(desk, mail_id(desk.context, desk.row().ballot, "call")) is State.OPEN


def test_a_new_call_must_leave_enough_time_too(desk):
    locked(desk)
    desk.now = CLOSES_AT
    assert "Too little time would be left" in desk.chair(LATER, "$more")
    assert desk.row().ballot.calls == 1
    later = LATER.replace("11-04", "11-07")
    assert "A new call" in desk.chair(later, "$again")


def test_an_extension_is_counted_in_working_time_and_keeps_its_calendar(desk):
    desk.opened(SILENCE)
    command = 'extend b/1 until="48 working hours" reason="A holiday"'
    desk.now = CLOSES_AT - HOUR * 12
    # Sun 2 Nov 20:00 UTC: the two working days are Monday and Tuesday.
    assert "closes Wed 5 Nov 2025 00:00 UTC" in desk.chair(command, "$more")
    deadline = desk.row().ballot.deadline
    assert deadline.written.startswith("48 working hours (Mon-Fri, UTC)")
    assert deadline.calendar is not None
