"""Our own keys become event ids at the last moment, or the letter waits."""

import pytest
from ballot_samples import LIST, POST
from memory_store import memory_tx

from bridge.delivery.references import GoneError, UnresolvedError, resolve
from bridge.ids import EventId, ListId, MessageId, RoomId, UserId
from bridge.letters import event_ref, letter_ref, post_ref
from bridge.matrix.relations import permalink
from bridge.store import inbox, mirror, outbox
from bridge.store.mirror import MirroredPost, post_key
from bridge.store.outbox import Letter

COLONS = "later:a@x:b@x"


@pytest.fixture
def tx():
    """A post with an event, a post without one, and a letter that was sent."""
    with memory_tx() as tx:
        for name in (POST, MessageId("waiting@x")):
            inbox.add(tx, lane="a", kind="mail", key=name, raw=b"")
            number = inbox.claim(tx.conn, tx.now, 9)[-1].id
            ghost = UserId("@list_a:hs.test")
            row = MirroredPost(LIST, name, number, "s", "A", None, ghost, None, tx.now, "d", name)
            mirror.record_post(tx, row)
        mirror.record_event_of(tx, LIST, POST, EventId("$post"))
        waiting = post_key(LIST, MessageId("waiting@x"), 0)
        for key in (COLONS, "pending", "shunted", "expired", waiting):
            outbox.add(tx, Letter("matrix", "a", "say", key, {}))
        for state in ("shunted", "expired"):
            outbox.mark_failed(tx, outbox.by_key(tx.conn, state).id, state=state, reason="")
        outbox.mark_sent(tx, outbox.by_key(tx.conn, COLONS).id, "$letter")
        yield tx


@pytest.mark.parametrize(
    ("reference", "event"),
    [
        (None, None),
        (event_ref(EventId("$e:hs.test")), "$e:hs.test"),
        (post_ref(POST), "$post"),
        (letter_ref(COLONS), "$letter"),
    ],
)
def test_what_has_an_event_is_found(tx, reference, event):
    assert resolve(tx.conn, LIST, reference) == event


@pytest.mark.parametrize(
    "reference",
    [
        post_ref(MessageId("waiting@x")),
        letter_ref("pending"),
    ],
)
def test_what_has_no_event_yet_says_so(tx, reference):
    with pytest.raises(UnresolvedError, match="no event yet"):
        resolve(tx.conn, LIST, reference)


@pytest.mark.parametrize(
    "reference",
    [
        post_ref(MessageId("unknown@x")),
        letter_ref("unknown"),
        letter_ref("shunted"),
        letter_ref("expired"),
    ],
)
def test_what_will_have_no_event_is_not_waited_for(tx, reference):
    with pytest.raises(GoneError, match="set aside"):
        resolve(tx.conn, LIST, reference)


def test_a_post_of_another_list_is_another_post(tx):
    with pytest.raises(GoneError):
        resolve(tx.conn, ListId("announce.lists.example.org"), post_ref(POST))


def test_an_address_keeps_nothing_that_could_break_out_of_it():
    url = permalink(RoomId('!r/"><b>:hs.test'), EventId("$e?#/x"))
    assert url == "https://matrix.to/#/%21r%2F%22%3E%3Cb%3E%3Ahs.test/%24e%3F%23%2Fx"
