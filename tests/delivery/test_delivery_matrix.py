"""From letters to events: resolved at the last moment, and once, whatever was lost on the way."""

import asyncio
from dataclasses import replace

import pytest
from ballot_samples import LIST, POST, ballot
from fakes_matrix import NAMESPACE, FakeHomeserver
from sqlalchemy import update

from bridge.delivering import Deliverer
from bridge.delivery.matrix import LOOK_UP_AFTER_MS, NOT_READ_YET, Where, preparing
from bridge.errors import Permanent, Transient
from bridge.ids import BallotId, Instant, MessageId, RoomId, UserId
from bridge.letters import (
    PostPart,
    Say,
    alert_letter,
    card_key,
    letter_ref,
    pin_letter,
    post_letter,
    post_ref,
    room_letter,
    say_letter,
    seed_letter,
    status_key,
    status_letter,
)
from bridge.loops import Bell
from bridge.matrix.content import notice_content
from bridge.matrix.history import is_sent_as
from bridge.ports import RoomSpec
from bridge.store import ballots, inbox, mirror, outbox, rooms
from bridge.store.mirror import MirroredPost, post_key
from bridge.store.rooms import Room
from bridge.store.schema import outbox as outbox_table

SPEC = RoomSpec("list_pc", "Policy Committee", "Mirror", private=False)
GHOST = UserId("@list_ghost:hs.test")
REPLY, SECOND = MessageId("Reply.2@people.example"), MessageId("Reply.3@people.example")
DAY = 86_400_000


def status(conn, ballot_id, now):
    del conn
    return notice_content(f"b/{ballot_id} counted at {now}")


WHERE = Where(NAMESPACE.bot_id, {LIST: SPEC}, status)


class Road:
    """A deliverer to a homeserver in memory, and what stands in the room."""

    def __init__(self, store, clock):
        self.homeserver = FakeHomeserver(clock)
        self.store, self.clock = store, clock
        self.bell, self.stop = Bell(), asyncio.Event()
        self.deliverer = Deliverer(
            "matrix", self.homeserver, preparing(WHERE), store, clock, lanes=16
        )

    async def queue(self, *letters):
        def add_all(tx):
            for letter in letters:
                outbox.add(tx, letter)

        await self.store.write(add_all)

    async def item(self, key):
        return await self.store.read(lambda conn: outbox.by_key(conn, key))

    async def until(self, key, *states):
        """Let it run until the letter is in one of the states; return it."""
        async with asyncio.timeout(10):
            while (found := await self.item(key)).state not in states:
                self.bell.ring()
            while self.deliverer._busy:
                await self.item(key)
        return found

    async def sent(self, *letters):
        """Queue letters and return the events they became."""
        await self.queue(*letters)
        items = [await self.until(letter.key, "sent") for letter in letters]
        return [self.event(item.remote_id) for item in items]

    async def room(self):
        """Make the room and find it as it should be."""
        item = await self._room_item()
        room = Room(LIST, RoomId(item.remote_id), (), self.clock(), None)
        await self.store.write(lambda tx: rooms.record_room(tx, room))
        return room.room_id

    async def _room_item(self):
        await self.queue(room_letter(LIST))
        return await self.until("room:" + LIST, "sent")

    @property
    def timeline(self):
        (room,) = self.homeserver.rooms.values()
        return room.timeline

    @property
    def messages(self):
        return [event for event in self.timeline if event["type"] == "m.room.message"]

    def event(self, event_id):
        return next(event for event in self.timeline if event["event_id"] == event_id)


@pytest.fixture
async def road(store, clock):
    made = Road(store, clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(made.deliverer.run(made.stop, made.bell))
        yield made
        made.stop.set()
        made.bell.ring()


def part(message_id=POST, number=0, *, head=POST, reply_to=None):
    return post_letter(
        PostPart(
            list_id=LIST,
            message_id=message_id,
            part=number,
            sender=GHOST,
            display_name="Bruno (list)",
            content=notice_content(f"{message_id} part {number}"),
            head=head,
            reply_to=reply_to,
        )
    )


async def accept(store, *names):
    """Write posts down as accepted, as a handler does before it queues their letters."""

    def record(tx):
        for name in names:
            inbox.add(tx, lane="a", kind="mail", key=name, raw=b"")
            number = inbox.claim(tx.conn, tx.now, 99)[-1].id
            row = MirroredPost(LIST, name, number, "s", "B", None, GHOST, None, tx.now, "d", POST)
            mirror.record_post(tx, row)

    await store.write(record)


def relation(event):
    return event["content"].get("m.relates_to", {})


async def test_the_room_is_made_and_stays_closed_until_its_state_was_read(road, store):
    await road._room_item()
    found = await store.read(lambda conn: rooms.room_of(conn, LIST))
    assert found.room_id in road.homeserver.rooms
    assert found.closed_because == NOT_READ_YET
    await road.queue(part())
    async with asyncio.timeout(10):
        while (item := await road.item(post_key(LIST, POST, 0))).reason is None:
            road.bell.ring()
    assert NOT_READ_YET in item.reason
    assert road.messages == []


async def test_a_room_that_a_stranger_made_under_our_alias_is_not_ours(road):
    spec = RoomSpec("list_pc", "Trap", "t", private=False)
    trap = await road.homeserver.ensure_room(spec)
    road.homeserver.rooms[trap].state["m.room.create", ""]["sender"] = "@mallory:hs.test"
    await road.queue(room_letter(LIST))
    item = await road.until("room:" + LIST, "shunted")
    assert "a room that we did not make" in item.reason


async def test_a_room_that_somebody_is_still_making_is_asked_for_again(road):
    read, refusals = road.homeserver.state, [Permanent("M_FORBIDDEN: not in the room")]

    async def state(room_id):
        if refusals:
            raise refusals.pop()
        return await read(room_id)

    road.homeserver.state = state
    await road.queue(room_letter(LIST))
    async with asyncio.timeout(10):
        while (item := await road.item("room:" + LIST)).attempts == 0:
            road.bell.ring()
    assert "cannot be read yet" in item.reason
    road.clock.forward(2_000)
    await road.until("room:" + LIST, "sent")
    assert len(road.homeserver.rooms) == 1


async def test_a_room_whose_answer_was_lost_is_found_and_not_made_twice(road):
    road.homeserver.lose_answer()
    await road.queue(room_letter(LIST))
    await road.until("room:" + LIST, "unknown")
    road.clock.forward(2_000)
    await road.until("room:" + LIST, "sent")
    assert len(road.homeserver.rooms) == 1


async def test_a_post_is_written_by_its_ghost_with_the_authors_name(road, store):
    await accept(store, POST)
    await road.room()
    (event,) = await road.sent(part())
    assert event["sender"] == GHOST
    assert road.homeserver.names[GHOST] == "Bruno (list)"
    assert relation(event) == {}


async def test_part_zero_is_the_posts_own_event_and_further_parts_stand_below_it(road, store):
    await accept(store, POST)
    await road.room()
    first, second = await road.sent(part(), part(number=1))
    row = await store.read(lambda conn: mirror.post_by_id(conn, LIST, POST))
    assert row.event_id == first["event_id"]
    assert (relation(second)["rel_type"], relation(second)["event_id"]) == (
        "m.thread",
        first["event_id"],
    )


async def test_a_reply_queued_before_its_root_left_stands_under_it(road, store):
    await accept(store, POST, REPLY, SECOND)
    await road.room()
    await road.queue(part(SECOND, reply_to=REPLY), part(REPLY, reply_to=POST))
    root, *_ = await road.sent(part())
    reply = road.event((await road.until(post_key(LIST, REPLY, 0), "sent")).remote_id)
    assert relation(reply)["event_id"] == root["event_id"]
    assert relation(reply)["m.in_reply_to"] == {"event_id": root["event_id"]}


async def test_a_reply_answers_its_nearest_ancestor_in_the_room(road, store):
    await accept(store, POST, REPLY, SECOND)
    await road.room()
    events = await road.sent(part(), part(REPLY, reply_to=POST), part(SECOND, reply_to=REPLY))
    assert relation(events[2])["event_id"] == events[0]["event_id"]
    assert relation(events[2])["m.in_reply_to"] == {"event_id": events[1]["event_id"]}


async def test_a_shunted_root_lets_its_replies_stand_in_the_timeline(road, store):
    await accept(store, POST, REPLY)
    await road.room()
    road.homeserver.fail_next(Permanent("M_TOO_LARGE"))
    await road.queue(part())
    await road.until(post_key(LIST, POST, 0), "shunted")
    (reply,) = await road.sent(part(REPLY, reply_to=POST))
    assert relation(reply) == {}


async def test_a_lost_answer_is_sent_again_under_the_same_transaction_id_and_makes_one_event(road):
    await road.room()
    await road.queue(say_letter(Say(LIST, "hello", notice_content("Hello."))))
    road.homeserver.lose_answer()
    await road.until("hello", "unknown")
    assert len(road.messages) == 1
    road.clock.forward(2_000)
    item = await road.until("hello", "sent")
    assert [event["event_id"] for event in road.messages] == [item.remote_id]


async def test_a_letter_older_than_twenty_hours_is_looked_up_before_it_is_sent(road):
    await road.room()
    road.homeserver.lose_answer()
    await road.queue(say_letter(Say(LIST, "hello", notice_content("Hello."))))
    await road.until("hello", "unknown")
    # After a day the homeserver knows the transaction id no more: sent again, it makes a second.
    road.homeserver._txns.clear()
    road.clock.forward(DAY)
    item = await road.until("hello", "sent")
    assert [event["event_id"] for event in road.messages] == [item.remote_id]


async def test_an_alert_older_than_twenty_hours_is_looked_up_before_it_is_sent(road):
    await road.room()
    (room,) = set(road.homeserver.aliases.values())
    key = "alert:unsent:1:room"
    await road.queue(alert_letter(room, key, notice_content("Look.")))
    await road.until(key, "sent")
    # Its answer was lost: the join before it succeeded, so no fault of the fake can stand here.
    lost = update(outbox_table).where(outbox_table.c.key == key).values(state="unknown")
    road.homeserver._txns.clear()
    road.clock.forward(DAY)
    await road.store.write(lambda tx: tx.conn.execute(lost) and None)
    item = await road.until(key, "sent")
    assert [event["event_id"] for event in road.messages] == [item.remote_id]


async def test_an_old_letter_that_is_not_in_the_room_is_sent(road):
    await road.room()
    await road.queue(say_letter(Say(LIST, "hello", notice_content("Hello."))))
    road.homeserver.fail_next(Transient("hung up", outcome_unknown=True))
    await road.until("hello", "unknown")
    road.clock.forward(LOOK_UP_AFTER_MS + 1)
    await road.until("hello", "sent")
    assert len(road.messages) == 1


async def test_two_letters_never_share_a_transaction_id(road, store):
    await accept(store, POST)
    await road.room()
    events = await road.sent(
        part(), part(number=1), say_letter(Say(LIST, "k", notice_content("Hi")))
    )
    ids = {event["content"]["org.seconded.txn"] for event in events}
    assert len(ids) == 3
    assert all(is_sent_as(e, e["content"]["org.seconded.txn"]) for e in events)


async def test_nothing_is_sent_to_a_room_that_is_closed(road, store):
    room_id = await road.room()
    closed = Room(LIST, room_id, (), road.clock(), "m.room.join_rules is 'public'")
    await store.write(lambda tx: rooms.record_room(tx, closed))
    await road.queue(say_letter(Say(LIST, "hello", notice_content("Hello."))))
    async with asyncio.timeout(10):
        while (item := await road.item("hello")).reason is None:
            road.bell.ring()
    assert "join_rules" in item.reason
    assert road.messages == []
    await store.write(lambda tx: rooms.record_room(tx, replace(closed, closed_because=None)))
    road.clock.forward(2_000)
    await road.until("hello", "sent")


async def test_an_address_takes_the_place_of_the_link(road, store):
    await accept(store, POST)
    room_id = await road.room()
    (post,) = await road.sent(part())
    here = Say(LIST, "later", notice_content("It is here: {link}"), link=post_ref(POST))
    (said,) = await road.sent(say_letter(here))
    assert "{link}" not in said["content"]["body"] + said["content"]["formatted_body"]
    assert room_id.removeprefix("!") in said["content"]["body"]
    assert post["event_id"].removeprefix("$") in said["content"]["body"]


async def test_what_names_a_post_without_an_event_waits_for_it(road, store):
    await accept(store, POST)
    await road.room()
    said = say_letter(Say(LIST, "later", notice_content("Here."), reply_to=post_ref(POST)))
    await road.queue(said)
    async with asyncio.timeout(10):
        while (await road.item("later")).reason is None:
            road.bell.ring()
    (post,) = await road.sent(part())
    road.clock.forward(2_000)
    answer = road.event((await road.until("later", "sent")).remote_id)
    assert relation(answer) == {"m.in_reply_to": {"event_id": post["event_id"]}}


def card(**changes):
    say = Say(LIST, card_key(BallotId(1)), notice_content("card"), kind="card", ballot=BallotId(1))
    return say_letter(replace(say, **changes))


async def test_a_card_is_remembered_seeded_and_pinned_in_this_order(road, store):
    await road.room()
    one = BallotId(1)
    shown, seed, pin = card(), seed_letter(LIST, one, "✅"), pin_letter(LIST, one, pinned=True)
    await road.queue(shown, seed, pin)
    event_id = (await road.until(pin.key, "sent")) and (await road.item(shown.key)).remote_id
    known = await store.read(lambda conn: rooms.ballot_event(conn, one, "card"))
    assert known.event_id == event_id
    reaction = road.event((await road.item(seed.key)).remote_id)
    assert relation(reaction) == {"rel_type": "m.annotation", "event_id": event_id, "key": "✅"}
    pinned = [e for e in road.timeline if e["type"] == "m.room.pinned_events"]
    assert [e["content"]["pinned"] for e in pinned] == [[event_id]]


async def test_pinning_keeps_what_others_pinned_and_unpinning_takes_only_the_card_away(road):
    room_id = await road.room()
    await road.homeserver.put_state(room_id, "m.room.pinned_events", "", {"pinned": ["$theirs"]})
    one = BallotId(1)
    await road.sent(card())
    event_id = (await road.item(card_key(one))).remote_id
    state = road.homeserver.rooms[room_id].state
    for pinned, expected in ((True, ["$theirs", event_id]), (False, ["$theirs"])):
        letter = pin_letter(LIST, one, pinned=pinned)
        await road.queue(letter)
        await road.until(letter.key, "sent")
        assert state["m.room.pinned_events", ""]["content"]["pinned"] == expected


async def test_what_is_pinned_already_is_not_pinned_again(road):
    room_id = await road.room()
    await road.sent(card())
    event_id = (await road.item(card_key(BallotId(1)))).remote_id
    await road.homeserver.put_state(room_id, "m.room.pinned_events", "", {"pinned": [event_id]})
    before = len(road.timeline)
    letter = pin_letter(LIST, BallotId(1), pinned=True)
    await road.queue(letter)
    await road.until(letter.key, "sent")
    assert len(road.timeline) == before


async def test_the_status_line_is_an_edit_counted_when_it_leaves(road, store):
    await road.room()
    await store.write(lambda tx: ballots.record_ballot(tx, ballot(), None))
    first = card(key=status_key(BallotId(1)), kind="status")
    (shown,) = await road.sent(first)
    road.clock.forward(60_000)
    (edit,) = await road.sent(status_letter(LIST, BallotId(1), Instant(road.clock())))
    assert relation(edit) == {"rel_type": "m.replace", "event_id": shown["event_id"]}
    assert str(road.clock()) in edit["content"]["m.new_content"]["body"]


async def test_an_edit_replaces_what_its_letter_became(road):
    await road.room()
    (shown,) = await road.sent(card())
    (edit,) = await road.sent(
        say_letter(
            Say(LIST, "card:1:closed", notice_content("over"), replaces=letter_ref("card:1"))
        )
    )
    assert relation(edit)["event_id"] == shown["event_id"]
