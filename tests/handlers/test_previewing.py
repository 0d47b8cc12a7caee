"""What a facilitator is shown before it is done."""

import pytest
from playbook_cast import CLOSES, CLOSES_AT, OSKAR, PRIYA, SILENCE

from bridge.domain.ballots import State
from handlers.listmails import preview
from handlers.previewing import WORDS, what_changed
from handlers.verbs import READ_ONLY, VERBS

ROUGH = f'!ballot open rule=rough roster=pc closes="{CLOSES}"'
EXTEND = 'extend b/1 until="2025-11-04 08:00 UTC" reason="A holiday"'


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_verb_that_changes_something_says_what_and_what_stays():
    assert set(WORDS) == set(VERBS) - READ_ONLY


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            EXTEND,
            (
                "It closes Tue 4 Nov 2025 08:00 UTC instead of Mon 3 Nov 2025 08:00 UTC",
                "The list: a mail, [CALL] EXTENDED Joint statement",
                "b/1 was extended by the chair",
                "Reason A holiday",
                "A deadline is never moved back",
            ),
        ),
        (
            'overrule b/1 person=priya reason="Out of scope"',
            (
                "The objection of Priya Example is open no more",
                "The list: no mail now",
                "In person, in the room: Priya Example",
                "stays in the log",
            ),
        ),
        (
            'void b/1 person=priya reason="spam"',
            ("Voided: Priya Example, object", "What is voided stays void"),
        ),
        (
            'withdraw b/1 reason="Wrong text"',
            ("The room, calling Priya Example, in the words:", "never opened again"),
        ),
    ],
    ids=lambda one: one.split()[0] if isinstance(one, str) else "",
)
def test_a_preview_says_what_happens_who_is_told_and_what_stays(desk, command, says):
    desk.opened(ROUGH)
    desk.taps(PRIYA, "✋", "$hand")
    before, letters = desk.row(), desk.letters()
    shown = flat(desk.preview(command, "$ask"))
    for words in says:
        assert words in shown
    assert "Shall I do that?" in shown
    assert (desk.row(), desk.letters()) == (before, [*letters, "answer:$ask"])


def test_the_result_is_shown_as_the_list_would_get_it(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✅", "$yes")
    desk.swept(CLOSES_AT + 600_000)
    shown = flat(desk.preview("close b/1", "$ask"))
    assert "Policy Committee ENDORSES the statement" in shown
    assert desk.letters("mail:result") == []
    assert "goes to the list now" in desk.says(
        desk_chair(desk), "confirm", "$yes2", thread_root="$ask"
    )
    assert len(desk.letters("mail:result")) == 1


def desk_chair(desk):
    return desk.context.roster.people["nadia"].matrix[0]


def test_a_draft_is_discarded_without_a_reason(desk):
    desk.drafted(SILENCE)
    assert "!ballot withdraw b/1 discards it" in desk.preview("list", "$list")
    assert "b/1 is discarded" in desk.chair("withdraw b/1", "$gone")
    assert desk.row().ballot.state is State.WITHDRAWN


@pytest.mark.parametrize(
    ("name", "before", "now", "says"),
    [
        ("state", "open", "closed: adopted", "it is closed: adopted now"),
        ("text", "version 1", "version 2", "its text is version 2 now"),
        ("objections", "0", "1", "objections open: 0 then, 1 now"),
        ("answers", "3", "4", "somebody answered"),
        ("nothing", "1", "2", "something else now"),
    ],
)
def test_what_changed_is_said_in_words(name, before, now, says):
    assert says in what_changed({name: before}, {name: now})


def test_a_call_in_the_place_of_another_ballot_says_what_becomes_of_that(desk):
    desk.opened(SILENCE)
    again = desk.drafted(f"{SILENCE} supersedes=b/1", "$again").ballot
    shown = flat(preview(desk.context, again, desk.now).facts)
    assert "Ends the ballot b/1: if it is open, it ends for good" in shown
