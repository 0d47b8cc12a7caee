"""The facilitators' verbs at a terminal are those of the chat, with its words."""

import pytest
from click.testing import CliRunner

from bridge import cli_ballot
from bridge.cli_ballot import ballot
from bridge.matrix.forms import BALLOT_KEYS, CHAIR_FORMS


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


OPEN = [
    "open",
    "--post",
    "a@x",
    "--rule",
    "sense",
    "--roster",
    "pc",
    "--closes",
    "tomorrow",
    "--text-file",
]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("café olé".encode("latin-1"), "is no text in UTF-8 (byte 4)"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", "is no text in UTF-8"),
        ("Water".encode("utf-16"), "is no text in UTF-8"),
        (b"Water\x00", "U+0000"),
        (b"\x1b[2JWater", "U+001B"),
        ("Water\x85".encode(), "U+0085"),
    ],
)
def test_a_file_that_is_no_plain_text_is_refused_and_nothing_is_asked(tmp_path, octets, why):
    path = tmp_path / "text"
    path.write_bytes(octets)
    result = CliRunner().invoke(ballot, [*OPEN, str(path)], env={"COLUMNS": "400"})
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())


def test_the_text_of_a_file_is_taken_as_it_stands(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(
        cli_ballot, "wish_with_preview", lambda *given, is_yes: asked.update(given[3])
    )
    path = tmp_path / "text"
    path.write_bytes("Wasser für alle\r\n\tjetzt \N{WHITE HEAVY CHECK MARK}\n".encode())
    CliRunner().invoke(ballot, [*OPEN, str(path)])
    assert asked["statement"] == "Wasser für alle\n\tjetzt \N{WHITE HEAVY CHECK MARK}\n"
