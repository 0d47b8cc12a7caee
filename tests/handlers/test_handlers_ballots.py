import pytest
from playbook_cast import CHAIR, CLOSES_AT, LIST_ID, OSKAR, SILENCE, START

from bridge.domain.ballots import Ending, IllegalTransition, State
from bridge.errors import UserError
from bridge.events import ClockStruck, SweepFinished
from bridge.ids import BallotId, Instant, MessageId, PersonId
from bridge.store import listposts
from handlers.ballots import (
    call_or_result_seen,
    clock_struck,
    publish,
    sweep_finished,
    withdraw,
)
from handlers.counting import closes_at, tally_now
from handlers.listmails import mail_id
from handlers.opening import go_ahead, lock
from handlers.reactions import reaction_seen, redaction_seen

HOUR = 3_600_000
GRACE = 600_000
NADIA = PersonId("nadia")


def swept(desk, at: int, number: int = 1):
    desk.now = at
    event = SweepFinished(BallotId(number), Instant(at))
    return sweep_finished(event, desk.tx, desk.context)


def struck(desk, what: str, number: int = 1):
    return clock_struck(ClockStruck(BallotId(number), what), desk.tx, desk.context)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (CLOSES_AT - HOUR, State.OPEN),
        (CLOSES_AT, State.OPEN),
        (CLOSES_AT + GRACE - 1, State.OPEN),
        (CLOSES_AT + GRACE, State.CLOSED),
    ],
)
def test_only_a_sweep_that_began_after_the_grace_closes(desk, at, state):
    desk.opened(SILENCE)
    for _ in range(2):
        swept(desk, at)
    assert desk.row().ballot.state is state


def test_a_sweep_of_no_open_ballot_is_passed_over(desk):
    desk.drafted(SILENCE)
    swept(desk, CLOSES_AT + GRACE)
    assert desk.row().ballot.state is State.DRAFT
    assert swept(desk, CLOSES_AT + GRACE, 9).state == "suppressed"


def test_the_card_comes_first_then_its_signs_its_pin_its_status_and_its_text(desk):
    desk.opened(SILENCE)
    kinds = [key.split(":")[0] for key in desk.letters() if ":1" in key]
    first = kinds[kinds.index("card") :]
    assert first[:9] == ["card", *["seed"] * 6, "pin", "status"]
    assert "statement" in first


def test_an_objection_of_the_final_call_that_is_lifted_moves_the_close(desk):
    ballot = desk.opened(SILENCE).ballot
    desk.now = CLOSES_AT - HOUR
    reaction_seen(desk.tapped(OSKAR, "$card", "✋"), desk.tx, desk.context)
    assert closes_at(desk.tx, ballot) == CLOSES_AT
    desk.now += 1
    redaction_seen(desk.removed(OSKAR, "$tap"), desk.tx, desk.context)
    assert closes_at(desk.tx, ballot) == CLOSES_AT + 23 * HOUR + 1


def test_an_objection_from_before_the_final_call_moves_nothing(desk):
    ballot = desk.opened(SILENCE).ballot
    reaction_seen(desk.tapped(OSKAR, "$card", "✋"), desk.tx, desk.context)
    desk.now += 1
    redaction_seen(desk.removed(OSKAR, "$tap"), desk.tx, desk.context)
    assert closes_at(desk.tx, ballot) == CLOSES_AT


def test_the_final_call_is_said_once(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - 24 * HOUR
    assert [struck(desk, "final_call").state for _ in range(2)] == ["done", "suppressed"]
    assert desk.row().ballot.state is State.FINAL_CALL
    assert len(desk.letters("room:1:final")) == 1


@pytest.mark.parametrize(("what", "number"), [("confirm", 1), ("final_call", 9), ("else", 1)])
def test_a_clock_that_strikes_for_nothing_changes_nothing(desk, what, number):
    desk.opened(SILENCE)
    assert struck(desk, what, number).state == "suppressed"
    assert desk.row().ballot.state is State.OPEN


def test_a_result_is_queued_once_and_announced_when_it_is_seen(desk):
    desk.opened(SILENCE)
    swept(desk, CLOSES_AT + GRACE)
    for _ in range(2):
        publish(desk.tx, desk.context, desk.row())
    assert len(desk.letters("mail:result.b1.")) == 1
    result = mail_id(desk.context, desk.row().ballot, "result")
    call_or_result_seen(desk.tx, desk.context, LIST_ID, result, proof="the list's copy")
    assert desk.row().ballot.state is State.ANNOUNCED


def test_somebody_elses_mail_opens_nothing(desk):
    desk.drafted(SILENCE)
    call_or_result_seen(desk.tx, desk.context, LIST_ID, MessageId("other@x"), proof="a copy")
    assert desk.row().ballot.state is State.DRAFT
    assert listposts.by_message_id(desk.conn, MessageId("other@x")) is None


def test_a_ballot_counts_what_its_ledger_says_at_an_instant(desk):
    ballot = desk.opened(SILENCE).ballot
    before = Instant(desk.now - 1)
    reaction_seen(desk.tapped(OSKAR, "$card"), desk.tx, desk.context)
    reaction_seen(desk.tapped(CHAIR, "$card", name="$2"), desk.tx, desk.context)
    counted = tally_now(desk.tx, ballot, Instant(desk.now))
    assert (counted.endorse, counted.support) == (2, 1)
    assert tally_now(desk.tx, ballot, before).endorse == 0


def test_a_ballot_is_withdrawn_once_and_says_why(desk):
    row = desk.opened(SILENCE)
    withdraw(desk.tx, desk.context, row, "The text was wrong.", by=NADIA)
    assert desk.row().ballot.state is State.WITHDRAWN
    ending = Ending(at=desk.now, was=State.OPEN, by=NADIA, reason="The text was wrong.")
    assert desk.row().ballot.ending == ending
    assert any("The text was wrong." in one for one in desk.told())
    with pytest.raises(IllegalTransition):
        withdraw(desk.tx, desk.context, desk.row(), "Again.", by=NADIA)


REPLACING = f"{SILENCE} supersedes=b/1"
COMMENTED = f'{SILENCE} comments="2025-10-31 08:00 UTC"'


def call_seen(desk, number: int = 1) -> State:
    """Let the list show a ballot's call, and return the state it comes to."""
    call = mail_id(desk.context, desk.row(number).ballot, "call")
    call_or_result_seen(desk.tx, desk.context, LIST_ID, call, proof="the list's copy")
    return desk.row(number).ballot.state


def drafted(desk) -> None:
    desk.drafted(SILENCE)


def commented(desk) -> None:
    go_ahead(desk.tx, desk.context, desk.drafted(COMMENTED).ballot)


def locked(desk) -> None:
    go_ahead(desk.tx, desk.context, desk.drafted(SILENCE).ballot)


@pytest.mark.parametrize("before", [drafted, commented, locked])
def test_what_was_replaced_before_it_opened_never_opens(desk, before):
    before(desk)
    desk.conn.exec_driver_sql("UPDATE ballots SET command_event = '$asked'")
    go_ahead(desk.tx, desk.context, desk.drafted(REPLACING, "$again").ballot)
    assert call_seen(desk, 2) is State.OPEN
    assert desk.row(1).ballot.state is State.SUPERSEDED
    assert desk.row(1).ballot.ending.instead == desk.row(2).ballot.id
    assert call_seen(desk, 1) is State.SUPERSEDED
    waiting = "SELECT count(*) FROM outbox WHERE key LIKE 'mail:%.b1.%' AND state = 'pending'"
    assert desk.conn.exec_driver_sql(waiting).scalar() == 0
    place = "letter:comments:1" if before is commented else "event:$asked"
    assert desk.letter("room:1:superseded")["thread"] == place


@pytest.mark.parametrize("is_announced", [False, True])
def test_no_ballot_takes_the_place_of_one_that_has_its_result(desk, is_announced):
    desk.opened(SILENCE)
    early = desk.drafted(f'{REPLACING} title="Drafted while the other was open"', "$early")
    swept(desk, CLOSES_AT + GRACE)
    if is_announced:
        publish(desk.tx, desk.context, desk.row())
        result = mail_id(desk.context, desk.row().ballot, "result")
        call_or_result_seen(desk.tx, desk.context, LIST_ID, result, proof="the list's copy")
    words = "announced" if is_announced else "closed"
    desk.now = START
    with pytest.raises(UserError, match=f"b/1 is {words}, .* Open a new one with follows=b/1"):
        desk.drafted(REPLACING, "$again")
    with pytest.raises(UserError, match=f"b/1 is {words}"):
        go_ahead(desk.tx, desk.context, early.ballot)
    assert desk.row(2).ballot.state is State.DRAFT


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_what_is_over_may_be_followed_and_stands_as_it_ended(desk, is_withdrawn):
    row = desk.opened(SILENCE)
    following = f"{SILENCE} follows=b/1".replace("2025-11-03", "2025-11-10")
    with pytest.raises(UserError, match=r"b/1 is open, so it is not over\. .* supersedes=b/1"):
        desk.drafted(following, "$early")
    if is_withdrawn:
        withdraw(desk.tx, desk.context, row, "The text was wrong.", by=NADIA)
    else:
        swept(desk, CLOSES_AT + GRACE)
    before = desk.row(1)
    lock(desk.tx, desk.context, desk.drafted(following, "$again").ballot)
    assert call_seen(desk, 2) is State.OPEN
    assert desk.row(2).ballot.follows == 1
    assert desk.row(1) == before
    assert "Follows b/1, which stands as it ended" in desk.letter("card:2")["content"]["body"]


def test_only_a_ballot_of_this_list_can_be_followed(desk):
    with pytest.raises(UserError, match="There is no ballot b/9 on this list; write follows="):
        desk.drafted(f"{SILENCE} follows=b/9")


def test_the_chair_is_told_when_the_old_ballot_closed_before_the_new_one_opened(desk):
    desk.opened(SILENCE)
    command = REPLACING.replace("2025-11-03", "2025-11-10")
    lock(desk.tx, desk.context, desk.drafted(command, "$again").ballot)
    swept(desk, CLOSES_AT + GRACE)
    assert call_seen(desk, 2) is State.OPEN
    assert desk.row(1).ballot.state is State.CLOSED
    assert desk.row(2).ballot.supersedes is None
    told = desk.letter("room:2:stands-beside")["content"]
    assert "b/1 was closed before b/2 opened" in told["body"]
    assert told["m.mentions"] == {"user_ids": [CHAIR]}
    assert "place of b/1" not in desk.letter("card:2")["content"]["body"]


def test_a_ballot_may_come_in_the_place_of_one_that_was_withdrawn(desk):
    withdraw(desk.tx, desk.context, desk.opened(SILENCE), "The text was wrong.", by=NADIA)
    go_ahead(desk.tx, desk.context, desk.drafted(REPLACING, "$again").ballot)
    assert call_seen(desk, 2) is State.OPEN
    assert desk.row(1).ballot.state is State.WITHDRAWN
    assert "place of b/1" in desk.letter("card:2")["content"]["body"]
