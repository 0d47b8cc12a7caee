"""Letters: derived keys, the right lane, and what must have left before."""

import json

import pytest
from ballot_samples import LIST, POST

from bridge.ids import BallotId, Instant, MessageId, UserId
from bridge.letters import (
    EVIDENCE_PATIENCE_MS,
    ROOTS_AT_ONCE,
    PostPart,
    Say,
    evidence_letter,
    letter_ref,
    mail_letter,
    pin_letter,
    post_letter,
    post_ref,
    room_key,
    room_letter,
    say_letter,
    seed_letter,
    signature_letter,
    status_letter,
)
from bridge.matrix.content import notice_content
from bridge.ports import Envelope
from bridge.store.mirror import post_key

REPLY = MessageId("Reply.2@people.example")
ONE = BallotId(1)
GHOST = UserId("@list_g:hs.test")
SAY = Say(LIST, "hello", notice_content("Hello."))
ENVELOPE = Envelope("b@x.example", ("pc@x.example",), "Betreff: Ünal — 📝\r\n".encode())


def part(message_id, number, head):
    return post_letter(PostPart(LIST, message_id, number, GHOST, "B", {}, head))


EVERY = [
    room_letter(LIST),
    part(POST, 0, POST),
    part(REPLY, 1, POST),
    say_letter(SAY),
    seed_letter(LIST, ONE, "✅"),
    pin_letter(LIST, ONE, pinned=True),
    status_letter(LIST, ONE, "closed"),
    mail_letter(LIST, POST, ENVELOPE, None),
    evidence_letter(LIST, POST, Instant(7)),
    signature_letter(LIST, 1, ("lists.example.org",)),
]


@pytest.mark.parametrize("letter", EVERY, ids=lambda one: one.kind)
def test_a_letter_survives_being_stored(letter):
    stored = json.loads(json.dumps(letter.payload, ensure_ascii=False))
    assert stored.keys() == letter.payload.keys()
    assert stored["list_id"] == LIST


def test_every_letter_has_a_key_of_its_own():
    assert len({letter.key for letter in EVERY}) == len(EVERY)


def test_a_threads_replies_and_further_parts_share_its_lane():
    root, second, reply = part(POST, 0, POST), part(POST, 1, POST), part(REPLY, 0, POST)
    assert second.lane == reply.lane != root.lane


def test_posts_that_begin_threads_share_a_few_lanes_of_their_room():
    names = [MessageId(f"{n}@example.org") for n in range(100)]
    lanes = {part(name, 0, name).lane for name in names}
    assert len(lanes) == ROOTS_AT_ONCE
    assert room_letter(LIST).lane not in lanes


def test_a_post_that_begins_a_thread_waits_for_its_room():
    assert part(POST, 0, POST).needs == room_letter(LIST).key


def test_replies_and_further_parts_wait_for_the_head_of_their_thread():
    for waiting in (part(POST, 1, POST), part(REPLY, 0, POST)):
        assert waiting.needs == post_key(LIST, POST, 0)


def test_the_same_post_on_two_lists_is_two_letters():
    assert post_key(LIST, POST, 0) != post_key(LIST[1:], POST, 0)


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        ({}, room_key(LIST)),
        ({"thread": letter_ref("card:1")}, "card:1"),
        ({"replaces": letter_ref("status:1"), "thread": letter_ref("card:1")}, "status:1"),
        ({"thread": post_ref(POST)}, room_key(LIST)),
    ],
)
def test_what_the_bot_says_waits_for_what_it_stands_under(changes, needs):
    assert say_letter(Say(LIST, "k", {}, **changes)).needs == needs


def test_everything_about_a_ballot_leaves_in_order():
    lanes = {
        say_letter(Say(LIST, "k", {}, ballot=ONE)).lane,
        seed_letter(LIST, ONE, "✅").lane,
        pin_letter(LIST, ONE, pinned=False).lane,
        status_letter(LIST, ONE, "closed").lane,
    }
    assert len(lanes) == 1


def test_counting_in_between_does_not_hold_up_the_state():
    counting = status_letter(LIST, ONE, Instant(60_000))
    state = status_letter(LIST, ONE, "closed")
    assert counting.lane != state.lane
    assert counting.needs == state.needs


def test_one_occasion_is_one_edit():
    assert status_letter(LIST, ONE, Instant(5)) == status_letter(LIST, ONE, Instant(5))
    assert status_letter(LIST, ONE, Instant(5)).key != status_letter(LIST, ONE, Instant(6)).key


def test_pinning_and_unpinning_are_two_letters():
    assert pin_letter(LIST, ONE, pinned=True).key != pin_letter(LIST, ONE, pinned=False).key


def test_each_posts_author_is_asked_for_by_itself_and_not_for_ever():
    one, other = evidence_letter(LIST, POST, Instant(7)), evidence_letter(LIST, REPLY, Instant(7))
    assert one.lane != other.lane
    assert one.expires_at == 7 + EVIDENCE_PATIENCE_MS


def test_a_mail_keeps_its_bytes_its_message_id_and_its_end():
    letter = mail_letter(LIST, POST, ENVELOPE, Instant(9))
    assert letter.payload["raw"].encode() == ENVELOPE.raw
    assert (letter.key, letter.expires_at) == (f"mail:{POST}", 9)
