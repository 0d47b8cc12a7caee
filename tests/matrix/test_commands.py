"""What people type becomes a command, or a sentence that helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.commands import Command, CommandError, nearest, only_line, parse_command

OPENED = {"rule": "silence", "roster": "pc", "closes": "2025-11-03 08:00 UTC"}


@pytest.mark.parametrize(
    "body",
    [
        '!ballot open rule=silence roster=pc closes="2025-11-03 08:00 UTC"',
        "!ballot open closes='2025-11-03 08:00 UTC' roster=pc rule=silence",
        "!ballot open rule=silence roster=pc closes=“2025-11-03 08:00 UTC”",
        "!ballot open rule=silence roster=pc closes=„2025-11-03 08:00 UTC“",
        "!ballot open rule=silence roster=pc closes=«2025-11-03 08:00 UTC»",
        "!ballot open rule=silence roster=pc closes=‘2025-11-03 08:00 UTC’",
        "  !Ballot  OPEN\n Rule=silence\troster=pc closes=”2025-11-03 08:00 UTC”  ",
        '!ballot\u00a0open rule=silence roster=pc closes="2025-11-03 08:00 UTC"',
    ],
)
def test_arguments_come_in_any_order_case_and_quotation_mark(body):
    assert parse_command(body) == Command("ballot", "open", OPENED)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("!ballot open title='It's here'", "It's here"),
        ("!ballot open title=Don't", "Don't"),
        ('!ballot open title="a=b  c"', "a=b  c"),
        ('!ballot open title="say "yes""', 'say "yes"'),
    ],
)
def test_a_title_may_hold_marks(body, title):
    assert parse_command(body) == Command("ballot", "open", {"title": title})


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("!endorse", Command("endorse")),
        ("!ENDORSE", Command("endorse")),
        (
            "!object The second paragraph\nis wrong.",
            Command("object", text="The second paragraph\nis wrong."),
        ),
        ("!object: it is wrong", Command("object", text="it is wrong")),
        ("!endorse!", Command("endorse")),
        ("\u200b!endorse", Command("endorse")),
        ("!endorse\u200b", Command("endorse")),
        ("!no objection", Command("noobjection")),
        ("!No Objection.", Command("noobjection")),
        ("!no objection, if it stays short", Command("noobjection", text="if it stays short")),
        ("!no-objection", Command("noobjection")),
        ("!no", Command("no")),
        ("!no way", Command("no", text="way")),
        ("\uff01endorse", Command("endorse")),
        ("\uff01\uff25ndorse", Command("endorse")),
        ("!object\uff1a too short", Command("object", text="too short")),
        ("! endorse", Command("endorse")),
        ("!  object: too short", Command("object", text="too short")),
        ("! no objection", Command("noobjection")),
        ("**!endorse**", Command("endorse")),
        ("*!object it is wrong*", Command("object", text="it is wrong")),
        ("**!object** it is *wrong*", Command("object", text="it is *wrong*")),
        ("!help", Command("help")),
        ("confirm", Command("confirm")),
        ("Confirm.", Command("confirm")),
        ("!confirm", Command("confirm")),
        ("!ballot status", Command("ballot", "status")),
        ("!ballot status b/42", Command("ballot", "status", {"ballot": "42"})),
        ("!ballot status 42", Command("ballot", "status", {"ballot": "42"})),
        (
            '!ballot withdraw B/7 reason="no longer needed"',
            Command("ballot", "withdraw", {"ballot": "7", "reason": "no longer needed"}),
        ),
    ],
)
def test_commands_are_read(body, command):
    assert parse_command(body) == command


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "I confirm that",
        "confirm this",
        "!",
        "! help",
        "! wow",
        "!!!",
        "!42",
        "a !help",
        "*hm*",
    ],
)
def test_ordinary_words_are_no_command(body):
    assert parse_command(body) is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("!balot open", "did you mean !ballot?"),
        ("!objection para 5", "did you mean !object?"),
        ("!objects", "did you mean !object?"),
        ("!endorsed", "did you mean !endorse?"),
        ("!noobjections", "did you mean !noobjection?"),
        ("!qqqq", "there is ballot"),
        ("!ballot", "needs a second word: open, status"),
        ("!ballot opne", "did you mean !ballot open?"),
        ("!ballot open rulez=silence", "did you mean rule=?"),
        ("!ballot open deadline=x", "there is rule, roster"),
        ("!ballot open closes=", "closes= has no value: the deadline with its zone"),
        ("!ballot export 42", "!ballot export is given at a terminal"),
        ("!ballot Erase", "!ballot erase is given at a terminal"),
        ('!ballot open title=""', "title= has no value"),
        ('!ballot open title="never closed', "after title= is not closed"),
        ("!ballot open rule=silence rule=threshold", "rule= is given twice"),
        ("!ballot open closes=2025-11-03 08:00 UTC", "could not read '08:00'"),
        ("!ballot open b/42", "could not read 'b/42'"),
        ("!ballot list rule=x", "there is nothing to set"),
    ],
)
def test_a_mistake_is_named_with_the_right_form(body, named):
    error = parse_command(body)
    assert isinstance(error, CommandError)
    assert named in error.sentence


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("!ballot amend b/42 editorial", {"ballot": "42", "label": "editorial"}),
        ("!ballot amend Substantive confirm=yes", {"label": "substantive", "confirm": "yes"}),
        ("!ballot amend label=editorial 7", {"label": "editorial", "ballot": "7"}),
        ('!ballot void person=ada reason="spam"', {"person": "ada", "reason": "spam"}),
    ],
)
def test_what_a_chair_says_is_read(body, arguments):
    assert parse_command(body).arguments == arguments


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("yes", "yes"),
        ("> Does it stand?\n\nNo.\n", "no"),
        ("**Yes!**", "yes"),
        ("If para 5 goes:\nyes", ""),
        ("yes\n\nbut not in May", ""),
        ("", ""),
        ("\n \n", ""),
    ],
)
def test_the_only_line_is_what_a_reply_says(body, line):
    assert only_line(body) == line


def test_nothing_is_nearest_when_nothing_is_near():
    assert nearest("zzzz", ["rule", "roster"]) is None


@given(st.text())
def test_any_message_is_read(body):
    parse_command(body)


@given(st.sampled_from(["open", "status", "withdraw"]), st.text(alphabet="rule=\"'“”k 1b/\n"))
def test_any_arguments_are_read(verb, text):
    assert isinstance(parse_command(f"!ballot {verb} {text}"), Command | CommandError)


def test_a_long_hostile_message_takes_one_pass():
    assert isinstance(parse_command('!ballot open title="' + '"x' * 100_000), CommandError)
