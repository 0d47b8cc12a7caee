"""What was shown is done once, by who asked, within the hour, and only if it is the same."""

import pytest
from playbook_cast import CLOSES_AT, LIST_ID, PRIYA, SILENCE

from bridge.events import CommandGiven
from bridge.store.ballots import acts_of
from handlers.confirming import CONFIRM_WITHIN_MS, proposal_of
from handlers.requests import answered

GIVEN = {"ballot": "1", "until": "2025-11-04 08:00 UTC", "reason": "A holiday"}


def gives(desk, number, **more):
    """Give a command on the command line, its preview named."""
    arguments = {**GIVEN, "preview": "preview:1", **more}
    event = CommandGiven(f"command:{number}", LIST_ID, "ballot", "extend", arguments, "")
    return answered(event, desk.tx, desk.context)


@pytest.fixture
def shown(desk):
    desk.opened(SILENCE)
    is_done, text = gives(desk, 1)
    assert is_done
    assert "Nothing was done yet" in text
    assert desk.row().ballot.deadline.instant == CLOSES_AT
    return desk


def test_the_yes_of_a_terminal_does_what_was_shown_once(shown):
    is_done, text = gives(shown, 2, yes="yes")
    assert (is_done, "was extended by the chair" in text) == (True, True)
    (act,) = acts_of(shown.conn, 1)
    assert act.source_id == "preview:1"
    is_done, text = gives(shown, 3, yes="yes")
    assert (is_done, "answered already" in text) == (False, True)


def test_a_ballot_that_changed_is_shown_anew_with_the_reason(shown):
    shown.taps(PRIYA, "✋", "$hand")
    is_done, text = gives(shown, 2, yes="yes")
    assert not is_done
    assert "Since you were shown that, objections open: 0 then, 1 now. Nothing was done." in text
    assert "instead of Mon 3 Nov 2025" in " ".join(text.split())
    assert shown.row().ballot.deadline.instant == CLOSES_AT


def test_an_answer_that_changes_nothing_about_it_spoils_no_preview(shown):
    shown.taps(PRIYA, "✅", "$yes")
    shown.now += 61_001
    assert gives(shown, 2, yes="yes")[0]


def test_a_preview_expires(shown):
    shown.now += CONFIRM_WITHIN_MS + 1
    is_done, text = gives(shown, 2, yes="yes")
    assert (is_done, "more than 1 hour ago" in text) == (False, True)


def test_another_facilitator_does_not_confirm_it(shown):
    is_done, text = gives(shown, 2, yes="yes", **{"as": "oskar"})
    assert (is_done, "Nothing waits" in text) == (False, True)


def test_a_script_is_not_asked(desk):
    desk.opened(SILENCE)
    event = CommandGiven("c", LIST_ID, "ballot", "extend", {**GIVEN, "yes": "yes"}, "")
    assert answered(event, desk.tx, desk.context)[0]
    assert desk.row().ballot.deadline.instant > CLOSES_AT


def test_an_event_of_another_kind_is_no_preview(desk):
    for kind in ("card", "proposal:", "proposal:x", "proposal:7"):
        assert proposal_of(desk.tx, kind) is None
