"""Every mail that was acknowledged is somewhere, once."""

import pytest
from ballot_samples import LIST
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import memory_tx

from bridge.events import Outcome
from bridge.ids import EventId, MessageId, UserId
from bridge.letters import PostPart, post_letter
from bridge.store import inbox, mirror, outbox
from bridge.store.books import Books, outbox_counts, read_books
from bridge.store.mirror import MirroredPost
from bridge.store.schema import outbox as outbox_table
from bridge.store.schema import posts

ENDS = ("new", "held", "suppressed", "shunted", "accepted", "mirrored", "shunted on its way")


def arrive(tx, n, end):
    """Let a mail come in and end like this."""
    inbox.add(tx, lane="a", kind="mail", key=f"mail:{n}", raw=b"")
    number = inbox.claim(tx.conn, tx.now, 10_000)[-1].id
    if end == "new":
        return
    if end in {"held", "suppressed", "shunted"}:
        inbox.settle(tx, number, Outcome(end, f"why {end}: details of {n}"))
        return
    name = MessageId(f"{n}@example.org")
    ghost = UserId("@list_a:hs.test")
    row = MirroredPost(LIST, name, number, "s", "A", None, ghost, None, tx.now, "d", name)
    mirror.record_post(tx, row)
    for part in (0, 1):
        letter = post_letter(PostPart(LIST, name, part, ghost, "A", {}, name))
        outbox.add(tx, letter)
        if end == "shunted on its way":
            item = outbox.by_key(tx.conn, letter.key)
            outbox.mark_failed(tx, item.id, state="shunted", reason="M_TOO_LARGE")
    if end == "mirrored":
        mirror.record_event_of(tx, LIST, name, EventId(f"${n}"))
    inbox.settle(tx, number, Outcome(about=name))


@pytest.mark.parametrize("end", ENDS)
def test_a_mail_stands_in_one_place_of_the_books(end):
    with memory_tx() as tx:
        arrive(tx, 1, end)
        books = read_books(tx.conn)
    found = (
        books.mirrored,
        books.in_flight,
        dict(books.held),
        dict(books.suppressed),
        {reason: count for reason, count in books.shunted.items() if count},
    )
    assert (
        found
        == {
            "new": (0, 1, {}, {}, {}),
            "held": (0, 0, {"why held": 1}, {}, {}),
            "suppressed": (0, 0, {}, {"why suppressed": 1}, {}),
            "shunted": (0, 0, {}, {}, {"why shunted": 1}),
            "accepted": (0, 1, {}, {}, {}),
            "mirrored": (1, 0, {}, {}, {}),
            "shunted on its way": (0, 0, {}, {}, {"delivery": 1}),
        }[end]
    )
    assert books.received == 1


@settings(max_examples=30)
@given(st.lists(st.sampled_from(ENDS), max_size=12))
def test_the_sum_holds_whatever_became_of_the_mails(ends):
    with memory_tx() as tx:
        for n, end in enumerate(ends):
            arrive(tx, n, end)
        books = read_books(tx.conn)
    assert books.received == len(ends)
    assert books.balanced
    assert books.mirrored == ends.count("mirrored")
    assert books.in_flight == ends.count("new") + ends.count("accepted")


def test_events_and_commands_are_no_mails():
    with memory_tx() as tx:
        inbox.add(tx, lane="a", kind="matrix", key="event:$1", raw=b"")
        assert read_books(tx.conn).received == 0


def test_a_mail_that_vanished_is_seen_in_the_sum():
    assert not Books(received=2, mirrored=1, in_flight=0).balanced


def test_letters_are_counted_by_destination_and_state():
    with memory_tx() as tx:
        arrive(tx, 1, "accepted")
        arrive(tx, 2, "shunted on its way")
        assert outbox_counts(tx.conn) == {("matrix", "pending"): 2, ("matrix", "shunted"): 2}


LOSSES = {
    "a mail that is done and no post": lambda tx: tx.conn.execute(posts.delete()),
    "a post whose letter is gone": lambda tx: tx.conn.execute(outbox_table.delete()),
    "a post that was sent as no event": lambda tx: tx.conn.execute(
        outbox_table.update().values(state="sent")
    ),
    "a post whose letter expired": lambda tx: tx.conn.execute(
        outbox_table.update().values(state="expired")
    ),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_what_is_nowhere_is_missing_from_the_sum(lose):
    with memory_tx() as tx:
        arrive(tx, 1, "mirrored")
        arrive(tx, 2, "held")
        assert read_books(tx.conn).balanced
        arrive(tx, 3, "accepted")
        assert read_books(tx.conn).balanced
        lose(tx)
        assert not read_books(tx.conn).balanced


def test_a_post_that_stands_is_mirrored_whatever_its_letter_says():
    with memory_tx() as tx:
        arrive(tx, 1, "shunted on its way")
        name = MessageId("1@example.org")
        mirror.record_event_of(tx, LIST, name, EventId("$1"))
        books = read_books(tx.conn)
    assert (books.mirrored, books.in_flight, books.shunted.total()) == (1, 0, 0)
    assert books.balanced
