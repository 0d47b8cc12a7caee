"""A text up for comments: told to list and room, no answers, locked at the red line."""

import pytest
from playbook_cast import CHAIR, CLOSES, OSKAR, START, Mail

from bridge.domain.ballots import State
from bridge.errors import UserError
from bridge.events import ClockStruck
from handlers.ballots import clock_struck
from handlers.listmails import mail_id
from handlers.opening import confirm

HOUR = 3_600_000
COMMENTS = f'!ballot open rule=silence roster=pc closes="{CLOSES}" comments="2025-10-31 08:00 UTC"'
NEW = Mail("Newer.1", "Consultations must be announced sixty days ahead.\n")


@pytest.fixture
def commented(desk):
    row = desk.drafted(COMMENTS)
    assert confirm(desk.tx, desk.context, row.ballot.id, CHAIR)
    desk.event("$draft", "comments", 1)
    return desk


def test_list_and_room_are_told_and_nothing_is_asked_yet(commented):
    assert commented.row().ballot.state is State.COMMENT
    mail = commented.letter("mail:comments")["raw"]
    assert "[COMMENTS]" in mail
    assert "thirty days ahead" in mail
    assert commented.letters("comments:1")
    assert commented.letters("card:1") == []
    assert commented.letters("mail:call") == []


def test_a_reaction_to_a_draft_is_no_endorsement_and_is_told_once(commented):
    for number in range(2):
        commented.taps(OSKAR, "✅👍"[number], f"$tap{number}", on="$draft")
    told = [one for one in commented.told() if "comments only" in one]
    assert len(told) == 1
    assert commented.count().came_in.rows == 0


def test_the_text_is_locked_at_the_red_line_as_it_is_then(commented):
    commented.posted(NEW, "$new")
    commented.chair("amend b/1 editorial confirm=yes", "$amend", reply_to="$new")
    assert any("[-thirty-]{+sixty+}" in one for one in commented.told())
    mail = commented.letter("mail:comments2")["raw"]
    assert "Subject: [COMMENTS] AMENDED Joint statement on open consultations v2" in mail
    assert "[-thirty-]{+sixty+} days ahead" in mail
    assert (
        f"In-Reply-To: <{mail_id(commented.context, commented.row().ballot, 'comments')}>" in mail
    )
    commented.now = START + 24 * HOUR
    assert clock_struck(ClockStruck(1, "red_line"), commented.tx, commented.context).state == "done"
    ballot = commented.row().ballot
    assert (ballot.state, ballot.text.version) == (State.LOCKED, 2)
    assert "sixty days ahead" in commented.letter("mail:call")["raw"]


def test_the_chair_may_lock_before(commented):
    assert "is locked" in commented.chair("lock b/1", "$lock")
    assert commented.row().ballot.state is State.LOCKED
    assert "nothing to lock" in commented.chair("lock b/1", "$lock2")


def test_a_red_line_that_is_struck_too_late_is_told_to_the_chair(commented):
    commented.now = START + 48 * HOUR
    clock_struck(ClockStruck(1, "red_line"), commented.tx, commented.context)
    assert commented.row().ballot.state is State.COMMENT
    assert "Too little time is left" in commented.told()[-1]


def test_a_draft_up_for_comments_is_withdrawn_with_a_word_to_the_room(commented):
    commented.chair('withdraw b/1 reason="The text was wrong."', "$w")
    assert commented.row().ballot.state is State.WITHDRAWN
    assert any("The text was wrong." in one for one in commented.told())


@pytest.mark.parametrize(
    ("comments", "says"),
    [("2025-11-03 08:00 UTC", "must lie before"), ("tomorrow", "The deadline")],
)
def test_a_red_line_lies_between_now_and_the_close(desk, comments, says):
    with pytest.raises(UserError, match=says):
        desk.drafted(COMMENTS.replace("2025-10-31 08:00 UTC", comments))
