"""Which ballot a word is about: never the one that only happens to be open."""

import pytest
from playbook_cast import OSKAR, REQUEST, SILENCE, Mail

from bridge.store import ballots

MATTER = Mail("matter", subject="Another matter")
REMARK = Mail("remark", answers=(REQUEST.name,), author="rosa")


@pytest.fixture
def two_threads(desk):
    desk.opened(SILENCE)
    desk.posted(MATTER, "$matter")
    desk.posted(REMARK, "$remark")
    desk.event("$post", "post", message_id=REQUEST.message_id)
    return desk


@pytest.mark.parametrize(
    ("where", "counts"),
    [
        ({}, True),
        ({"thread_root": "$card"}, True),
        ({"reply_to": "$card"}, True),
        ({"thread_root": "$post"}, True),
        ({"reply_to": "$post"}, True),
        ({"reply_to": "$somebody"}, True),
        ({"thread_root": "$post", "reply_to": "$somebody"}, True),
        ({"thread_root": "$matter"}, False),
        ({"reply_to": "$matter"}, False),
        ({"thread_root": "$matter", "reply_to": "$somebody"}, False),
        ({"thread_root": "$post", "reply_to": "$remark"}, False),
        ({"thread_root": "$card", "reply_to": "$matter"}, True),
    ],
)
@pytest.mark.parametrize("word", ["!endorse", "!object It is too short."])
def test_a_word_to_another_post_answers_no_ballot(two_threads, where, counts, word):
    two_threads.says(OSKAR, "!help", "$help")
    two_threads.says(OSKAR, word, "$word", **where)
    assert len(ballots.acts_of(two_threads.conn, 1)) == (1 if counts else 0)
    assert ("Which ballot?" in two_threads.told()[-1]) is not counts


@pytest.mark.parametrize("word", ["!receipt", "!yes", "!no", "!contest It changed."])
def test_nothing_else_is_taken_for_the_open_ballot_there(two_threads, word):
    assert "Which ballot?" in two_threads.says(OSKAR, word, "$word", thread_root="$matter")
