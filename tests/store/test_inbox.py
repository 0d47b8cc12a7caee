"""The inbox: known things are stored once, and a waiting item holds up its own lane only."""

import pytest

from bridge.events import Outcome
from bridge.ids import Instant, MessageId
from bridge.store import inbox


def adding(key, lane="a", *, kind="mail", raw=b"x", meta=None):
    return lambda tx: inbox.add(tx, lane=lane, kind=kind, key=key, raw=raw, meta=meta)


async def add(store, *keys):
    """Add items named ``LANE NUMBER``, such as ``a1``."""
    for key in keys:
        await store.write(adding(key, lane=key[0]))


async def waiting(store, clock, limit=200):
    found = await store.write(lambda tx: inbox.claim(tx.conn, clock(), limit))
    return [item.key for item in found]


async def item(store, item_id=1):
    return await store.read(lambda conn: inbox.by_id(conn, item_id))


async def test_what_arrived_is_kept_byte_for_byte(store, clock):
    raw = bytes(range(256))
    await store.write(adding("k", raw=raw, meta={"client": "[192.0.2.1]", "name": "Ünal"}))
    found = await item(store)
    assert (found.raw, found.meta) == (raw, {"client": "[192.0.2.1]", "name": "Ünal"})
    assert (found.received_at, found.state, found.attempts) == (clock(), "new", 0)


async def test_the_same_key_is_stored_once_and_the_first_bytes_stay(store):
    assert await store.write(adding("k", raw=b"first"))
    assert not await store.write(adding("k", raw=b"second"))
    assert (await item(store)).raw == b"first"


async def test_a_known_key_stays_done(store, clock):
    await add(store, "a1")
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome()))
    await add(store, "a1")
    assert await waiting(store, clock) == []


async def test_arrivals_wake_the_inbox(store):
    heard = []
    store.on_commit(heard.append)
    await add(store, "a1")
    assert heard == [frozenset({"inbox"})]


async def test_items_are_claimed_in_the_order_they_came(store, clock):
    await add(store, "a1", "b1", "a2", "b2")
    assert await waiting(store, clock) == ["a1", "b1", "a2", "b2"]
    assert await waiting(store, clock, limit=2) == ["a1", "b1"]


async def test_an_item_that_waits_holds_up_its_own_lane_only(store, clock):
    await add(store, "a1", "a2", "b1", "a3", "b2")
    await store.write(lambda tx: inbox.retry_later(tx, 2, Instant(clock() + 100), "later"))
    assert await waiting(store, clock) == ["a1", "b1", "b2"]
    clock.forward(100)
    assert await waiting(store, clock) == ["a1", "a2", "b1", "a3", "b2"]


async def test_a_retry_counts_and_says_why(store, clock):
    await add(store, "a1")
    for _ in range(2):
        await store.write(lambda tx: inbox.retry_later(tx, 1, clock(), "no room yet"))
    found = await item(store)
    assert (found.attempts, found.state, found.reason) == (2, "new", "no room yet")


@pytest.mark.parametrize("state", ["done", "held", "suppressed", "shunted"])
async def test_what_is_settled_is_never_claimed_again(store, clock, state):
    await add(store, "a1", "a2")
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome(state, "because")))
    assert await waiting(store, clock) == ["a2"]
    assert ((await item(store)).state, (await item(store)).reason) == (state, "because")


async def test_an_unshunted_item_goes_in_front_of_its_lane_as_if_new(store, clock):
    await add(store, "a1", "a2")
    await store.write(lambda tx: inbox.retry_later(tx, 1, clock(), "once"))
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome("shunted", "a bug")))
    assert [one.id for one in await store.read(inbox.shunted)] == [1]
    assert await store.write(lambda tx: inbox.unshunt(tx, 1))
    assert await waiting(store, clock) == ["a1", "a2"]
    assert ((await item(store)).attempts, (await item(store)).reason) == (0, None)


@pytest.mark.parametrize("item_id", [1, 77])
async def test_only_what_is_shunted_can_be_unshunted(store, item_id):
    await add(store, "a1")
    assert not await store.write(lambda tx: inbox.unshunt(tx, item_id))


async def test_every_copy_of_a_mail_is_found_by_its_message_id(store):
    about = Outcome("suppressed", "duplicate", "Wanted@example.org")
    for key in ("first", "second"):
        await store.write(adding(key))
    await store.write(lambda tx: inbox.settle(tx, 2, about))
    found = await store.read(lambda c: inbox.mails_about(c, MessageId("Wanted@example.org")))
    assert [one.key for one in found] == ["second"]


async def test_a_mail_nobody_has_read_yet_is_found_by_its_bytes(store):
    await store.write(adding("new", raw=b"Message-ID: <Wanted@example.org>\r\n\r\n"))
    await store.write(adding("poison", raw=b"\xff\xfe <Wanted@example.org> \x00"))
    await store.write(lambda tx: inbox.settle(tx, 2, Outcome("shunted", "a bug")))
    found = await store.read(lambda c: inbox.mails_about(c, MessageId("Wanted@example.org")))
    assert [one.key for one in found] == ["new", "poison"]


async def test_what_was_read_and_is_another_mail_is_not_found_by_what_it_quotes(store):
    await store.write(adding("quoting", raw=b"References: <Wanted@example.org>"))
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome(about="Other@example.org")))
    found = await store.read(lambda c: inbox.mails_about(c, MessageId("Wanted@example.org")))
    assert found == []


async def test_an_event_that_names_a_message_id_is_no_mail(store):
    await store.write(adding("e", kind="matrix", raw=b"Wanted@example.org"))
    found = await store.read(lambda c: inbox.mails_about(c, MessageId("Wanted@example.org")))
    assert found == []


async def test_a_held_mail_is_handled_again_with_what_became_known(store, clock):
    await store.write(adding("k", meta={"client": "c"}))
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome("held", "it waits")))
    assert await store.write(lambda tx: inbox.release(tx, 1, {"signers": ["x"]}))
    assert await waiting(store, clock) == ["k"]
    assert (await item(store)).meta == {"client": "c", "signers": ["x"]}


async def test_only_what_is_held_is_released(store):
    await store.write(adding("k"))
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome("done")))
    assert not await store.write(lambda tx: inbox.release(tx, 1, {"signers": []}))
    assert (await item(store)).meta == {}


async def test_the_bytes_alone_are_read_as_long_as_they_are_kept(store, clock):
    await store.write(adding("a1", raw=b"mail"))
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome("done")))
    for kept in (b"mail", b""):
        assert await store.read(lambda conn: inbox.raw_of(conn, 1)) == kept
        assert await store.read(lambda conn: inbox.has_raw(conn, 1)) is bool(kept)
        await store.write(lambda tx: inbox.drop_raw(tx, Instant(clock() + 1), keep=()))
    assert await store.read(lambda conn: inbox.raw_of(conn, 99)) == b""
    assert await store.read(lambda conn: inbox.has_raw(conn, 99)) is False


async def test_a_big_mail_comes_without_its_bytes_and_as_its_lane_s_last_item(store, clock):
    for key, raw in (("a1", b"x"), ("a2", b"x" * 11), ("a3", b"x"), ("b1", b"x" * 10)):
        await store.write(adding(key, lane=key[0], raw=raw))
    await store.write(adding("c1", lane="c", kind="matrix", raw=b"x" * 99))
    found = await store.write(lambda tx: inbox.claim(tx.conn, clock(), 9, quick=10))
    assert [(one.key, one.is_big, len(one.raw)) for one in found] == [
        ("a1", False, 1),
        ("a2", True, 0),
        ("b1", False, 10),
        ("c1", False, 99),
    ]
    assert len((await item(store, 2)).raw) == 11


async def test_lanes_that_are_passed_over_take_nobody_s_place(store, clock):
    await add(store, *(f"a{n}" for n in range(5)), "b1", "c1")
    found = await store.write(lambda tx: inbox.claim(tx.conn, clock(), 2, passing_over=("a",)))
    assert [one.key for one in found] == ["b1", "c1"]


async def test_only_what_is_new_can_be_leased(store):
    await add(store, "a1")
    assert await store.write(lambda tx: inbox.lease(tx.conn, 1))
    await store.write(lambda tx: inbox.settle(tx, 1, Outcome()))
    assert not await store.write(lambda tx: inbox.lease(tx.conn, 1))
    assert not await store.write(lambda tx: inbox.lease(tx.conn, 2))
