"""Where nothing can be stored, operators are told past the store, once for each occurrence."""

import re
from dataclasses import replace

import pytest
from fakes_mail import FakeSmtp
from fakes_matrix import FakeHomeserver, FakeRoom
from hand_clock import HandClock
from playbook_cast import story_config
from structlog.testing import capture_logs

from bridge.errors import Transient
from bridge.ids import Instant, RoomId
from bridge.matrix.ghosts import Namespace
from bridge.unstored import Unstored

ROOM = RoomId("!operators:hs.test")
MINUTE = 60_000


class Scene:
    def __init__(self, tmp_path, **operators):
        told = operators or {"room": ROOM, "mail": "operators@example.org"}
        changes = {("operators", name): value for name, value in told.items()}
        self.config = story_config(tmp_path, changes)
        self.clock = HandClock()
        matrix = self.config.matrix
        namespace = Namespace(matrix.server_name, matrix.prefix, matrix.bot)
        self.homeserver, self.smtp = FakeHomeserver(self.clock, namespace), FakeSmtp()
        member = {"event_id": "$there", "content": {"membership": "join"}}
        room = FakeRoom(state={("m.room.member", namespace.bot_id): member})
        self.homeserver.rooms[ROOM] = room
        self.timeline = room.timeline
        self.unstored = Unstored(self.config, self.homeserver, self.smtp, namespace.bot_id)

    async def fails_for(self, minutes):
        """Fail at once and each minute, the last time at the end."""
        for passed in range(minutes + 1):
            self.clock.forward(MINUTE if passed else 0)
            await self.unstored.failed(self.clock(), "database is locked")

    @property
    def told(self):
        return len(self.timeline), len(self.smtp.delivered)


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


async def test_two_minutes_are_waited_for(scene):
    await scene.fails_for(1)
    assert scene.told == (0, 0)


async def test_the_room_and_the_address_are_told_once(scene):
    await scene.fails_for(30)
    assert scene.told == (1, 1)
    assert "for 2 minutes (database is locked)" in scene.timeline[0]["content"]["body"]
    assert b"Subject: [ALERT]" in scene.smtp.delivered[0].raw


async def test_they_are_told_daily_while_it_lasts(scene):
    await scene.fails_for(25 * 60)
    assert scene.told == (2, 2)


@pytest.mark.parametrize(("minutes", "told"), [(30, 1), (90, 2)])
async def test_another_occurrence_is_told_an_hour_after_the_first(scene, minutes, told):
    await scene.fails_for(2)
    scene.unstored.succeeded()
    scene.clock.forward(minutes * MINUTE)
    await scene.fails_for(2)
    assert scene.told == (told, told)


async def test_what_can_be_told_by_no_way_is_tried_again_in_a_minute(scene):
    scene.homeserver.fail_next(Transient("connection refused"))
    scene.smtp.reply_at("MAIL", 451)
    await scene.fails_for(2)
    assert scene.told == (0, 0)
    await scene.fails_for(1)
    assert scene.told == (1, 1)


async def test_the_log_says_that_operators_were_told_only_when_they_were(scene):
    scene.homeserver.fail_next(Transient("connection refused"))
    scene.smtp.reply_at("MAIL", 451)
    with capture_logs() as lines:
        await scene.fails_for(2)
    assert [one["event"] for one in lines] == ["alert_not_carried", "alert_not_carried"]
    with capture_logs() as lines:
        await scene.fails_for(30)
    assert [one["event"] for one in lines].count("operators_alerted") == 1


async def test_several_bridges_tell_one_event_and_each_a_mail_of_one_name(scene):
    await scene.fails_for(2)
    another = replace(scene.unstored, _failing_since=None, _told=None)
    for passed in range(3):
        await another.failed(Instant(scene.clock() + passed * MINUTE), "disk is full")
    assert scene.told == (1, 2)
    first, second = (re.findall(rb"Message-ID: .*", one.raw) for one in scene.smtp.delivered)
    assert first == second != []


async def test_one_way_is_enough(scene):
    scene.homeserver.fail_next(Transient("connection refused"))
    await scene.fails_for(10)
    assert scene.told == (0, 1)


async def test_only_those_are_told_who_are_named(tmp_path):
    scene = Scene(tmp_path, mail="operators@example.org")
    await scene.fails_for(3)
    assert scene.told == (0, 1)
