"""What a handler queues for files: letters that name them, never their bytes."""

import json

import pytest
from playbook_cast import LIST_ID, OSKAR, Mail
from sqlalchemy import select

from bridge.errors import UserError
from bridge.ids import EventId, ListId, RoomId
from bridge.letters import files_lane
from bridge.store import rooms
from bridge.store.rooms import RoomEvent
from bridge.store.schema import outbox
from handlers.files import whole_post_asked

CONTENT = b"A very particular sentence of the minutes.\n"
MAIL = Mail("Files.1", "See.\n", files=(("minutes.txt", "text/plain", CONTENT),))


def letters(desk):
    rows = desk.conn.execute(
        select(outbox).where(outbox.c.lane == files_lane(LIST_ID)).order_by(outbox.c.id)
    )
    return [row._mapping for row in rows]


def test_a_file_is_two_letters_without_its_bytes(desk):
    desk.mail(MAIL)
    upload, shown = letters(desk)
    assert (upload["kind"], shown["kind"]) == ("upload", "post")
    assert shown["needs"] == upload["key"]
    assert "particular" not in upload["payload"] + shown["payload"]
    assert json.loads(shown["payload"])["content"]["filename"] == "minutes.txt"


def test_a_post_without_files_queues_none(desk):
    desk.mail(Mail("Plain.1"))
    assert letters(desk) == []


@pytest.mark.parametrize(
    ("room", "listed"),
    [("!elsewhere", LIST_ID), ("!pc", ListId("other.lists.example.org"))],
)
def test_a_post_of_another_room_or_list_is_not_given_away(desk, room, listed):
    desk.mail(MAIL)
    event = RoomEvent(EventId("$post"), RoomId(room), listed, "post", MAIL.message_id)
    rooms.record_event(desk.tx, event)
    asked = desk.said(OSKAR, "!full", reply_to=EventId("$post"))
    with pytest.raises(UserError, match="as a reply to a post"):
        whole_post_asked(desk.tx, desk.context, desk.listed, asked)
