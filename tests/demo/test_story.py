import io
import json

import pytest
from rich.console import Console

from bridge.demo.report import Report
from bridge.demo.story import (
    MAIL_BEGINS,
    Show,
    _answers,
    _first_line,
    _is_card,
    _is_post,
    _own_line,
    _place,
    _says_announced,
    _summary,
    _tidy_up,
    shown_name,
)


def event(sender="@seconded:hs.demo", **content):
    return {"event_id": "$e", "sender": sender, "content": content}


def marked(kind, **more):
    return event(**{"org.seconded.ballot": {"id": 1, "kind": kind}, **more})


def edit(kind, body):
    new = {"org.seconded.ballot": {"id": 1, "kind": kind}, "body": body}
    relation = {"rel_type": "m.replace", "event_id": "$card"}
    return marked(kind, **{"m.new_content": new, "m.relates_to": relation})


REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$asked"}}}


@pytest.mark.parametrize(
    ("one", "is_it"),
    [
        (event(**{"org.seconded.source": [{"message_id": "wanted", "part": 0}]}), True),
        (event(**{"org.seconded.source": [{"message_id": "other", "part": 0}]}), False),
        (event(body="wanted"), False),
        ({"event_id": "$e", "sender": "@a:hs.demo"}, False),
    ],
)
def test_a_post_is_known_by_its_source_key(one, is_it):
    assert _is_post(one, "wanted") is is_it


@pytest.mark.parametrize(
    ("one", "is_it"),
    [(marked("card"), True), (edit("card", "closed"), False), (marked("status"), False)],
)
def test_the_card_is_the_message_and_not_its_edits(one, is_it):
    assert _is_card(one) is is_it


@pytest.mark.parametrize(
    ("one", "is_it"),
    [(event(**REPLY), True), (event("@bruno:hs.demo", **REPLY), False), (event(), False)],
)
def test_only_the_bot_answers(one, is_it):
    assert _answers(one, "$asked") is is_it


@pytest.mark.parametrize(
    ("one", "is_it"),
    [
        (edit("card", "closed: adopted; the result is on the list"), True),
        (edit("card", "closed: adopted; the result is not on the list yet"), False),
        (edit("status", "closed: adopted; the result is on the list"), False),
        (marked("card", body="the result is on the list"), False),
    ],
)
def test_the_story_ends_when_the_card_itself_says_so(one, is_it):
    assert _says_announced(one, "card") is is_it


def test_the_first_line_is_shown_of_a_long_message():
    assert _first_line(event(body="\n One line\nand more")) == "One line"


def test_of_an_interleaved_reply_its_own_first_line_is_shown():
    body = "… 1 quoted line\n\n> Thirty days?\n\nYes, thirty.\nGood."
    assert _own_line(event(body=body)) == "Yes, thirty."
    assert _own_line(event(body="> only a quote")) == ""


def test_a_post_is_shown_with_its_place_and_its_author_s_name():
    name = {"type": "m.room.member", "state_key": "@list_x:hs.demo"}
    member = {**name, "content": {"displayname": "Bruno Teixeira (list)"}}
    post = {**event("@list_x:hs.demo", body="Hi."), "type": "m.room.message"}
    assert shown_name([member, post], post) == "Bruno Teixeira (list)"
    assert shown_name([post], post) == "@list_x:hs.demo"
    reply = event(**{"m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}})
    assert (_place(post), _place(reply)) == ("in the room", "in its thread")


def test_of_the_preview_its_summary_is_shown_and_how_long_the_mail_is():
    preview = event(body=f"Rule  silence\nRoll  7 members{MAIL_BEGINS}Subject: [CALL] x\n\nHi.")
    shown = ["Rule  silence", "Roll  7 members", "", "… and the whole mail, 3 lines"]
    assert _summary(preview) == shown


@pytest.mark.parametrize("held", [True, False])
def test_what_a_story_leaves_is_kept_only_when_something_was_missed(tmp_path, held):
    home, out = tmp_path / "run-1", io.StringIO()
    home.mkdir()
    report = Report(3, 8, "adopted", None, {"a check": held}, {})
    _tidy_up(home, report, Show(Console(file=out)))
    assert home.exists() is not held
    assert (str(home) in out.getvalue().replace("\n", "")) is not held


def test_what_players_write_is_never_read_as_markup():
    out = io.StringIO()
    Show(Console(file=out)).note("[bold]#list_pc[/bold] [link=x]")
    assert out.getvalue() == "    [bold]#list_pc[/bold] [link=x]\n"


def test_each_part_is_timed_from_the_end_of_the_last():
    show = Show(Console(file=io.StringIO()))
    show.took("start")
    show.took("mails")
    assert list(show.seconds) == ["start", "mails"]
    assert all(value >= 0 for value in json.loads(json.dumps(show.seconds)).values())
