from memory_store import memory_tx

from bridge.ids import BallotId, EventId, Instant, ListId, MessageId, RoomId
from bridge.store import rooms
from bridge.store.rooms import Room, RoomEvent, with_state

PC, ANNOUNCE = ListId("pc.lists.example.org"), ListId("announce.lists.example.org")
NAME = {"type": "m.room.name", "state_key": "", "content": {"name": "Ünal"}}
ROOM = Room(PC, RoomId("!pc"), (NAME,), Instant(5), "its state has not been read yet")


def test_a_room_comes_back_as_it_was_written_down():
    with memory_tx() as tx:
        rooms.record_room(tx, ROOM)
        assert rooms.room_of(tx.conn, PC) == rooms.room_by_id(tx.conn, RoomId("!pc")) == ROOM
        assert rooms.room_of(tx.conn, ANNOUNCE) is None
        assert rooms.room_by_id(tx.conn, RoomId("!other")) is None


def test_what_is_written_later_replaces_what_was_known():
    with memory_tx() as tx:
        rooms.record_room(tx, ROOM)
        upgraded = Room(PC, RoomId("!new"), (), Instant(9), None)
        rooms.record_room(tx, upgraded)
        assert rooms.every_room(tx.conn) == [upgraded]


def test_a_changed_room_wakes_what_waited_for_it():
    with memory_tx() as tx:
        rooms.record_room(tx, ROOM)
        assert "matrix" in tx.wakes


def test_a_state_event_takes_the_place_of_its_predecessor_only():
    member = {"type": "m.room.member", "state_key": "@a:hs.test", "content": {}}
    other = {"type": "m.room.member", "state_key": "@b:hs.test", "content": {}}
    renamed = {**NAME, "content": {"name": "New"}}
    assert with_state((NAME, member, other), renamed) == (member, other, renamed)
    assert with_state((), NAME) == (NAME,)


def test_an_event_of_ours_is_known_by_what_it_was_first():
    post = RoomEvent(EventId("$e"), RoomId("!pc"), PC, "post", MessageId("a@x"))
    with memory_tx() as tx:
        rooms.record_event(tx, post)
        rooms.record_event(tx, RoomEvent(EventId("$e"), RoomId("!pc"), PC, "card"))
        assert rooms.event_by_id(tx.conn, EventId("$e")) == post
        assert rooms.event_by_id(tx.conn, EventId("$other")) is None


def test_a_ballots_card_is_found_by_its_kind():
    card = RoomEvent(EventId("$card"), RoomId("!pc"), PC, "card", ballot=BallotId(1))
    with memory_tx() as tx:
        rooms.record_event(tx, card)
        assert rooms.ballot_event(tx.conn, BallotId(1), "card") == card
        assert rooms.ballot_event(tx.conn, BallotId(1), "status") is None
        assert rooms.ballot_event(tx.conn, BallotId(2), "card") is None


def test_a_door_says_where_posts_go_and_why_they_must_wait():
    with memory_tx() as tx:
        rooms.record_room(tx, ROOM)
        assert rooms.door_of(tx.conn, PC) == rooms.Door(PC, ROOM.room_id, ROOM.closed_because)
        assert rooms.door_of(tx.conn, ANNOUNCE) is None


def test_the_list_of_a_room_is_found_by_the_room():
    with memory_tx() as tx:
        rooms.record_room(tx, ROOM)
        assert rooms.list_of_room(tx.conn, ROOM.room_id) == PC
        assert rooms.list_of_room(tx.conn, RoomId("!other")) is None
