"""The story's people are invented, and their mails are read by our own parser as meant."""

import pytest

from bridge.demo import cast
from bridge.mail.parse import parse_mail
from bridge.matrix.content import Placing, shown_post


def read(mail):
    return parse_mail(mail.raw, list_id=cast.LIST_ID, posting_address=cast.LIST_ADDRESS)


@pytest.mark.parametrize("one", cast.EVERYBODY, ids=lambda one: one.slug)
def test_everybody_lives_in_the_demo_only(one):
    assert one.address.endswith(".demo")
    assert one.user_id == f"@{one.slug}:{cast.SERVER_NAME}"


def test_seven_are_on_the_roll_and_one_is_not():
    assert len(cast.ROLL) == 7
    assert [one for one in cast.EVERYBODY if one not in cast.ROLL] == [cast.STRANGER]


@pytest.mark.parametrize("mail", cast.MAILS, ids=lambda one: one.author.slug)
def test_a_mail_names_its_author_its_id_and_what_it_answers(mail):
    post = read(mail)
    assert (post.message_id, post.author.name) == (mail.message_id, mail.author.name)
    assert tuple(post.references) == mail.answers
    assert not post.errors


def test_every_line_ends_as_mail_lines_end():
    for mail in cast.MAILS:
        assert b"\n" not in mail.raw.replace(b"\r\n", b"")


def shown(mail):
    """Return what the room shows of a mail."""
    return shown_post(read(mail), Placing(None, is_public=True)).contents[0]["body"]


def test_the_request_shows_its_forward_below_its_own_words():
    body = shown(cast.REQUEST)
    assert body.startswith("Consultations on Internet policy must")
    assert "three coalitions have agreed" in body
    assert "To unsubscribe" not in body


def test_the_interleaved_reply_shows_the_question_before_the_answer():
    body = shown(cast.INTERLEAVED)
    assert body.index("announced thirty days ahead") < body.index("so I am glad to see it")
