"""A correction: another mail, an act of the ledger, and the same count as before."""

from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, OSKAR, SILENCE

from bridge.domain.ballots import State
from bridge.store import ballots
from handlers.ballots import publish
from handlers.listmails import mail_id

CORRECT = 'correct b/1 reason="The mail named the wrong version."'


@pytest.fixture
def closed(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    desk.swept(CLOSES_AT + 600_000)
    return desk


@pytest.fixture
def announced(closed):
    publish(closed.tx, closed.context, closed.row())
    ballots.update_ballot(closed.tx, replace(closed.row().ballot, state=State.ANNOUNCED))
    return closed


def test_a_correction_is_told_on_the_list_below_the_result_and_in_the_room(announced):
    result = announced.letter("mail:result")
    assert "goes to the list now, below the result" in announced.chair(CORRECT, "$correct")
    raw = announced.letter("mail:correction")["raw"]
    named = mail_id(announced.context, announced.row().ballot, "result")
    assert f"In-Reply-To: <{named}>" in raw
    assert 'Nadia Example: "The mail named the wrong version."' in " ".join(raw.split())
    assert any("corrects the words of the result of b/1" in one for one in announced.told())
    assert announced.letter("mail:result") == result


def test_a_correction_is_an_act_and_changes_no_count(announced):
    before = announced.count()
    announced.chair(CORRECT, "$correct")
    after = announced.count()
    assert (after.outcome, after.positions, after.late) == (before.outcome, before.positions, ())
    assert [one.position for one in after.rulings] == ["correct"]


def test_every_wrong_word_can_be_corrected_each_once(announced):
    for name in ("$one", "$one", "$two"):
        announced.chair(CORRECT, name)
    assert len(announced.letters("mail:correction")) == 2


def test_what_is_not_on_the_list_is_not_corrected(closed):
    assert "!ballot close shows the mail" in closed.chair(CORRECT, "$correct")
    assert "Why?" in closed.chair("correct b/1", "$bare")
