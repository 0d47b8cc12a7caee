"""What comes in is in the inbox before it is acknowledged, and once."""

import asyncio

import pytest
from ballot_samples import LIST
from config_samples import ENVIRON, write_config
from sqlalchemy import func, select

from bridge.config import load_config
from bridge.errors import Transient
from bridge.ids import Instant, ListId, RoomId
from bridge.intake import EventIntake, MailIntake, list_lane, mail_intake
from bridge.mail.lmtp import Arrival
from bridge.matrix.transactions import raw_event
from bridge.store import inbox, rooms
from bridge.store.rooms import Room
from bridge.store.schema import inbox as inbox_table

ADDRESS, OTHER_ADDRESS = "pc-q7v2@bridge.example.org", "news@bridge.example.org"
OTHER = ListId("news.lists.example.org")
LISTS = {ADDRESS: LIST, OTHER_ADDRESS: OTHER}


def arrival(raw=b"Subject: hi\r\n\r\n", to=ADDRESS):
    return Arrival(
        recipient=to, envelope_sender="pc-bounces@lists.example.org", client="[192.0.2.1]", raw=raw
    )


def event(event_id, room_id="!pc"):
    return raw_event({"event_id": event_id, "room_id": room_id, "type": "m.reaction"})


async def items(store, clock):
    return await store.write(lambda tx: inbox.claim(tx.conn, clock(), 200))


@pytest.mark.parametrize("to", [ADDRESS, ADDRESS.upper()])
def test_the_intake_address_is_known_without_regard_to_case(store, to):
    assert MailIntake(store, LISTS).knows(to)


def test_nobody_else_is_known(store):
    assert not MailIntake(store, LISTS).knows("postmaster@bridge.example.org")


def test_every_configured_list_takes_mail(store, tmp_path):
    config = load_config(write_config(tmp_path), ENVIRON)
    intake = mail_intake(store, config)
    assert [intake.knows(one.intake_address) for one in config.lists] == [True]


async def test_an_acknowledged_mail_is_in_the_inbox_with_its_envelope(store, clock):
    await MailIntake(store, LISTS).accept(arrival(b"\xff\x00", to=ADDRESS.title()))
    (item,) = await items(store, clock)
    assert (item.raw, item.kind, item.lane) == (b"\xff\x00", "mail", list_lane(LIST))
    assert item.meta == {
        "list_id": LIST,
        "envelope_sender": "pc-bounces@lists.example.org",
        "client": "[192.0.2.1]",
    }


async def test_no_mail_is_taken_while_the_disk_is_nearly_full(store, clock, monkeypatch):
    monkeypatch.setattr("bridge.intake.is_nearly_full", lambda place: place == store.place)
    with pytest.raises(Transient, match="nearly full"):
        await MailIntake(store, LISTS).accept(arrival())
    assert await items(store, clock) == []


async def test_the_very_same_bytes_for_one_list_are_stored_once(store, clock):
    intake = MailIntake(store, LISTS)
    await asyncio.gather(*(intake.accept(arrival()) for _ in range(5)))
    await intake.accept(arrival(b"Subject: hi\r\n\r\nchanged"))
    await intake.accept(arrival(to=OTHER_ADDRESS))
    assert len(await items(store, clock)) == 3


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_mail_that_cannot_be_stored_is_not_acknowledged(store):
    def limit(tx):
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await store.write(limit)
    with pytest.raises(Transient):
        await MailIntake(store, LISTS).accept(arrival(b"x" * 1_000_000))


async def test_an_event_is_known_by_its_id_alone(store, clock):
    take = EventIntake(store)
    await take((event("$1"), event("$2")))
    await take((event("$2"), event("$1"), event("$3")))
    assert [item.key for item in await items(store, clock)] == ["event:$1", "event:$2", "event:$3"]


async def test_events_of_a_lists_room_share_the_lane_of_its_mail(store, clock):
    room = Room(LIST, RoomId("!pc"), (), Instant(0), None)
    await store.write(lambda tx: rooms.record_room(tx, room))
    await EventIntake(store)((event("$1"), event("$2", "!elsewhere"), event("$3", None)))
    lanes = [item.lane for item in await items(store, clock)]
    assert lanes == [list_lane(LIST), "room:!elsewhere", "room:"]


async def test_an_empty_transaction_costs_nothing(store):
    commits = []
    store.on_commit(commits.append)
    await EventIntake(store)(())
    assert commits == []
    assert await store.read(lambda c: c.scalar(select(func.count(inbox_table.c.id)))) == 0
