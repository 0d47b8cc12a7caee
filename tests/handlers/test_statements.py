"""The text is the post's, the first post's of its thread, or the words given."""

import pytest
from playbook_cast import REQUEST, Mail

from bridge.errors import UserError
from bridge.ids import MessageId
from bridge.mail.weights import LONGEST_TEXT
from handlers.statements import post_meant, text_meant

REPLY = Mail("Reply.1", "I agree with that.\n", answers=("Request.1",))


@pytest.fixture
def listed(desk):
    desk.mail(REQUEST)
    desk.mail(REPLY)
    return desk


@pytest.mark.parametrize(
    ("text", "words"),
    [({}, "I agree with that.\n"), ({"text": "post"}, "I agree with that.\n"),
     ({"text": "thread"}, "Consultations must be announced thirty days ahead.\n")],
)  # fmt: skip
def test_the_text_is_the_posts_or_the_first_of_its_thread(listed, text, words):
    post = post_meant(listed.tx, listed.listed, REPLY.message_id, text)
    assert text_meant(post, text).text == words


FORWARD = """Please look at this.

---------- Forwarded message ---------
From: Ada Example <ada@example.org>
Date: Thu, 30 Oct 2025 08:00:00 +0000
Subject: A letter

We ask for sixty days.
"""


def test_what_a_post_forwards_belongs_to_its_text_or_is_left_out(desk):
    desk.mail(Mail("Fwd.1", FORWARD))
    post = post_meant(desk.tx, desk.listed, Mail("Fwd.1").message_id, {"text": "own"})
    assert "We ask for sixty days." in text_meant(post, {}).text
    assert text_meant(post, {"text": "own"}).text == "Please look at this.\n"


def test_words_given_take_the_posts_place(listed):
    post = post_meant(listed.tx, listed.listed, REPLY.message_id, {})
    found = text_meant(post, {"statement": "Given. \r\n"}, version=3)
    assert (found.text, found.version) == ("Given.\n", 3)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("", "no text"),
        ("x" * (LONGEST_TEXT + 1), "longer than"),
        ("Ж" * (LONGEST_TEXT // 4), "longer than"),
        ("https://docs.example.org/document/d/1abcdef/edit\n", "nothing but a link"),
    ],
)
def test_words_that_cannot_be_decided_about_are_refused(listed, statement, says):
    post = post_meant(listed.tx, listed.listed, REPLY.message_id, {})
    with pytest.raises(UserError, match=says):
        text_meant(post, {"statement": statement})


def test_a_post_that_is_only_a_link_is_no_text(desk):
    mail = Mail("Link.1", "Hello,\n\n<https://docs.example.org/document/d/1abcdef/edit>\n")
    desk.mail(mail)
    post = post_meant(desk.tx, desk.listed, mail.message_id, {})
    assert "Hello" in text_meant(post, {}).text
    mail = Mail("Link.2", "https://docs.example.org/document/d/1abcdef/edit\n")
    desk.mail(mail)
    post = post_meant(desk.tx, desk.listed, mail.message_id, {})
    with pytest.raises(UserError, match="Post the words themselves"):
        text_meant(post, {})


@pytest.mark.parametrize(
    ("message_id", "arguments", "says"),
    [("nothing@x", {}, "no such post"), (REPLY.message_id, {"text": "link"}, "text='link'")],
)
def test_a_text_that_is_not_there_is_refused(listed, message_id, arguments, says):
    with pytest.raises(UserError, match=says):
        post_meant(listed.tx, listed.listed, MessageId(message_id), arguments)
