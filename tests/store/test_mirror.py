"""Posts by (list, Message-ID)."""

from dataclasses import replace

import pytest
from ballot_samples import LIST, POST
from memory_store import memory_tx
from sqlalchemy.exc import IntegrityError

from bridge.ids import EventId, ListId, MessageId, UserId
from bridge.mail.evidence import NOTHING, Evidence, Level
from bridge.store import inbox, mirror, threads
from bridge.store.mirror import MirroredPost

OTHER = ListId("announce.lists.example.org")


def post(tx, name=POST, *, list_id=LIST, references=(), head=None, evidence=NOTHING):
    """Let a mail arrive and be accepted for the room."""
    key = f"{list_id} {name}"
    inbox.add(tx, lane="a", kind="mail", key=key, raw=b"")
    threads.record_references(tx, list_id, name, references)
    number = inbox.claim(tx.conn, tx.now, 200)[-1].id
    made = MirroredPost(
        list_id=list_id,
        message_id=name,
        inbox_id=number,
        subject="Offene Beratung — «oui»",
        author_name="Bruno",
        author_address=None,
        ghost=UserId("@list_b:hs.test"),
        date=None,
        arrived_at=tx.now,
        own_digest="d",
        head=head or name,
        evidence=evidence,
    )
    mirror.record_post(tx, made)
    return made


def test_a_post_comes_back_as_it_was_written_down():
    with memory_tx() as tx:
        made = post(tx)
        assert mirror.post_by_id(tx.conn, LIST, POST) == made


def test_what_speaks_for_an_author_comes_back_and_may_become_more():
    with memory_tx() as tx:
        word = Evidence(Level.LIST, "list", "lists.example.org", later=True, reason="why")
        made = post(tx, evidence=word)
        assert mirror.post_by_id(tx.conn, LIST, POST) == made
        proved = Evidence(Level.SIGNED, "dkim", "people.example")
        mirror.record_evidence(tx, LIST, POST, proved)
        assert mirror.post_by_id(tx.conn, LIST, POST) == replace(made, evidence=proved)


def test_the_same_message_id_on_another_list_is_another_post():
    with memory_tx() as tx:
        post(tx)
        assert mirror.post_by_id(tx.conn, OTHER, POST) is None
        assert post(tx, list_id=OTHER) == mirror.post_by_id(tx.conn, OTHER, POST)


def test_message_ids_differ_by_their_capitals():
    with memory_tx() as tx:
        post(tx)
        assert mirror.post_by_id(tx.conn, LIST, MessageId(POST.lower())) is None


def test_a_post_cannot_be_written_down_twice():
    with memory_tx() as tx:
        made = post(tx)
        with pytest.raises(IntegrityError):
            mirror.record_post(tx, replace(made, subject="another"))


def test_a_post_counts_as_mirrored_once_it_has_its_event():
    with memory_tx() as tx:
        post(tx)
        post(tx, MessageId("b@example.org"))
        mirror.record_event_of(tx, LIST, POST, EventId("$e"))
        assert mirror.count_mirrored(tx.conn) == 1
        assert mirror.post_by_id(tx.conn, LIST, POST).event_id == "$e"


def test_the_first_of_a_tree_is_the_one_that_arrived_first_not_its_root():
    with memory_tx() as tx:
        root, reply = MessageId("root@x"), MessageId("reply@x")
        post(tx, reply, references=(root,))
        post(tx, root)
        assert mirror.first_of_tree(tx.conn, LIST, root).message_id == reply
        assert mirror.first_of_tree(tx.conn, LIST, reply) is None
        assert mirror.first_of_tree(tx.conn, OTHER, root) is None


def test_the_heads_of_a_tree_are_those_that_stand_in_the_timeline():
    with memory_tx() as tx:
        root, reply, other = MessageId("root@x"), MessageId("reply@x"), MessageId("other@x")
        post(tx, reply, references=(root,))
        post(tx, other, references=(root,), head=reply)
        post(tx, root)
        found = mirror.heads_of_tree(tx.conn, LIST, root)
        assert found == [reply, root]


def test_posts_are_found_among_many_names_of_their_own_list_only():
    with memory_tx() as tx:
        post(tx)
        post(tx, list_id=OTHER)
        found = mirror.among(tx.conn, LIST, [POST, MessageId("unknown@x")])
        assert [(one.list_id, one.message_id) for one in found] == [(LIST, POST)]
        assert mirror.among(tx.conn, LIST, []) == []
