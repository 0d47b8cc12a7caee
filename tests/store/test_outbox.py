"""The outbox: in order within a lane, lanes side by side, and nothing sent is sent again."""

from dataclasses import replace
from functools import partial

import pytest

from bridge.ids import Instant
from bridge.store import outbox
from bridge.store.outbox import Letter

sending = partial(outbox.mark_sending, worker=1)
ECHO_WAIT_MS = 900_000
unshunt = partial(outbox.unshunt, echo_wait_ms=ECHO_WAIT_MS)


def letter(key, lane="a", *, destination="matrix", needs=None, expires_at=None):
    return Letter(destination, lane, "say", key, {"text": f"{key} 📝"}, needs, expires_at)


async def queue(store, *letters):
    def add_all(tx):
        return [outbox.add(tx, one) for one in letters]

    return await store.write(add_all)


async def heads(store, clock, *, destination="matrix", limit=16, busy=()):
    found = await store.write(lambda tx: outbox.heads(tx.conn, destination, clock(), limit, busy))
    return [item.letter.key for item in found]


async def change(store, key, how):
    """Apply ``how(tx, item)`` to the letter of that key."""
    return await store.write(lambda tx: how(tx, outbox.by_key(tx.conn, key)))


async def fail(store, key, state, due_at=None):
    await change(
        store,
        key,
        lambda tx, item: outbox.mark_failed(tx, item.id, state=state, reason="why", due_at=due_at),
    )


async def send(store, key, remote_id="$event"):
    await change(store, key, lambda tx, item: outbox.mark_sent(tx, item.id, remote_id))


async def state_of(store, key):
    return (await store.read(lambda conn: outbox.by_key(conn, key))).state


async def test_a_letter_comes_back_as_it_was_queued(store):
    written = letter("a", needs="b", expires_at=Instant(99))
    await queue(store, written)
    item = await store.read(lambda conn: outbox.by_key(conn, "a"))
    assert item.letter == written
    assert (item.state, item.attempts, item.was_tried) == ("pending", 0, False)


async def test_the_same_key_is_queued_once_and_the_first_letter_stays(store):
    assert await queue(store, letter("a"), letter("a", lane="other")) == [True, False]
    assert (await store.read(lambda conn: outbox.by_key(conn, "a"))).letter.lane == "a"


async def test_queueing_wakes_the_destination(store):
    heard = []
    store.on_commit(heard.append)
    await queue(store, letter("a", destination="mail"))
    assert heard == [frozenset({"mail"})]


async def test_only_the_oldest_of_each_lane_is_a_head(store, clock):
    await queue(store, letter("a1"), letter("b1", "b"), letter("a2"), letter("b2", "b"))
    assert await heads(store, clock) == ["a1", "b1"]


async def test_the_oldest_heads_come_first_when_there_is_room_for_few(store, clock):
    await queue(store, letter("c", "c"), letter("b", "b"), letter("a", "a"))
    assert await heads(store, clock, limit=2) == ["c", "b"]


async def test_busy_lanes_and_other_destinations_are_passed_over(store, clock):
    await queue(store, letter("a"), letter("b", "b"), letter("m", "m", destination="mail"))
    assert await heads(store, clock, busy=("a",)) == ["b"]
    assert await heads(store, clock, destination="mail") == ["m"]


async def test_a_letter_that_waits_for_its_time_holds_its_lane_only(store, clock):
    await queue(store, letter("a1"), letter("a2"), letter("b1", "b"))
    await fail(store, "a1", "pending", due_at=Instant(clock() + 500))
    assert await heads(store, clock) == ["b1"]
    clock.forward(500)
    assert await heads(store, clock) == ["b1", "a1"]


@pytest.mark.parametrize("state", ["sent", "shunted", "expired"])
async def test_what_is_gone_lets_its_lane_go_on(store, clock, state):
    await queue(store, letter("a1"), letter("a2"))
    await fail(store, "a1", state)
    assert await heads(store, clock) == ["a2"]


@pytest.mark.parametrize("state", ["pending", "unknown", "sending"])
async def test_what_has_not_left_holds_back_whoever_needs_it(store, clock, state):
    await queue(store, letter("root"), letter("reply", "b", needs="root"))
    await fail(store, "root", state)
    assert "reply" not in await heads(store, clock)


@pytest.mark.parametrize("state", ["sent", "shunted", "expired"])
async def test_what_is_gone_lets_those_go_that_needed_it(store, clock, state):
    await queue(store, letter("root"), letter("reply", "b", needs="root"))
    await fail(store, "root", state)
    assert await heads(store, clock) == ["reply"]


async def test_what_needs_a_letter_that_was_never_queued_holds_up_nobody(store, clock):
    await queue(store, letter("reply", needs="root"))
    assert await heads(store, clock) == ["reply"]


async def test_what_failed_least_is_tried_first(store, clock):
    await queue(store, letter("a"), letter("b", "b"))
    await fail(store, "a", "pending")
    assert await heads(store, clock) == ["b", "a"]


async def test_sending_remembers_when_the_first_try_began(store, clock):
    await queue(store, letter("a"))
    began = clock()
    await change(store, "a", sending)
    await fail(store, "a", "unknown")
    clock.forward(1000)
    await change(store, "a", sending)
    item = await store.read(lambda conn: outbox.by_key(conn, "a"))
    assert (item.state, item.first_try_at, item.attempts) == ("sending", began, 1)


async def test_what_was_put_back_keeps_its_state_and_counts_no_attempt(store, clock):
    await queue(store, letter("a"))
    await fail(store, "a", "unknown")
    later = Instant(clock() + 10)
    await change(store, "a", lambda tx, item: outbox.put_back(tx, item, later, "not yet"))
    item = await store.read(lambda conn: outbox.by_key(conn, "a"))
    assert (item.state, item.attempts, item.due_at, item.reason) == ("unknown", 1, later, "not yet")


async def test_after_a_restart_what_was_under_way_is_of_unknown_outcome(store, clock):
    mail = letter("mail", "m", destination="mail")
    await queue(store, letter("event"), mail, letter("idle", "c"))
    await change(store, "event", sending)
    await change(store, "mail", sending)
    echo_by = Instant(clock() + 900_000)
    assert await store.write(lambda tx: outbox.take_over(tx, (), mail_due_at=echo_by)) == 2
    assert await state_of(store, "event") == await state_of(store, "mail") == "unknown"
    assert await state_of(store, "idle") == "pending"
    assert await heads(store, clock) == ["event", "idle"]
    assert await heads(store, clock, destination="mail") == []
    clock.forward(900_000)
    assert await heads(store, clock, destination="mail") == ["mail"]


async def test_what_a_living_worker_sends_is_left_alone(store, clock):
    await queue(store, letter("mine"), letter("theirs", "b"))
    await change(store, "mine", partial(outbox.mark_sending, worker=7))
    await change(store, "theirs", partial(outbox.mark_sending, worker=8))
    taken = partial(outbox.take_over, living={7}, mail_due_at=clock())
    assert await store.write(taken) == 1
    assert await state_of(store, "mine") == "sending"
    assert await state_of(store, "theirs") == "unknown"


async def test_a_second_restart_changes_nothing(store, clock):
    await queue(store, letter("mail", destination="mail"))
    await change(store, "mail", sending)
    await store.write(lambda tx: outbox.take_over(tx, (), mail_due_at=Instant(5)))
    assert await store.write(lambda tx: outbox.take_over(tx, (), mail_due_at=Instant(9))) == 0
    assert (await store.read(lambda conn: outbox.by_key(conn, "mail"))).due_at == 5


@pytest.mark.parametrize("state", ["pending", "sending", "unknown", "shunted", "expired"])
async def test_proof_settles_what_has_not_been_answered(store, clock, state):
    await queue(store, letter("mail"))
    await fail(store, "mail", state)
    await store.write(lambda tx: outbox.settle_by_proof(tx, "mail", "the list's copy"))
    item = await store.read(lambda conn: outbox.by_key(conn, "mail"))
    assert (item.state, item.remote_id) == ("sent", "the list's copy")


async def test_proof_does_not_replace_the_answer_of_what_was_sent(store):
    await queue(store, letter("mail"))
    await send(store, "mail", "250 queued")
    await store.write(lambda tx: outbox.settle_by_proof(tx, "mail", "the list's copy"))
    assert (await store.read(lambda conn: outbox.by_key(conn, "mail"))).remote_id == "250 queued"


@pytest.mark.parametrize("state", ["unknown", "pending", "shunted"])
async def test_an_answer_lost_after_the_proof_does_not_send_it_again(store, clock, state):
    await queue(store, letter("mail"))
    await change(store, "mail", sending)
    await store.write(lambda tx: outbox.settle_by_proof(tx, "mail", "the list's copy"))
    await fail(store, "mail", state, due_at=clock())
    assert await state_of(store, "mail") == "sent"
    assert await heads(store, clock) == []


async def test_a_sent_letter_wakes_both_deliverers(store):
    await queue(store, letter("a"))
    heard = []
    store.on_commit(heard.append)
    await send(store, "a")
    assert heard == [frozenset({"matrix", "mail"})]


async def test_shunted_letters_are_listed_oldest_first_and_can_be_given_another_chance(store):
    await queue(store, letter("a"), letter("b", "b"), letter("c", "c"))
    await fail(store, "b", "shunted")
    await fail(store, "a", "shunted")
    listed = await store.read(outbox.shunted)
    assert [item.letter.key for item in listed] == ["a", "b"]
    assert await store.write(lambda tx: unshunt(tx, listed[0].id))
    item = await store.read(lambda conn: outbox.by_key(conn, "a"))
    assert replace(item, due_at=Instant(0)) == replace(
        listed[0], due_at=Instant(0), state="unknown", attempts=0, reason=None
    )
    assert item.was_tried, "its outcome is looked up first"


@pytest.mark.parametrize(
    ("destination", "tried", "waits"),
    [("mail", True, True), ("mail", False, False), ("matrix", True, False)],
)
async def test_an_unshunted_mail_that_was_tried_waits_for_its_echo(
    store, clock, destination, tried, waits
):
    await queue(store, letter("a", destination=destination))
    if tried:
        await change(store, "a", sending)
    await fail(store, "a", "shunted")
    assert await store.write(lambda tx: unshunt(tx, 1))
    clock.forward(ECHO_WAIT_MS - 1)
    assert await heads(store, clock, destination=destination) == ([] if waits else ["a"])
    clock.forward(1)
    assert await heads(store, clock, destination=destination) == ["a"]


async def test_only_what_is_shunted_can_be_unshunted(store):
    await queue(store, letter("a"))
    assert not await store.write(lambda tx: unshunt(tx, 1))
    assert not await store.write(lambda tx: unshunt(tx, 77))
    assert await state_of(store, "a") == "pending"
