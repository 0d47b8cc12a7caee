"""Sweeps: each reaction counts although the homeserver never pushed it."""

import json
from dataclasses import dataclass, replace
from functools import partial

import pytest
from ballot_samples import CLOSES, LIST, OPENED, ballot
from config_samples import ENVIRON, write_config
from fakes_matrix import FakeHomeserver
from memory_store import memory_tx
from sqlalchemy import select
from structlog.testing import capture_logs

from bridge.config import load_config
from bridge.domain.ballots import State
from bridge.domain.rules import Rule
from bridge.errors import Permanent, Transient
from bridge.ids import BallotId, EventId, Instant, ListId, PersonId, RoomId, UserId
from bridge.intake import EventIntake
from bridge.loops import drain_inbox
from bridge.matrix.content import notice_content
from bridge.matrix.ghosts import Namespace
from bridge.matrix.transactions import parse_transaction
from bridge.ports import RoomSpec, Send
from bridge.store import ballots, inbox, rooms
from bridge.store.instance import ensure_instance
from bridge.store.rooms import Room, RoomEvent
from bridge.store.schema import inbox as inbox_table
from bridge.sweeping import (
    Card,
    cards_due,
    read_rooms,
    record_state,
    sweep_card,
    sweep_cards,
)
from handlers import context_of, dispatch

ONE = BallotId(1)
NAMESPACE = Namespace("example.org", "list_", "seconded")
AMINA, BOT = UserId("@amina:example.org"), NAMESPACE.bot_id
EVERY_MS = 120_000
HOUR = 3_600_000


@dataclass
class Scene:
    """An open ballot whose card stands in its room."""

    store: object
    homeserver: FakeHomeserver
    clock: object
    card: Card
    dispatch: object

    def react(self, key, sender=AMINA):
        return self.homeserver.react(self.card.room_id, sender, self.card.event_id, key)

    async def push(self):
        await EventIntake(self.store)(parse_transaction(self.homeserver.take_transaction()))
        await self.handle()

    async def handle(self):
        while await drain_inbox(self.store, self.dispatch):
            pass

    async def sweep(self):
        self.clock.forward(1_000)
        await sweep_card(self.store, self.homeserver, self.card, self.clock)
        await self.handle()

    async def acts(self):
        found = await self.store.read(lambda conn: ballots.acts_of(conn, ONE))
        return [(one.person_ref, one.position) for one in found]

    async def swept_at(self):
        return (await self.store.read(lambda conn: ballots.ballot_by_id(conn, ONE))).swept_at


@pytest.fixture
async def scene(store, clock, tmp_path):
    config = load_config(write_config(tmp_path), ENVIRON)
    context = context_of(config, await store.write(ensure_instance))
    homeserver = FakeHomeserver(clock, NAMESPACE)
    room_id = await homeserver.ensure_room(RoomSpec("list_pc", "PC", "t", private=False))
    homeserver.enter(room_id, AMINA)
    content = notice_content("card")
    card_id = await homeserver.send(Send(room_id, BOT, "m.room.message", content, "card"))
    jan = PersonId("jan")
    opened = ballot(roster=config.people.snapshot("pc"), chair=jan, proposer=jan)

    def record(tx):
        ballots.record_ballot(tx, opened, None)
        rooms.record_room(tx, Room(LIST, room_id, (), Instant(0), None))
        rooms.record_event(tx, RoomEvent(card_id, room_id, LIST, "card", None, ONE))

    await store.write(record)
    card = Card(ONE, LIST, room_id, card_id)
    return Scene(store, homeserver, clock, card, partial(dispatch, context=context))


async def test_a_reaction_the_homeserver_never_pushed_is_found_by_the_sweep(scene):
    scene.react("✅")
    scene.homeserver.take_transaction()
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse")]


async def test_a_reaction_that_was_pushed_and_swept_counts_once(scene):
    scene.react("✅")
    await scene.push()
    await scene.sweep()
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse")]


async def test_a_word_in_the_cards_thread_is_found_by_the_sweep(scene):
    root = scene.card.event_id
    scene.homeserver.say(scene.card.room_id, AMINA, "!endorse", thread=root, reply_to=root)
    scene.homeserver.take_transaction()
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse")]


async def test_a_removal_the_homeserver_never_pushed_is_found_by_the_sweep(scene):
    reaction = scene.react("✅")
    await scene.push()
    scene.homeserver.remove(scene.card.room_id, AMINA, reaction)
    scene.homeserver.take_transaction()
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse"), ("amina", "removed")]


async def test_a_removal_that_was_swept_is_pushed_later_and_counts_once(scene):
    reaction = scene.react("✅")
    await scene.push()
    scene.homeserver.remove(scene.card.room_id, AMINA, reaction)
    await scene.sweep()
    await scene.push()
    assert await scene.acts() == [("amina", "endorse"), ("amina", "removed")]


async def test_a_card_whose_redaction_was_never_pushed_is_put_up_again(scene):
    scene.homeserver.remove(scene.card.room_id, AMINA, scene.card.event_id)
    scene.homeserver.take_transaction()
    for _ in range(2):
        await scene.sweep()
    found = await scene.store.read(lambda conn: rooms.event_by_id(conn, scene.card.event_id))
    assert found.kind == "gone_card"
    row = await scene.store.read(lambda conn: ballots.ballot_by_id(conn, ONE))
    assert row.ballot.card_copies == 1


@pytest.mark.parametrize("kind", ["gone_card", "old_card"])
async def test_an_answer_taken_back_on_an_earlier_card_is_found_by_the_sweep(scene, kind):
    reaction = scene.react("✅")
    await scene.push()
    now = await scene.homeserver.send(
        Send(scene.card.room_id, BOT, "m.room.message", notice_content("card"), "again")
    )

    def put_up(tx):
        rooms.retire_card(tx, ONE, kind=kind)
        rooms.record_event(tx, RoomEvent(now, scene.card.room_id, LIST, "card", None, ONE))

    await scene.store.write(put_up)
    scene.homeserver.remove(scene.card.room_id, AMINA, reaction)
    scene.homeserver.take_transaction()
    (scene.card,) = await scene.store.read(lambda conn: cards_due(conn, CLOSES, EVERY_MS))
    assert len(scene.card.earlier) == 1
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse"), ("amina", "removed")]


async def test_an_earlier_card_that_cannot_be_read_holds_up_nothing(scene):
    scene.card = replace(scene.card, earlier=(EventId("$unknown"),))
    await scene.sweep()
    assert await scene.swept_at() is not None


async def test_a_reaction_that_can_no_longer_be_fetched_keeps_the_position(scene):
    reaction = scene.react("✅")
    await scene.push()
    timeline = scene.homeserver.rooms[scene.card.room_id].timeline
    timeline[:] = [event for event in timeline if event["event_id"] != reaction]
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse")]


@pytest.mark.parametrize("unsigned", [None, {}, {"redacted_because": "yes"}, []])
async def test_an_event_without_a_redaction_was_not_withdrawn(scene, unsigned):
    reaction = scene.react("✅")
    await scene.push()
    event = next(
        one
        for one in scene.homeserver.rooms[scene.card.room_id].timeline
        if one["event_id"] == reaction
    )
    event["content"], event["unsigned"] = {}, unsigned
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse")]


async def test_a_sweep_is_noted_after_everything_it_showed(scene):
    scene.react("✅")
    scene.homeserver.take_transaction()
    began = scene.clock() + 1_000
    scene.clock.forward(1_000)
    await sweep_card(scene.store, scene.homeserver, scene.card, scene.clock)
    items = await scene.store.write(lambda tx: inbox.claim(tx.conn, scene.clock(), 9))
    assert [one.kind for one in items] == ["matrix", "sweep"]
    await scene.handle()
    assert await scene.swept_at() == began


@pytest.mark.parametrize("after", range(3))
async def test_a_sweep_that_was_cut_short_notes_nothing(scene, after):
    reaction = scene.react("✅")
    await scene.push()
    scene.homeserver.remove(scene.card.room_id, AMINA, reaction)
    scene.homeserver.take_transaction()
    reader = FailingAfter(scene.homeserver, after)
    with pytest.raises(Transient):
        await sweep_card(scene.store, reader, scene.card, scene.clock)
    await scene.handle()
    assert await scene.swept_at() is None


class FailingAfter:
    """A homeserver that answers some requests and is gone."""

    def __init__(self, homeserver, answers):
        self._homeserver, self._left = homeserver, answers

    def __getattr__(self, name):
        async def request(*arguments):
            self._left -= 1
            if self._left < 0:
                raise Transient("no connection")
            return await getattr(self._homeserver, name)(*arguments)

        return request


# -- when

DECIDES = CLOSES + Rule(mode="silence").grace_chat * 1000


@pytest.mark.parametrize(
    ("swept_at", "now", "due"),
    [
        (None, OPENED, True),
        (OPENED, OPENED + EVERY_MS - 1, False),
        (OPENED, OPENED + EVERY_MS, True),
        (DECIDES - 1, DECIDES - 1, False),
        (DECIDES - 1, DECIDES, True),
        (DECIDES, DECIDES + 1, False),
        (DECIDES, DECIDES + EVERY_MS, True),
    ],
    ids=["never", "just now", "routine", "before the end", "at the end", "decided", "again"],
)
def test_a_card_is_swept_by_routine_and_at_once_when_it_decides(swept_at, now, due):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        card = RoomEvent(EventId("$card"), RoomId("!r"), LIST, "card", None, ONE)
        rooms.record_event(tx, card)
        if swept_at is not None:
            ballots.record_swept(tx, ONE, Instant(swept_at))
        assert bool(cards_due(tx.conn, Instant(now), EVERY_MS)) is due


@pytest.mark.parametrize("state", [State.DRAFT, State.LOCKED, State.CLOSED, State.ANNOUNCED])
def test_only_cards_of_open_ballots_are_swept(state):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(state=state), None)
        card = RoomEvent(EventId("$card"), RoomId("!r"), LIST, "card", None, ONE)
        rooms.record_event(tx, card)
        assert cards_due(tx.conn, CLOSES, EVERY_MS) == []


@pytest.mark.parametrize(
    ("look_at", "now", "due"),
    [
        (CLOSES, CLOSES - 1, False),
        (CLOSES, CLOSES, True),
        (0, CLOSES, True),
        (CLOSES, CLOSES + ballots.GIVEN_UP_AFTER_MS - 1, True),
        (CLOSES, CLOSES + ballots.GIVEN_UP_AFTER_MS, False),
        (None, CLOSES, False),
    ],
)
def test_a_ballot_that_is_over_is_read_when_that_was_written_down(look_at, now, due):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(state=State.ANNOUNCED), None)
        ballots.look_again(tx, ONE, look_at)
        card = RoomEvent(EventId("$card"), RoomId("!r"), LIST, "card", None, ONE)
        rooms.record_event(tx, card)
        assert bool(cards_due(tx.conn, Instant(now), EVERY_MS)) is due


def test_a_ballot_whose_card_has_no_event_yet_waits():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        assert cards_due(tx.conn, CLOSES, EVERY_MS) == []


# -- rooms


async def read(scene, *, is_private, every_ms=300_000):
    await read_rooms(scene.store, scene.homeserver, {LIST: is_private}, scene.clock(), every_ms)
    return await scene.store.read(lambda conn: rooms.room_of(conn, LIST))


async def test_a_private_list_in_a_public_room_is_closed_and_says_why(scene):
    found = await read(scene, is_private=True)
    assert "m.room.join_rules" in found.closed_because
    assert found.checked_at == scene.clock()


async def test_a_public_list_is_open_once_its_room_was_read(scene):
    assert (await read(scene, is_private=False)).closed_because is None


async def test_a_room_is_read_again_after_a_while_only(scene):
    await read(scene, is_private=False)
    scene.clock.forward(299_999)
    assert (await read(scene, is_private=True)).closed_because is None
    scene.clock.forward(1)
    assert (await read(scene, is_private=True)).closed_because is not None


async def test_the_room_of_a_list_that_is_not_configured_any_more_is_left_alone(scene):
    await read_rooms(scene.store, scene.homeserver, {}, scene.clock(), 0)
    found = await scene.store.read(lambda conn: rooms.room_of(conn, LIST))
    assert found.checked_at == 0


async def test_a_room_that_cannot_be_read_is_closed_and_holds_up_no_other(scene):
    lost = ListId("announce.lists.example.org")
    gone = Room(lost, RoomId("!gone"), (), Instant(0), None)
    await scene.store.write(lambda tx: rooms.record_room(tx, gone))
    await read_rooms(scene.store, scene.homeserver, {lost: False, LIST: False}, scene.clock(), 0)
    first, second = await scene.store.read(rooms.every_room)
    assert "cannot be read" in first.closed_because
    assert (second.closed_because, second.checked_at) == (None, scene.clock())


async def test_a_card_is_not_swept_again_before_what_was_found_is_handled(scene):
    for swept_already in (False, True):
        due = await scene.store.read(lambda conn: cards_due(conn, CLOSES, EVERY_MS))
        assert due == ([] if swept_already else [scene.card])
        await sweep_card(scene.store, scene.homeserver, scene.card, scene.clock)
    await scene.handle()
    assert await scene.store.read(lambda conn: cards_due(conn, CLOSES, EVERY_MS)) == [scene.card]


async def test_a_card_that_cannot_be_read_holds_up_no_other_and_waits_a_minute(scene):
    lost = Card(BallotId(9), LIST, RoomId("!gone"), EventId("$gone"))
    pauses, swept = {}, []
    for _ in range(3):
        await sweep_cards(scene.store, scene.homeserver, [lost, scene.card], scene.clock, pauses)
        await scene.handle()
        swept.append(await scene.swept_at())
        scene.clock.forward(1_000)
    assert swept == [swept[0], swept[0] + 1_000, swept[0] + 2_000]
    assert pauses[lost.ballot] == swept[0] + 60_000


async def test_a_homeserver_that_does_not_answer_for_one_card_is_asked_for_the_others(scene):
    scene.homeserver.fail_next(Transient("502"))
    other = Card(BallotId(9), LIST, scene.card.room_id, EventId("$other"))
    with pytest.raises(Transient):
        await sweep_cards(scene.store, scene.homeserver, [other, scene.card], scene.clock, {})
    await scene.handle()
    assert await scene.swept_at() == scene.clock()


async def test_a_removal_that_was_itself_redacted_still_removes(scene):
    tap = scene.react("✅")
    await scene.push()
    removal = scene.homeserver.remove(scene.card.room_id, AMINA, tap)
    scene.homeserver.remove(scene.card.room_id, AMINA, removal)
    scene.homeserver.take_transaction()
    event = scene.homeserver._find(scene.card.room_id, tap)
    event["unsigned"]["redacted_because"]["unsigned"] = {"redacted_because": {}}
    await scene.sweep()
    assert await scene.acts() == [("amina", "endorse"), ("amina", "removed")]


async def test_a_change_that_is_pushed_while_a_room_is_read_is_not_overwritten(scene):
    room = (await scene.store.read(rooms.every_room))[0]
    state = await scene.homeserver.state(room.room_id)
    pushed = replace(room, state=({"type": "m.room.topic"},), closed_because="opened")
    await scene.store.write(lambda tx: rooms.record_room(tx, pushed))
    await record_state(scene.store, room, state, is_private=False, now=scene.clock())
    assert (await scene.store.read(rooms.every_room))[0] == pushed


async def test_of_a_rooms_state_its_members_are_not_kept(scene):
    found = await read(scene, is_private=False)
    kinds = {event["type"] for event in found.state}
    assert "m.room.power_levels" in kinds
    assert "m.room.member" not in kinds


@pytest.mark.parametrize(("theirs", "begun"), [(0, 0), (-48 * HOUR, -48 * HOUR + 999), (HOUR, 0)])
async def test_a_sweep_goes_by_the_clock_that_is_behind_ours_or_the_homeservers(
    scene, theirs, begun
):
    scene.clock.value = OPENED + HOUR
    scene.homeserver.ahead_ms = theirs
    with capture_logs() as logged:
        await sweep_card(scene.store, scene.homeserver, scene.card, scene.clock)
    assert await noted(scene.store) == OPENED + HOUR + begun
    told = [one for one in logged if one["event"] == "clocks_apart"]
    assert len(told) == (theirs != 0)


async def test_a_homeserver_whose_answers_have_no_date_is_swept_by_our_clock(scene):
    scene.clock.value = OPENED + HOUR
    scene.homeserver.fail_next(Permanent("no Date header"))
    await sweep_card(scene.store, scene.homeserver, scene.card, scene.clock)
    assert await noted(scene.store) == OPENED + HOUR


async def noted(store):
    """What had passed when the sweep that waits in the inbox began."""
    meta = await store.read(
        lambda conn: conn.scalar(select(inbox_table.c.meta).where(inbox_table.c.kind == "sweep"))
    )
    return json.loads(meta)["passed_at"]
