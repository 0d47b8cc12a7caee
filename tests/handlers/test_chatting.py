"""Chat is counted where a digest tells of it, in the thread it stands in, under a pseudonym."""

from dataclasses import replace

import pytest
from playbook_cast import LIST_ID, OSKAR, PRIYA, REQUEST, Mail

from bridge.config import DigestConfig
from bridge.ids import RoomId
from bridge.store import chat
from bridge.store.chat import Said
from handlers.messages import message_seen
from handlers.reactions import redaction_seen

REPLY = Mail("Reply.1", answers=("Request.1",))


@pytest.fixture
def counting(desk):
    """A desk whose list has a digest, with two posts of one thread in the room."""
    digest = DigestConfig(at="18:00", zone="UTC")
    listed = desk.listed.model_copy(update={"digest": digest})
    desk.context = replace(desk.context, lists={LIST_ID: listed})
    for number, mail in enumerate((REQUEST, REPLY)):
        desk.mail(mail)
        desk.event(f"$post{number}", "post", message_id=mail.message_id)
    desk.event("$card", "card", 1)
    return desk


def said(desk, body="Good.", **where):
    event = desk.said(OSKAR, body, **where)
    assert message_seen(event, desk.tx, desk.context).reason == "chat"
    return chat.said_since(desk.conn, LIST_ID, 0)


@pytest.mark.parametrize(
    ("where", "head", "ballot"),
    [
        ({"thread_root": "$post0"}, REQUEST.message_id, None),
        ({"reply_to": "$post1"}, REQUEST.message_id, None),
        ({"thread_root": "$card"}, None, 1),
        ({}, None, None),
        ({"thread_root": "$unknown", "reply_to": "$post0"}, REQUEST.message_id, None),
    ],
)
def test_a_message_is_counted_in_its_thread(counting, where, head, ballot):
    assert said(counting, **where) == [Said(head, ballot, 1, 1)]


def test_an_event_of_another_room_names_no_thread(counting):
    elsewhere = counting.said(OSKAR, "Good.", thread_root="$post0", room=RoomId("!other"))
    message_seen(elsewhere, counting.tx, counting.context)
    assert chat.said_since(counting.conn, LIST_ID, 0) == []


def test_a_message_is_counted_once_and_a_command_never(counting):
    said(counting)
    said(counting)
    message_seen(counting.said(PRIYA, "!help", "$help"), counting.tx, counting.context)
    assert chat.said_since(counting.conn, LIST_ID, 0) == [Said(None, None, 1, 1)]


def test_a_removed_message_is_counted_no_longer(counting):
    said(counting)
    elsewhere = replace(counting.removed(OSKAR, "$said"), room=RoomId("!other"))
    redaction_seen(elsewhere, counting.tx, counting.context)
    assert len(chat.said_since(counting.conn, LIST_ID, 0)) == 1
    removed = counting.removed(OSKAR, "$said")
    assert redaction_seen(removed, counting.tx, counting.context).reason == "chat"
    assert chat.said_since(counting.conn, LIST_ID, 0) == []


def test_without_a_digest_nothing_is_counted(desk):
    assert said(desk) == []
