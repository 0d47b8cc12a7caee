"""How much was said in a room is kept, and nothing of what was said."""

from ballot_samples import LIST, OPENED

from bridge.ids import Instant
from bridge.store import chat, mirror, rooms
from bridge.store.chat import ChatMessage, Said
from bridge.store.mirror import MirroredPost
from bridge.store.reactions import Reaction, record_reaction, record_removed
from bridge.store.rooms import RoomEvent
from bridge.store.schema import inbox


def message(number, sender="?a", head=None, ballot=None, list_id=LIST):
    return ChatMessage(f"$said{number}", list_id, head, ballot, sender)


async def said(store, upto=0):
    return await store.read(lambda conn: chat.said_since(conn, LIST, upto))


async def test_messages_are_counted_by_thread_and_people_once(store):
    spoken = [
        message(1, "?a", "root@x"),
        message(2, "?b", "root@x"),
        message(3, "?a", "root@x"),
        message(4, "?a", None, 1),
        message(5, "?c"),
        message(6, "?c", "root@x", list_id="other.example.org"),
    ]
    for one in spoken * 2:
        await store.write(lambda tx, one=one: chat.record_message(tx, one))
    assert await said(store) == [
        Said("root@x", None, 3, 2),
        Said(None, 1, 1, 1),
        Said(None, None, 1, 1),
    ]
    assert await store.read(lambda conn: chat.people_since(conn, LIST, 0)) == 3


async def test_only_what_came_after_a_mark_is_new(store):
    for number in (1, 2):
        await store.write(lambda tx, n=number: chat.record_message(tx, message(n)))
    mark = await store.read(lambda conn: chat.newest(conn, LIST))
    await store.write(lambda tx: chat.record_message(tx, message(3)))
    assert await said(store, mark) == [Said(None, None, 1, 1)]
    assert await store.read(lambda conn: chat.newest(conn, "other.example.org")) == 0


async def test_a_removed_message_was_never_said(store):
    await store.write(lambda tx: chat.record_message(tx, message(1)))
    for list_id, gone in (("other.example.org", False), (LIST, True), (LIST, False)):
        assert (
            await store.write(lambda tx, of=list_id: chat.forget_message(tx, of, "$said1")) is gone
        )
    assert await said(store) == []


async def test_a_number_is_given_once_even_when_its_message_is_gone(store):
    await store.write(lambda tx: chat.record_message(tx, message(1)))
    mark = await store.read(lambda conn: chat.newest(conn, LIST))
    await store.write(lambda tx: chat.forget_message(tx, LIST, "$said1"))
    await store.write(lambda tx: chat.record_message(tx, message(2)))
    assert await said(store, mark) == [Said(None, None, 1, 1)]


async def test_what_was_told_is_forgotten(store, clock):
    for number in (1, 2):
        await store.write(lambda tx, n=number: chat.record_message(tx, message(n)))
        clock.value += 1000
    before = Instant(clock.value - 1000)
    assert await store.write(lambda tx: chat.forget_told(tx, LIST, before)) == 1
    assert await store.write(lambda tx: chat.forget_told(tx, "other.example.org", before)) == 0
    assert await said(store) == [Said(None, None, 1, 1)]


def with_a_post(tx):
    key = tx.conn.execute(
        inbox.insert().values(
            lane="l",
            kind="mail",
            key="k",
            raw=b"",
            meta="{}",
            received_at=0,
            state="done",
            due_at=0,
        )
    ).inserted_primary_key[0]
    post = MirroredPost(
        LIST, "reply@x", key, "Re: it", "A", None, "@list_a:hs", None, OPENED, "", "root@x"
    )
    mirror.record_post(tx, post)
    rooms.record_event(tx, RoomEvent("$reply", "!pc", LIST, "post", "reply@x"))
    rooms.record_event(tx, RoomEvent("$card", "!pc", LIST, "card", ballot=1))


async def test_reactions_to_posts_are_counted_by_thread_and_day(store, clock):
    came = [("$reply", "👍", 5), ("$reply", "👍", 6), ("$reply", "❤", 7), ("$reply", "👍", 4),
            ("$reply", "👍", 10), ("$card", "✅", 6), ("$reply", "👏", 6)]  # fmt: skip
    clock.value = Instant(0)
    await store.write(with_a_post)
    for number, (target, key, at) in enumerate(came):
        clock.value = Instant(at)
        # Whatever the sender's clock says.
        dated = Reaction(f"$r{number}", "!pc", target, key, "@a:hs", Instant(1_000 - at))
        await store.write(lambda tx, dated=dated: record_reaction(tx, dated))
    await store.write(lambda tx: record_removed(tx, "$r6", Instant(8)))

    found = await store.read(
        lambda conn: chat.reactions_to_posts(conn, LIST, Instant(5), Instant(10))
    )
    assert found == [
        chat.Felt("root@x", "reply@x", "A", "👍", 2),
        chat.Felt("root@x", "reply@x", "A", "❤", 1),
    ]
