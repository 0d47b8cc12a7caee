"""At a terminal an error shows the form that a terminal takes."""

import pytest
from playbook_cast import CLOSES, LIST_ID, REQUEST, SILENCE

from bridge.events import CommandGiven
from handlers.requests import answered
from handlers.terminals import at_a_terminal


@pytest.mark.parametrize(
    ("chat", "terminal"),
    [
        (
            'Why? Write !ballot withdraw b/42 reason="…"; it is shown to everybody.',
            'Why? Write seconded ballot withdraw 42 --reason "…"; it is shown to everybody.',
        ),
        (
            "comments= must lie before closes=: the text is locked in between.",
            "--comments must lie before --closes: the text is locked in between.",
        ),
        ("hard_stop= must not lie before closes=.", "--hard-stop must not lie before --closes."),
        ("write k=3 or reason='x'", "write -k 3 or --reason 'x'"),
        ("https://x.example/?text=1 and subtext=2", "https://x.example/?text=1 and subtext=2"),
        ("!ballot list shows them.", "seconded ballot list shows them."),
        ("b/1 is closed.", "b/1 is closed."),
    ],
)
def test_a_sentence_names_commands_and_arguments_as_a_terminal_takes_them(chat, terminal):
    assert at_a_terminal(chat) == terminal


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("amend", {"ballot": "1", "label": "editorial"}),
        ("withdraw", {"ballot": "1"}),
        ("extend", {"ballot": "1", "until": "x", "reason": "y"}),
        ("address", {"ballot": "1", "person": "priya"}),
        ("open", {"post": "nope@x", "rule": "silence", "roster": "pc", "closes": CLOSES}),
        ("open", {"post": REQUEST.message_id, "rule": "foo", "roster": "pc", "closes": CLOSES}),
        ("open", {"post": REQUEST.message_id, "rule": "silence", "roster": "pc", "closes": "x"}),
        ("open", {"post": REQUEST.message_id, "rule": "silence", "roster": "pc"}),
    ],
)
def test_no_error_at_a_terminal_shows_the_form_of_the_chat(desk, verb, arguments):
    desk.opened(SILENCE)
    event = CommandGiven("command:1", LIST_ID, "ballot", verb, {**arguments, "yes": "yes"}, "")
    is_done, said = answered(event, desk.tx, desk.context)
    assert not is_done
    assert "!ballot" not in said
    assert "reply" not in said.casefold()
    assert not [key for key in ("closes=", "reason=", "until=", "link=", "person=") if key in said]


@pytest.mark.parametrize("written", ["9", "b/9"])
def test_a_ballot_that_is_not_there_is_called_the_same_through_both_doors(desk, written):
    event = CommandGiven("command:1", LIST_ID, "ballot", "status", {"ballot": written}, "")
    sentence = "There is no ballot b/9 on this list."
    assert answered(event, desk.tx, desk.context) == (False, sentence)
    assert desk.preview(f"status {written}", "$ask") == sentence
