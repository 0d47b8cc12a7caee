"""The verbs of ``!ballot``, done at once."""

import pytest
from playbook_cast import SILENCE

from bridge.errors import UserError
from bridge.matrix.forms import COMMANDS
from handlers.verbs import VERBS, must_be_known


def test_every_verb_of_the_chat_is_one_of_the_command_line():
    written = {form.verb for form in COMMANDS if form.name == "ballot"}
    assert written == {*VERBS, "open"}


def test_a_verb_of_a_newer_version_is_refused_in_a_sentence():
    with pytest.raises(UserError, match="later version"):
        must_be_known("export")


@pytest.mark.parametrize("verb", ["lock", "close", "withdraw"])
def test_what_does_not_fit_the_state_is_refused(desk, verb):
    desk.opened(SILENCE)
    said = desk.chair(f"{verb} b/1", "$ask")
    assert "Shall I" not in said
    assert desk.row().ballot.state == "open"
