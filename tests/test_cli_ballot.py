"""The facilitators' verbs at a terminal are those of the chat, with its words."""

import pytest

from bridge.cli_ballot import ballot
from bridge.matrix.commands import BALLOT_KEYS, CHAIR_FORMS


def options_of(verb: str) -> dict[str | None, str | None]:
    return {one.name: getattr(one, "help", None) for one in ballot.commands[verb].params}


def test_the_command_line_opens_a_ballot_with_the_words_of_the_chat():
    assert options_of("open").items() >= BALLOT_KEYS.items()


@pytest.mark.parametrize("form", CHAIR_FORMS, ids=lambda form: form.verb)
def test_each_chair_s_verb_has_its_keys(form):
    assert options_of(form.verb).keys() >= form.keys.keys() - {"confirm"}


@pytest.mark.parametrize("verb", sorted(ballot.commands))
def test_a_verb_says_what_it_does_in_one_whole_line(verb):
    assert not ballot.commands[verb].get_short_help_str(limit=68).endswith("...")
