"""The text is the post's, the first post's of its thread, or the words given."""

import pytest
from playbook_cast import CHAIR, REQUEST, SILENCE, Mail

from bridge.errors import UserError
from bridge.ids import MessageId
from bridge.mail import limits
from bridge.mail.weights import LONGEST_TEXT
from handlers.statements import doubts_about, post_meant, text_meant

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


def with_files(desk, *files, body="Please find the statement attached.\n"):
    """A post with attachments: name, type and bytes; and its source."""
    mail = Mail("Files.1", body, files=files)
    desk.mail(mail)
    return post_meant(desk.tx, desk.listed, mail.message_id, {})


WATER = ("statement.txt", "text/plain", b"We demand clean water.\r\n")
MINUTES = ("minutes.pdf", "application/pdf", b"%PDF-1.7 1")


@pytest.mark.parametrize("text", ["attached", "attached:statement.txt"])
def test_the_text_may_be_what_is_attached(desk, text):
    source = with_files(desk, WATER, MINUTES)
    assert text_meant(source, {"text": text}).text == "We demand clean water.\n"
    assert post_meant(desk.tx, desk.listed, source.post.message_id, {"text": text}) == source


def test_of_several_attachments_one_is_named(desk):
    swedish = "Vi kräver rent vatten.".encode("latin-1")
    other = ("vatten.txt", 'text/plain; charset="iso-8859-1"', swedish)
    source = with_files(desk, WATER, other)
    with pytest.raises(
        UserError, match=r'"attached:statement[.]txt", text="attached:vatten[.]txt"'
    ):
        text_meant(source, {"text": "attached"})
    with pytest.raises(UserError, match=r"there is no 'x[.]txt'"):
        text_meant(source, {"text": "attached:x.txt"})
    assert text_meant(source, {"text": "attached:vatten.txt"}).text == "Vi kräver rent vatten.\n"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((), "it has nothing attached"),
        ((MINUTES,), "no attachment in plain text; it has minutes.pdf"),
        ((("a.txt", "text/plain", b"\x00\x01\xff\xfe" * 9),), "holds signs that are no text"),
        ((("a.txt", "text/plain", b"x" * (limits.TEXT + 1)),), "too long"),
        ((("a.txt", "text/plain", b" \r\n"),), "no text of its own"),
        ((("a.txt", "text/plain", b"https://docs.example.org/d/1"),), "nothing but a link"),
        ((("a.txt", "text/html", b"<p>Clean water.</p>"),), "no attachment in plain text"),
        ((WATER, (*WATER[:2], b"We demand milk.")), "which one"),
    ],
)
def test_what_is_attached_and_cannot_be_decided_about_is_refused(desk, files, says):
    source = with_files(desk, *files)
    with pytest.raises(UserError, match=says):
        text_meant(source, {"text": "attached"})


@pytest.mark.parametrize(
    ("files", "text", "says"),
    [
        ((), "", ["The text speaks of an attachment"]),
        ((WATER,), "", ["not in this text: statement.txt"]),
        ((WATER,), " text=attached", []),
        ((WATER, MINUTES), " text=attached:statement.txt", ["not in this text: minutes.pdf"]),
    ],
)
def test_the_chair_is_told_when_the_text_may_not_be_all_of_what_is_meant(desk, files, text, says):
    source = with_files(desk, *files)
    desk.event("$files", "post", message_id=source.post.message_id)
    shown = " ".join(desk.says(CHAIR, SILENCE + text, "$ask", reply_to="$files").split())
    assert [one for one in says if one in shown] == says
    assert ("LOOK" in shown) == bool(says)
    doubts = doubts_about(desk.tx, desk.listed, desk.row().ballot)
    assert len(doubts) == len(says)


def test_hardly_more_than_a_link_is_shown_to_the_chair(desk):
    body = "The statement: https://docs.example.org/document/d/1abcdef/edit\n"
    source = with_files(desk, body=body)
    desk.event("$files", "post", message_id=source.post.message_id)
    desk.says(CHAIR, SILENCE, "$ask", reply_to="$files")
    (doubt,) = doubts_about(desk.tx, desk.listed, desk.row().ballot)
    assert "hardly more than a link" in doubt


@pytest.mark.parametrize(
    ("message_id", "arguments", "says"),
    [("nothing@x", {}, "no such post"), (REPLY.message_id, {"text": "link"}, "text='link'")],
)
def test_a_text_that_is_not_there_is_refused(listed, message_id, arguments, says):
    with pytest.raises(UserError, match=says):
        post_meant(listed.tx, listed.listed, MessageId(message_id), arguments)
