"""Every checkpoint of one mail, in the order it passed them."""

import pytest
from ballot_samples import LIST, OPENED, POST, act, ballot
from memory_store import memory_tx

from bridge.domain.ballots import State
from bridge.events import Outcome
from bridge.ids import BallotId, EventId, Instant, MessageId, RoomId, UserId
from bridge.letters import PostPart, post_letter
from bridge.store import ballots, inbox, listposts, mirror, outbox, reactions
from bridge.store.listposts import ListPost
from bridge.store.mirror import MirroredPost
from bridge.store.reactions import Reaction
from bridge.trace import trace

META = {"list_id": LIST, "envelope_sender": "pc-bounces@lists.example.org", "client": "[192.0.2.1]"}
GHOST = UserId("@list_b:hs.test")
CALL = MessageId("call.b1@bridge.example.org")
RECEIVED = "received   Thu 30 Oct 2025 08:00 UTC  for pc.lists.example.org, envelope sender "


def arrive(tx, key="mail:1", meta=META):
    inbox.add(tx, lane="a", kind="mail", key=key, raw=f"Message-ID: <{POST}>".encode(), meta=meta)
    return inbox.claim(tx.conn, tx.now, 99)[-1].id


def accept(tx, number, *, head=POST, parts=1):
    row = MirroredPost(LIST, POST, number, "s", "B", None, GHOST, None, tx.now, "d", head)
    mirror.record_post(tx, row)
    for part in range(parts):
        outbox.add(tx, post_letter(PostPart(LIST, POST, part, GHOST, "B", {}, head)))
    inbox.settle(tx, number, Outcome(about=POST))


def test_a_mail_that_never_came_has_no_line():
    with memory_tx() as tx:
        arrive(tx)
        assert trace(tx.conn, MessageId("unknown@x")) == []


def test_a_mail_nobody_has_read_yet_is_waiting():
    with memory_tx(now=OPENED) as tx:
        arrive(tx)
        assert trace(tx.conn, POST) == [RECEIVED + META["envelope_sender"], "waiting"]


def test_a_mail_without_an_envelope_sender_says_so():
    with memory_tx(now=OPENED) as tx:
        arrive(tx, meta={**META, "envelope_sender": ""})
        assert trace(tx.conn, POST)[0] == RECEIVED + "<>"


@pytest.mark.parametrize(
    ("state", "reason", "line"),
    [
        ("suppressed", "echo", "suppressed echo"),
        ("held", "not from the list: no List-Id", "held       not from the list: no List-Id"),
        (
            "shunted",
            "ValueError: Traceback\n  File …\nValueError: x",
            "shunted    ValueError: Traceback",
        ),
    ],
)
def test_a_mail_that_is_not_in_the_room_says_why(state, reason, line):
    with memory_tx() as tx:
        inbox.settle(tx, arrive(tx), Outcome(state, reason, POST))
        assert trace(tx.conn, POST)[1:] == [line]


def test_each_part_is_followed_into_the_room():
    with memory_tx() as tx:
        accept(tx, arrive(tx), parts=2)
        outbox.mark_sent(tx, 1, "$part0")
        mirror.record_event_of(tx, LIST, POST, EventId("$part0"))
        assert trace(tx.conn, POST)[1:] == [
            "accepted",
            "mirrored   part 0: sent as $part0, in the timeline",
            "mirrored   part 1: pending, in the timeline",
            "reactions  0 on the post (sentiment, never counted)",
        ]


def test_a_reply_names_the_thread_it_stands_in():
    with memory_tx() as tx:
        accept(tx, arrive(tx), head=MessageId("root@x"))
        assert trace(tx.conn, POST)[-1].endswith("in the thread of root@x")


def test_reactions_and_the_ballot_on_a_post_are_shown():
    with memory_tx() as tx:
        accept(tx, arrive(tx))
        mirror.record_event_of(tx, LIST, POST, EventId("$e"))
        person = UserId("@a:hs.test")
        like = Reaction(EventId("$r"), RoomId("!r"), EventId("$e"), "👍", person, Instant(5))
        reactions.record_reaction(tx, like)
        ballots.record_ballot(tx, ballot(), None)
        ballots.record_ballot(tx, ballot(2, message_id=MessageId("other@x")), None)
        ballots.append_act(tx, act("ada", "endorse", OPENED), {})
        assert trace(tx.conn, POST)[-2:] == [
            "reactions  1 on the post (sentiment, never counted)",
            f"ballot     b/1 {State.OPEN.value}, 1 acts",
        ]


def test_a_second_copy_is_shown_without_the_first_ones_place():
    with memory_tx() as tx:
        accept(tx, arrive(tx))
        second = arrive(tx, key="mail:2")
        inbox.settle(tx, second, Outcome("suppressed", "duplicate", POST))
        assert [line.split()[0] for line in trace(tx.conn, POST)] == [
            "received",
            "accepted",
            "mirrored",
            "received",
            "suppressed",
        ]


def test_a_mail_of_ours_is_followed_until_the_list_has_it():
    with memory_tx(now=OPENED) as tx:
        listposts.record_queued(
            tx, ListPost(CALL, LIST, BallotId(1), "call", "queued", Instant(OPENED))
        )
        assert trace(tx.conn, CALL)[-1] == "not seen   queued"
        listposts.record_state(tx, CALL, "accepted")
        listposts.record_seen(tx, CALL, "the list's copy")
        assert [line[:11].strip() for line in trace(tx.conn, CALL)] == ["ours", "accepted", "seen"]
        assert trace(tx.conn, CALL)[-1].endswith("proof: the list's copy")
