"""A bridge comes to life on real sockets, stops in time, and finds what it left."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace

import aiohttp
import pytest
from ballot_samples import LIST, ballot
from config_samples import ENVIRON, write_config
from fakes_mail import FakeSmtp
from fakes_matrix import FakeHomeserver
from hand_clock import HandClock
from hand_presence import HandPresence
from lmtp_client import LMTP, connected
from structlog.testing import capture_logs

from bridge import lifecycle
from bridge.app import Ground, _apart, _deliverers
from bridge.clock import now
from bridge.config import load_config
from bridge.demo.ports import free_ports
from bridge.errors import ConfigError, Permanent, Transient
from bridge.ids import BallotId, EventId, MessageId, RoomId, message_id_hash
from bridge.letters import ECHO_WAIT_MS, Say, mail_letter, post_key, say_letter
from bridge.lifecycle import Bridge
from bridge.mail.limits import QUICK
from bridge.mail.reader import Reader
from bridge.mail.reading import Terms
from bridge.matrix.content import notice_content
from bridge.paging import Pages
from bridge.ports import Envelope
from bridge.retry import OPENS_AFTER, Breaker
from bridge.store import ballots, inbox, outbox, rooms
from bridge.store.instance import ensure_instance
from bridge.store.presence import ALONE
from bridge.store.rooms import RoomEvent
from bridge.unstored import Unstored
from handlers import context_of, dispatch

POST = MessageId("Minutes.1@people.example")
INTAKE = "pc-q7v2m9x4tk@bridge.example.org"
MAIL = (
    b"From: Ada <ada@people.example>\r\nTo: pc@lists.example.org\r\nSubject: Minutes\r\n"
    b"Message-ID: <Minutes.1@people.example>\r\nList-Id: <pc.lists.example.org>\r\n"
    b"Date: Thu, 30 Oct 2025 08:00:00 +0000\r\n\r\nHere they are.\r\n"
)


@dataclass
class Life:
    """One bridge over fakes; ``run`` may be entered again, as after a restart."""

    bridge: Bridge
    homeserver: FakeHomeserver
    smtp: FakeSmtp
    ports: dict[str, int]
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self):
        self.stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.bridge.run(self.stop))
            yield self
            self.stop.set()

    async def until(self, is_so):
        """Wait until something is so in the database."""
        async with asyncio.timeout(10):
            while not (found := await self.bridge.store.read(is_so)):
                for bell in self.bridge.bells.values():
                    bell.ring()
        return found

    async def open_room(self):
        def room(conn):
            found = rooms.room_of(conn, LIST)
            return found if found and found.closed_because is None else None

        return (await self.until(room)).room_id

    async def until_sent(self, key):
        def is_sent(conn):
            item = outbox.by_key(conn, key)
            return item is not None and item.state == "sent"

        await self.until(is_sent)

    async def get(self, port, path):
        url = f"http://127.0.0.1:{self.ports[port]}{path}"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def life(store, tmp_path):
    names = ("matrix", "mail", "web", "metrics")
    ports = dict(zip(names, free_ports(4), strict=True))
    listens = {(name, "listen"): f"127.0.0.1:{port}" for name, port in ports.items()}
    protocol = {("mail", "protocol"): "lmtp"}
    config = load_config(write_config(tmp_path, {**listens, **protocol}), ENVIRON)
    context = context_of(config, await store.write(ensure_instance))
    homeserver, smtp = FakeHomeserver(now, context.namespace), FakeSmtp()
    presence = HandPresence()
    bridge = Bridge(
        config=config,
        namespace=context.namespace,
        handle=partial(dispatch, context=context),
        store=store,
        presence=presence,
        homeserver=homeserver,
        deliverers=_deliverers(config, context, Ground(store, presence), homeserver, smtp),
        apart=_apart(context, Reader()),
        unstored=Unstored(config, homeserver, smtp, context.namespace.bot_id),
    )
    return Life(bridge, homeserver, smtp, ports)


async def test_a_start_makes_the_room_and_opens_it_once_its_state_was_read(life):
    async with life.running():
        await life.open_room()
    assert list(life.homeserver.aliases) == ["#list_pc:example.org"]
    assert life.homeserver.pings


async def test_a_second_start_finds_the_room_again(life):
    for _ in range(2):
        async with life.running():
            await life.open_room()
    assert len(life.homeserver.rooms) == 1


async def test_a_mail_the_list_hands_over_stands_in_the_room(life):
    async with life.running():
        room = await life.open_room()
        async with connected(SimpleNamespace(port=life.ports["mail"], terms=LMTP)) as client:
            assert (await client.mail(MAIL, to=INTAKE))[-1].startswith("250")
        await life.until_sent(post_key(LIST, POST, 0))
        posts = [e for e in life.homeserver.rooms[room].timeline if "Here they are" in str(e)]
    source = posts[0]["content"]["org.seconded.source"]
    assert len(posts) == 1
    assert source[0]["message_id"] == message_id_hash(POST)


async def test_a_big_mail_is_read_by_its_own_process_and_stands_in_the_room(life):
    big = MAIL + b"We support this.\r\n" * (QUICK // 10)
    async with life.running():
        room = await life.open_room()
        async with connected(SimpleNamespace(port=life.ports["mail"], terms=LMTP)) as client:
            assert (await client.mail(big, to=INTAKE))[-1].startswith("250")
        await life.until_sent(post_key(LIST, POST, 0))
        posts = [e for e in life.homeserver.rooms[room].timeline if "Here they are" in str(e)]
    assert len(posts) == 1


async def test_a_reading_without_end_delays_no_acceptance_and_no_stop(life, tmp_path):
    code = (
        "import os, time\n"
        f"open({str(tmp_path / 'new')!r}, 'w').write(str(os.getpid()))\n"
        f"os.rename({str(tmp_path / 'new')!r}, {str(tmp_path / 'pid')!r})\n"
        "while True: time.sleep(9)"
    )
    reader = Reader((sys.executable, "-c", code), seconds=600)
    life.bridge.apart.read = lambda item: reader.read(item.raw, Terms(LIST, "", None))
    async with life.running():
        await life.open_room()
        async with connected(SimpleNamespace(port=life.ports["mail"], terms=LMTP)) as client:
            big = MAIL.replace(b"Minutes.1", b"Big.1") + b"We support this.\r\n" * QUICK
            assert (await client.mail(big, to=INTAKE))[-1].startswith("250")
            await life.until(lambda _: (tmp_path / "pid").exists())
            assert (await client.mail(MAIL, to=INTAKE))[-1].startswith("250")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    waiting = await life.bridge.store.write(lambda tx: inbox.claim(tx.conn, now(), 9))
    assert [one.key[:5] for one in waiting if one.kind == "mail"] == ["mail:", "mail:"]


async def test_it_is_alive_at_once_and_ready_once_the_room_is_open(life):
    async with life.running():
        await life.open_room()
        assert (await life.get("web", "/healthz"))[0] == 200
        assert (await life.get("web", "/readyz"))[0] == 200
        status, text = await life.get("metrics", "/metrics")
    assert status == 200
    assert 'seconded_breaker_state{destination="matrix"} 0' in text


async def test_a_ballot_s_page_is_written_and_served_by_the_running_bridge(life, tmp_path):
    shown = ballot(list_id=LIST)
    await life.bridge.store.write(lambda tx: ballots.record_ballot(tx, shown, None))
    pages = Pages(tmp_path / "pages", {LIST})
    life = replace(life, bridge=replace(life.bridge, pages=pages))
    async with life.running():
        await life.until(lambda _: (tmp_path / "pages" / "b" / "1.html").exists())
        status, text = await life.get("web", "/b/1")
        missing, _ = await life.get("web", "/b/2")
    assert (status, missing) == (200, 404)
    assert "Open consultations" in text


async def test_what_is_out_of_reach_is_named(life):
    for one in life.bridge.deliverers:
        for _ in range(5):
            one.breaker = one.breaker.failed(now(), 1)
    assert await life.bridge._why_not_ready() == [
        "matrix is out of reach",
        "mail is out of reach",
        "names is out of reach",
    ]


async def test_an_address_in_use_is_a_mistake_of_the_configuration(life):
    with socket.socket() as other:
        other.bind(("127.0.0.1", life.ports["web"]))
        other.listen()
        with pytest.raises(ConfigError, match=r"web\.listen"):
            await life.bridge.run(asyncio.Event())


async def test_a_homeserver_that_is_down_at_the_start_is_waited_for(life, monkeypatch):
    monkeypatch.setattr(lifecycle, "delay_ms", lambda *_: 0)
    life.homeserver.fail_next(Transient("no connection"), times=2)
    with capture_logs() as logs:
        await life.bridge._greet(asyncio.Event())
    said = [one["event"] for one in logs]
    assert said == ["homeserver_not_reached"] * 2 + ["homeserver_reached"]


async def test_stopping_does_not_wait_for_a_homeserver_that_hangs(life, monkeypatch):
    monkeypatch.setattr(lifecycle, "STOP_WITHIN_SECONDS", 0.05)
    send, hangs = life.homeserver.send, asyncio.Event()

    async def hang(_request):
        hangs.set()
        await asyncio.Event().wait()

    async with life.running():
        await life.open_room()
        life.homeserver.send = hang
        said = say_letter(Say(LIST, "hello", notice_content("Hello.")))
        await life.bridge.store.write(lambda tx: outbox.add(tx, said))
        await hangs.wait()
    item = await life.bridge.store.read(lambda conn: outbox.by_key(conn, "hello"))
    assert item.state == "sending"
    life.homeserver.send = send
    for one in life.bridge.deliverers:
        one._busy.clear()
    async with life.running():
        await life.until_sent("hello")


async def test_a_mail_under_way_at_a_crash_waits_for_its_echo_at_the_next_start(life):
    store = life.bridge.store
    envelope = Envelope("b@bridge.example.org", ("pc@lists.example.org",), b"Subject: x\r\n\r\n")
    letter = mail_letter(LIST, "call.1@bridge.example.org", envelope, None)

    def crash(tx):
        outbox.add(tx, letter)
        outbox.mark_sending(tx, outbox.by_key(tx.conn, letter.key), ALONE)

    await store.write(crash)
    async with life.running():
        await life.open_room()
    item = await store.read(lambda conn: outbox.by_key(conn, letter.key))
    assert item.state == "unknown"
    assert item.due_at >= item.first_try_at + ECHO_WAIT_MS
    assert life.smtp.attempts == 0


async def test_one_card_that_cannot_be_read_holds_up_no_other_ballot(life):
    store = life.bridge.store
    async with life.running():
        room = await life.open_room()

    def two_open_ballots(tx):
        for number, where in ((1, RoomId("!gone")), (2, room)):
            ballots.record_ballot(tx, ballot(number), None)
            card = RoomEvent(EventId(f"$card{number}"), where, LIST, "card", None, BallotId(number))
            rooms.record_event(tx, card)

    await store.write(two_open_ballots)
    with capture_logs() as logs:
        await life.bridge._sweep()
    told = [(one["event"], one["ballot"]) for one in logs if "ballot" in one]
    assert told == [("sweep_failed", 1), ("card_swept", 2)]


async def test_a_refusal_is_no_reason_to_end(life, monkeypatch):
    monkeypatch.setattr(lifecycle, "delay_ms", lambda *_: 0)
    life.homeserver.fail_next(Permanent("M_FORBIDDEN"))
    stop = asyncio.Event()
    stop.set()
    with capture_logs() as logs:
        await life.bridge._greet(stop)
    assert [one["event"] for one in logs] == ["homeserver_not_reached"]


async def test_what_is_out_of_reach_is_asked_by_one_probe_at_a_time(life):
    bridge, homeserver = life.bridge, life.homeserver
    down = Transient("connection refused")
    homeserver.fail_next(down, times=50)
    matrix = bridge._matrix
    while not matrix.breaker.is_open:
        assert not await bridge._is_greeted(1)
    left = len(homeserver._faults)
    for _ in range(5):
        assert not await bridge._sweep()
    assert len(homeserver._faults) == left


class Door:
    """A homeserver that lets whoever asks wait, and is out of reach for them in the end."""

    def __init__(self):
        self.opens, self.asked = asyncio.Event(), []

    def __getattr__(self, name):
        async def ask(*_, **__):
            self.asked.append(name)
            await self.opens.wait()
            raise Transient("connection refused")

        return ask


async def test_when_all_loops_may_probe_in_one_moment_one_probe_leaves(life):
    async with life.running():
        await life.open_room()
    door, matrix = Door(), life.bridge._matrix
    matrix.port, life.bridge = door, replace(life.bridge, homeserver=door)
    # A room to be read, a letter to be sent, and a homeserver to be greeted, as at each start.
    letter = say_letter(Say(LIST, "hello", notice_content("Hello.")))
    await life.bridge.store.write(lambda tx: outbox.add(tx, letter))
    matrix.breaker = Breaker(OPENS_AFTER, now())
    async with life.running():
        await life.until(lambda _: door.asked)
        for _ in range(30):
            await life.until(lambda _: True)
        assert len(door.asked) == 1
        door.opens.set()
        await life.until(lambda _: matrix.breaker.failures > OPENS_AFTER)
        assert (matrix.breaker.failures, len(door.asked)) == (OPENS_AFTER + 1, 1)
        assert not matrix.breaker.probe_is_out


async def test_a_homeserver_that_shows_a_room_is_sent_to_at_once(life):
    bridge, homeserver = life.bridge, life.homeserver
    matrix = bridge._matrix
    for _ in range(5):
        matrix.breaker = matrix.breaker.failed(now(), 1.0)
    assert matrix.breaker.is_open
    matrix.breaker = replace(matrix.breaker, retry_at=now())
    assert await bridge._is_greeted(1)
    assert not matrix.breaker.is_open
    assert homeserver.pings


async def test_an_idle_sweep_proves_nothing_about_the_homeserver(life):
    matrix = life.bridge._matrix
    for _ in range(5):
        matrix.breaker = matrix.breaker.failed(now(), 1.0)
    matrix.breaker = replace(matrix.breaker, retry_at=now())
    assert not await life.bridge._sweep()
    assert matrix.breaker.is_open


async def test_a_bridge_without_the_clock_finds_too_that_nothing_can_be_stored(life, monkeypatch):
    def full(_: object) -> None:
        raise Transient("the database cannot write now: disk is full")

    clock, found = HandClock(), []

    async def failed(now, reason):
        found.append((now, reason))

    bridge = replace(life.bridge, presence=HandPresence(has_clock=False), clock=clock)
    monkeypatch.setattr(Unstored, "failed", lambda _, now, reason: failed(now, reason))
    assert not await bridge._watch()
    assert found == []
    monkeypatch.setattr(lifecycle, "try_to_write", full)
    assert not await bridge._watch()
    assert found == [(clock(), "the database cannot write now: disk is full")]
