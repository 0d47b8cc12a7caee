from dataclasses import replace

import pytest
from playbook_cast import CHAIR, CLOSES, OSKAR, REQUEST, SILENCE, STRANGER, Mail
from sqlalchemy import update

from bridge.domain.ballots import IllegalTransition, State
from bridge.domain.deadlines import show_instant
from bridge.errors import UserError
from bridge.ids import EventId, MessageId, PersonId
from bridge.store.schema import inbox
from handlers.ballots import withdraw
from handlers.opening import Request, confirm, draft, lock

ASKED = {"rule": "silence", "roster": "pc", "closes": CLOSES}


def request(**changes) -> Request:
    given = Request("$asked", PersonId("nadia"), REQUEST.message_id, ASKED, EventId("$asked"))
    return replace(given, **changes)


def test_a_draft_freezes_text_roll_rule_and_deadline(desk):
    ballot = desk.drafted(SILENCE).ballot
    assert ballot.state is State.DRAFT
    assert ballot.text.text.startswith("Consultations must be announced thirty days ahead.")
    assert len(ballot.roster.people) == 7
    assert (ballot.rule.mode, ballot.deadline.written) == ("silence", CLOSES)
    assert (ballot.chair, ballot.proposer) == ("nadia", "nadia")
    assert ballot.title == "Joint statement on open consultations"


def test_the_same_command_makes_one_ballot(desk):
    desk.mail(REQUEST)
    made = {draft(desk.tx, desk.context, desk.listed, request()).id for _ in range(3)}
    assert made == {1}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"roster": "tc"}, "pc"),
        ({"closes": "soon"}, "soon"),
        ({"rule": "majority"}, "majority"),
        ({"proposer": "otto"}, "otto"),
        ({"text": "attachment"}, "text="),
        ({"k": "7"}, "write k=6 or less"),
        ({"k": "7", "proposer": "nadia"}, "write k=6 or less"),
        ({"rule": "threshold", "quorum": "8"}, "write quorum=7 or less"),
    ],
)
def test_what_cannot_be_opened_is_refused_and_leaves_nothing(desk, arguments, sentence):
    desk.mail(REQUEST)
    asked = request(arguments=ASKED | arguments)
    with pytest.raises(UserError, match=sentence):
        draft(desk.tx, desk.context, desk.listed, asked)
    assert desk.letters("answer:") == []


def test_a_post_we_do_not_know_or_that_says_nothing_is_no_statement(desk):
    desk.mail(Mail("empty", "> quoted words\n"))
    for post in ("unknown@people.example", "empty@people.example"):
        with pytest.raises(UserError):
            draft(desk.tx, desk.context, desk.listed, request(post=MessageId(post)))


def test_a_post_whose_bytes_are_gone_is_no_statement(desk):
    desk.mail(REQUEST)
    desk.conn.execute(update(inbox).values(raw=b""))
    with pytest.raises(UserError, match="not kept any more"):
        draft(desk.tx, desk.context, desk.listed, request())


@pytest.mark.parametrize(("who", "is_done"), [(CHAIR, True), (OSKAR, False), (STRANGER, False)])
def test_only_the_chair_confirms_and_only_once(desk, who, is_done):
    desk.drafted(SILENCE)
    assert confirm(desk.tx, desk.context, 1, who) is is_done
    assert confirm(desk.tx, desk.context, 1, who) is False
    assert len(desk.letters("mail:call.b1.")) == is_done


def test_a_locked_text_is_not_locked_again(desk):
    row = desk.drafted(SILENCE)
    lock(desk.tx, desk.context, row.ballot)
    with pytest.raises(IllegalTransition):
        lock(desk.tx, desk.context, desk.row().ballot)


@pytest.mark.parametrize("option", ["comments", "hard_stop"])
def test_every_instant_of_the_opening_may_be_counted_in_working_time(desk, option):
    closes = "2025-11-07 08:00 UTC"
    length = {"comments": "24 working hours", "hard_stop": "240 working hours"}[option]
    ballot = desk.drafted(
        f'!ballot open rule=silence roster=pc closes="{closes}" {option}="{length}"'
    ).ballot
    # From Thu 30 Oct 08:00 UTC on.
    if option == "comments":
        assert show_instant(ballot.comments_until) == "Fri 31 Oct 2025 08:00 UTC"
    else:
        assert show_instant(ballot.rule.hard_stop) == "Thu 13 Nov 2025 08:00 UTC"
    # The rule holds the calendar of whatever was counted by one.
    assert ballot.rule.calendar is not None


def test_a_draft_that_was_discarded_is_followed_by_nothing(desk):
    row = desk.drafted(SILENCE)
    withdraw(desk.tx, desk.context, row, "", by=row.ballot.chair)
    with pytest.raises(UserError, match="b/1 was discarded before the list had it"):
        desk.drafted(f"{SILENCE} follows=b/1", "$again")
