"""Erasing on the command line: who may, what is shown, what is refused, what still stands."""

import pytest
from playbook_cast import OSKAR, QUENTIN, SILENCE
from sqlalchemy import select

from bridge.domain.ballots import State
from bridge.events import CommandGiven
from bridge.ids import PersonId
from bridge.matrix.forms import COMMANDS
from bridge.store import answers
from bridge.store.schema import erasures, proposals
from handlers.ballots import withdraw
from handlers.requests import answered, command_given

HOUR = 3_600_000


def asks(desk, name: str = "command:1", **arguments: str) -> tuple[bool, str]:
    given = {"person": "quentin", **arguments}
    event = CommandGiven(name, None, "ballot", "erase", given, "")
    is_done, text = answered(event, desk.tx, desk.context)
    return is_done, " ".join(text.split())


@pytest.fixture
def over(desk):
    """A ballot that was withdrawn after somebody had answered; nothing is on its way."""
    desk.opened(SILENCE)
    desk.taps(QUENTIN, "✅", "$yes")
    desk.taps(OSKAR, "✅", "$also")
    withdraw(desk.tx, desk.context, desk.row(), "it was a draft", by=PersonId("nadia"))
    everything_left(desk)
    return desk


def everything_left(desk) -> None:
    desk.conn.exec_driver_sql("UPDATE outbox SET state = 'sent'")


def test_it_is_shown_first_and_nothing_is_done(over):
    is_done, shown = asks(over, preview="preview:1")
    assert is_done
    assert "b/1 (withdrawn): words and ids of 1 act of its log" in shown
    assert "name, Matrix ids and zone on its roll" in shown
    assert "the list's archives" in shown
    assert "the roster file" in shown
    assert "the slug quentin stay" in shown
    assert shown.endswith("Say --yes to do it.")
    assert "Quentin" not in shown
    assert over.row().ballot.roster.name_of("quentin") == "Quentin Example"
    assert over.conn.execute(select(erasures)).all() == []


def test_a_yes_does_what_was_shown(over):
    asks(over, preview="preview:1")
    is_done, said = asks(over, "command:2", preview="preview:1", yes="yes")
    assert is_done
    assert said.startswith("Erased, and written down without the name: 1 act of the log, 1 roll")
    assert over.row().ballot.roster.name_of("quentin") == "withdrawn"
    (row,) = over.conn.execute(select(erasures)).all()
    assert (row.by_whom, row.entries, row.rolls, row.reactions) == ("operator", 1, 1, 1)
    assert "quentin" not in str(over.conn.execute(select(proposals)).all())
    assert asks(over, "command:3", preview="preview:1", yes="yes") == (
        False,
        "Nothing waits to be confirmed; give the command again.",
    )


def test_a_yes_to_what_holds_no_more_shows_it_anew(over):
    asks(over, preview="preview:1")
    over.now += HOUR + 1
    is_done, said = asks(over, "command:2", preview="preview:1", yes="yes")
    assert not is_done
    assert "holds no more" in said
    assert "b/1 (withdrawn)" in said
    assert over.row().ballot.roster.name_of("quentin") == "Quentin Example"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"person": "nobody"}, "Nobody is called 'nobody'"),
        ({"as": "quentin"}, "'quentin' is no facilitator of any list."),
    ],
)
def test_a_wrong_name_is_refused(over, arguments, sentence):
    is_done, said = asks(over, **arguments)
    assert not is_done
    assert sentence in said


def test_what_still_names_them_on_its_way_is_waited_for(over):
    over.conn.exec_driver_sql("UPDATE outbox SET state = 'pending' WHERE key LIKE 'mail:%'")
    is_done, said = asks(over)
    assert not is_done
    assert "naming quentin still on the way" in said


def test_somebody_of_whom_nothing_is_kept_is_told_so(over):
    asks(over, yes="yes")
    assert asks(over, "command:2") == (
        True,
        "Nothing of quentin is kept with the ballots; nothing was done.",
    )


def test_an_open_ballot_with_their_position_and_a_closed_one_refuse(desk):
    desk.opened(SILENCE)
    desk.taps(QUENTIN, "✅", "$yes")
    everything_left(desk)
    is_done, said = asks(desk, yes="yes")
    assert not is_done
    assert "quentin holds a position on b/1 (open)" in said
    desk.swept(desk.row().ballot.deadline.instant + HOUR)
    assert desk.row().ballot.state is State.CLOSED
    assert "holds a position on b/1 (closed" in asks(desk, yes="yes")[1]


def test_the_command_and_the_record_do_not_say_whom(over):
    command_given(
        CommandGiven("command:1", None, "ballot", "erase", {"person": "quentin", "yes": "yes"}, ""),
        over.tx,
        over.context,
    )
    is_done, text = answers.answer_to(over.conn, "command:1")
    assert is_done
    assert "uentin" not in text


def test_it_is_no_word_of_the_chat_which_would_name_them_there_for_good():
    assert "erase" not in {form.verb for form in COMMANDS}
