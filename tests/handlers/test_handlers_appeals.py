"""Appealing what a chair declared."""

import pytest
from playbook_cast import (
    CLOSES,
    CLOSES_AT,
    LIST_ID,
    OSKAR,
    PRIYA,
    QUENTIN,
    ROSA,
    SILENCE,
    STRANGER,
    TOMOKO,
)

from bridge.domain.acts import verify_chain
from bridge.domain.ballots import Outcome, State
from bridge.matrix.cards import status_content
from bridge.store import ballots
from handlers.ballots import call_or_result_seen
from handlers.listmails import mail_id

HOUR = 3_600_000
ROUGH = f'!ballot open rule=rough roster=pc closes="{CLOSES}"'


def announce(desk):
    desk.chair("close b/1", "$close")
    result = mail_id(desk.context, desk.row().ballot, "result")
    call_or_result_seen(desk.tx, desk.context, LIST_ID, result, proof="the list's copy")
    assert desk.row().ballot.state is State.ANNOUNCED


@pytest.fixture
def declared(desk):
    desk.opened(ROUGH)
    desk.swept(CLOSES_AT + 600_000)
    desk.chair("declare b/1 level=consensus", "$declare")
    announce(desk)
    return desk


def appeals(desk, who, name, words="Half of us were away."):
    return desk.says(who, f"!appeal {words}", name, thread_root="$card")


def test_whoever_may_is_told_until_when(declared):
    assert any(
        "can appeal what the chair declared, until Thu 6 Nov" in one for one in declared.told()
    )


def test_an_appeal_is_an_act_that_is_told_and_changes_nothing(declared):
    before = declared.count()
    said = appeals(declared, PRIYA, "$one")
    assert "Your appeal of b/1 is recorded. 1 of the 4 members needed have appealed" in said
    assert any("Priya Example appeals what the chair declared" in one for one in declared.told())
    after = declared.count()
    assert (after.outcome, after.positions) == (Outcome.ADOPTED, before.positions)
    assert declared.letters("mail:appeal") == []
    body = status_content(declared.row().ballot, after, declared.now)["body"]
    assert "Appealed by 1 of the 4 members needed." in body
    assert verify_chain(ballots.acts_of(declared.conn, 1)) is None


def test_with_the_fourth_list_and_chair_are_told_once(declared):
    for number, who in enumerate((PRIYA, QUENTIN, ROSA, OSKAR, TOMOKO)):
        assert len(declared.letters("mail:appeal")) == (number == 4)
        appeals(declared, who, f"${number}")
    assert len(declared.letters("mail:appeal")) == 1
    raw = declared.letter("mail:appeal")["raw"]
    result = mail_id(declared.context, declared.row().ballot, "result")
    assert f"In-Reply-To: <{result}>" in raw
    assert "[APPEAL]" in raw
    assert "Oskar Example" in raw
    assert "Tomoko" not in raw
    assert any("4 members appeal what you declared" in one for one in declared.told())


def test_an_appeal_that_is_handled_twice_or_said_twice_counts_once(declared):
    for name in ("$one", "$one", "$two"):
        said = appeals(declared, PRIYA, name)
    assert "appealed b/1 already" in said
    assert len(declared.count().late) == 1


@pytest.mark.parametrize(
    ("who", "words", "says"),
    [
        (STRANGER, "No.", "Only members on the roll"),
        (PRIYA, "", "Why? Write !appeal and why"),
    ],
)
def test_what_is_no_appeal_is_said(declared, who, words, says):
    assert says in appeals(declared, who, "$one", words)
    assert declared.count().late == ()


def test_after_the_window_it_is_too_late_with_the_reason(declared):
    declared.now += 72 * HOUR + 600_001
    said = appeals(declared, PRIYA, "$late")
    assert "too late to appeal b/1: the 72 hours after its result reached the list ended" in said
    assert "Which ballot?" in declared.says(PRIYA, "!appeal No.", "$else")


def test_out_of_a_thread_the_only_ballot_that_can_be_appealed_is_meant(declared):
    assert "is recorded" in declared.says(PRIYA, "!appeal No.", "$one")


def test_what_was_not_declared_is_not_appealed(desk):
    desk.opened(SILENCE)
    assert "only what a chair declared" in appeals(desk, PRIYA, "$early")
    desk.swept(CLOSES_AT + 600_000)
    announce(desk)
    assert "only what a chair declared" in appeals(desk, PRIYA, "$one")
    assert "Which ballot?" in desk.says(PRIYA, "!appeal No.", "$else")
