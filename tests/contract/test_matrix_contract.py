"""What every homeserver behind our ports promises: the fake (fast) and a real Synapse (real)."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.demo.environments import SYNAPSE, ensure_environment
from bridge.demo.synapse import SynapseServer, on_free_port
from bridge.errors import Permanent, TooLarge, Transient
from bridge.ids import EventId, Instant, RoomId, UserId
from bridge.matrix.client import HomeserverClient
from bridge.matrix.facts import RedactionSeen, redaction_of
from bridge.matrix.ghosts import Namespace
from bridge.matrix.power import CREATOR_POWER, power_of
from bridge.matrix.relations import annotation_content, in_thread, pinned_content
from bridge.matrix.rooms import privacy_breach
from bridge.ports import Content, RoomSpec, Send
from tests.fakes_matrix import FakeHomeserver

MAIL_DATE = Instant(1_000_000_000_000)
"""September 2001: long before any event here really came."""


@dataclass
class Subject:
    """A homeserver under test and names that nobody used before."""

    homeserver: FakeHomeserver | HomeserverClient
    namespace: Namespace
    run: str

    def ghost(self, name: str = "jane") -> UserId:
        return UserId(f"@list_{name}{self.run}:{self.namespace.server_name}")

    def txn(self, name: str) -> str:
        return f"{name}-{self.run}"

    def spec(self, *, private: bool) -> RoomSpec:
        moderator = UserId(f"@seconded:{self.namespace.server_name}")
        spec = RoomSpec(f"list_pc{self.run}", "PC", "Mirror of PC.", private=private)
        return replace(spec, moderators=(moderator, self.ghost("chair")))

    async def room(self, *, private: bool = True) -> RoomId:
        room = await self.homeserver.ensure_room(self.spec(private=private))
        await self.homeserver.ensure_ghost(self.ghost(), "Jane Doe (list)", room)
        return room

    def post(self, room: RoomId, name: str = "post") -> Send:
        content = {"msgtype": "m.text", "body": "Please answer.", "m.mentions": {}}
        return Send(room, self.ghost(), "m.room.message", content, self.txn(name))

    async def react(self, room: RoomId, target: EventId, key: str, txn: str) -> EventId:
        content = annotation_content(target, key)
        send = Send(room, self.ghost(), "m.reaction", content, self.txn(txn))
        return await self.homeserver.send(send)

    async def member(self, room: RoomId, user: UserId) -> Content:
        state = await self.homeserver.state(room)
        return next(e for e in state if e["type"] == "m.room.member" and e["state_key"] == user)


_numbers = itertools.count(1)
_NAMESPACE = Namespace("hs.test", "list_", "seconded")
_REGISTRATION = {
    "id": "seconded",
    "url": None,
    "as_token": "throw-away-as",
    "hs_token": "throw-away-hs",
    "sender_localpart": _NAMESPACE.bot,
    "rate_limited": False,
    "io.element.msc4190": True,
    "namespaces": {
        "users": [{"exclusive": True, "regex": "@list_.*:hs\\.test"}],
        "aliases": [{"exclusive": True, "regex": "#list_.*:hs\\.test"}],
        "rooms": [],
    },
}
_ENVIRONMENTS = Path(__file__).parents[2] / ".demo"


@pytest.fixture(scope="module")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    home = ensure_environment(SYNAPSE, _ENVIRONMENTS, print)
    settings = on_free_port(_NAMESPACE.server_name, _REGISTRATION)
    server = SynapseServer(home, tmp_path_factory.mktemp("synapse"), settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def real_subject(synapse: SynapseServer) -> AsyncIterator[Subject]:
    token, bot = _REGISTRATION["as_token"], _NAMESPACE.bot_id
    async with HomeserverClient(synapse.url, as_token=token, bot=bot, page_size=2) as client:
        yield Subject(client, _NAMESPACE, str(next(_numbers)))


@pytest.fixture
def fake_subject() -> Subject:
    ticks = itertools.count(1_700_000_000_000, 1000)
    fake = FakeHomeserver(lambda: Instant(next(ticks)), _NAMESPACE)
    return Subject(fake, _NAMESPACE, str(next(_numbers)))


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
def subject(request: pytest.FixtureRequest) -> Subject:
    return request.getfixturevalue(f"{request.param}_subject")


async def test_a_room_is_made_once(subject):
    room = await subject.room()
    assert await subject.homeserver.ensure_room(subject.spec(private=True)) == room


async def test_who_cannot_be_invited_keeps_nobody_else_out(subject):
    room = await subject.room()
    inside, away, late = subject.ghost(), UserId("@jane:away.example"), subject.ghost("late")
    spec = replace(subject.spec(private=True), invite=(inside, away, late))
    assert await subject.homeserver.ensure_room(spec) == room
    members = [(await subject.member(room, user))["content"] for user in (inside, late)]
    assert [one["membership"] for one in members] == ["join", "invite"]


async def test_a_private_list_has_a_closed_room(subject):
    room = await subject.room(private=True)
    assert privacy_breach(await subject.homeserver.state(room)) is None


async def test_a_public_list_has_an_open_room(subject):
    room = await subject.room(private=False)
    assert "join_rules" in str(privacy_breach(await subject.homeserver.state(room)))


async def test_the_bot_stands_above_moderators_and_moderators_above_ghosts(subject):
    room = await subject.room()
    state = await subject.homeserver.state(room)
    users = (subject.namespace.bot_id, subject.ghost("chair"), subject.ghost())
    assert [power_of(state, user) for user in users] == [CREATOR_POWER, 50, 0]


@pytest.mark.parametrize("private", [True, False])
async def test_a_ghost_stands_in_the_room_under_its_name(subject, private):
    room = await subject.room(private=private)
    member = await subject.member(room, subject.ghost())
    assert member["content"]["membership"] == "join"
    assert member["content"]["displayname"] == "Jane Doe (list)"


async def test_a_ghost_that_stands_there_is_left_alone(subject):
    room = await subject.room()
    before = await subject.member(room, subject.ghost())
    await subject.homeserver.ensure_ghost(subject.ghost(), "Jane Doe (list)", room)
    assert (await subject.member(room, subject.ghost()))["event_id"] == before["event_id"]


async def test_a_ghost_takes_its_new_name(subject):
    room = await subject.room()
    await subject.homeserver.ensure_ghost(subject.ghost(), "Jane Roe (list)", room)
    member = await subject.member(room, subject.ghost())
    assert member["content"]["displayname"] == "Jane Roe (list)"


async def test_a_send_repeated_is_one_event(subject):
    post = subject.post(await subject.room())
    assert await subject.homeserver.send(post) == await subject.homeserver.send(post)


async def test_an_event_carries_its_txn_id_its_sender_and_the_claimed_time(subject):
    room = await subject.room()
    post = replace(subject.post(room), ts=MAIL_DATE)
    event = await subject.homeserver.event(room, await subject.homeserver.send(post))
    assert event["content"] == {**post.content, "org.seconded.txn": post.txn_id}
    assert (event["sender"], event["origin_server_ts"]) == (post.sender, MAIL_DATE)


async def test_the_bot_speaks_for_itself(subject):
    room = await subject.room()
    send = replace(subject.post(room), sender=subject.namespace.bot_id)
    event = await subject.homeserver.event(room, await subject.homeserver.send(send))
    assert event["sender"] == subject.namespace.bot_id


async def test_a_duplicate_annotation_is_the_one_that_stands(subject):
    room = await subject.room()
    target = await subject.homeserver.send(subject.post(room))
    first = await subject.react(room, target, "✅", "first")
    assert await subject.react(room, target, "✅", "second") == first


async def test_annotations_come_from_all_pages(subject):
    room = await subject.room()
    target = await subject.homeserver.send(subject.post(room))
    sent = {await subject.react(room, target, key, f"react{key}") for key in "✅📝🆗⚪⏳"}
    assert {e["event_id"] for e in await subject.homeserver.annotations(room, target)} == sent


async def test_a_thread_holds_its_replies_from_all_pages_and_nothing_else(subject):
    room = await subject.room()
    root = await subject.homeserver.send(subject.post(room))
    await subject.react(room, root, "✅", "react")
    posts = [subject.post(room, f"reply{n}") for n in range(5)]
    replies = [replace(post, content=in_thread(post.content, root)) for post in posts]
    sent = {await subject.homeserver.send(reply) for reply in replies}
    assert {e["event_id"] for e in await subject.homeserver.thread(room, root)} == sent


async def test_a_removed_reaction_is_gone_and_says_who_removed_it(subject):
    room = await subject.room()
    target = await subject.homeserver.send(subject.post(room))
    reaction = await subject.react(room, target, "✋", "object")
    redaction = await subject.homeserver.redact(room, reaction, subject.txn("remove"))
    assert await subject.homeserver.annotations(room, target) == []
    seen = redaction_of(await subject.homeserver.event(room, reaction))
    assert isinstance(seen, RedactionSeen)
    assert (seen.event_id, seen.redacts) == (redaction, reaction)
    assert seen.sender == subject.namespace.bot_id


async def test_a_redaction_repeated_is_one_event(subject):
    room = await subject.room()
    target = await subject.homeserver.send(subject.post(room))
    redactions = [
        await subject.homeserver.redact(room, target, subject.txn("remove")) for _ in range(2)
    ]
    assert redactions[0] == redactions[1]


async def test_an_event_nobody_knows_is_none(subject):
    room = await subject.room()
    assert await subject.homeserver.event(room, EventId("$nobodyknowsthisone")) is None


async def test_state_set_again_is_the_same_event(subject):
    room = await subject.room()
    content = pinned_content([await subject.homeserver.send(subject.post(room))])
    pins = [
        await subject.homeserver.put_state(room, "m.room.pinned_events", "", content)
        for _ in range(2)
    ]
    assert pins[0] == pins[1]
    assert pins[0] in [event["event_id"] for event in await subject.homeserver.state(room)]


async def test_what_was_sent_is_found_behind_posts_with_the_dates_of_old_mails(subject):
    room = await subject.room()
    posts = [replace(subject.post(room, f"post{n}"), ts=MAIL_DATE) for n in range(6)]
    sent = [await subject.homeserver.send(post) for post in posts]
    since = await subject.homeserver.server_time()
    assert await subject.homeserver.find_sent(room, posts[0].txn_id, since) == sent[0]


async def test_what_was_never_sent_is_not_found(subject):
    room = await subject.room()
    await subject.homeserver.send(subject.post(room))
    assert await subject.homeserver.find_sent(room, subject.txn("never"), Instant(0)) is None


async def test_a_user_outside_the_room_cannot_speak_there(subject):
    room = await subject.room()
    post = replace(subject.post(room), sender=subject.ghost("stranger"))
    with pytest.raises(Permanent):
        await subject.homeserver.send(post)


@pytest.mark.parametrize(
    "content",
    [{"body": "a lone \ud83d surrogate"}, {"weight": 0.5}, {"body": "x" * 65_000}],
    ids=["surrogate", "float", "too large"],
)
async def test_content_no_homeserver_takes_is_refused_for_good(subject, content):
    room = await subject.room()
    with pytest.raises(Permanent, match="cannot be an event"):
        await subject.homeserver.send(replace(subject.post(room), content=content))


FILE = bytes(range(256)) * 5_000
"""More than aiohttp likes to send as bytes."""


@pytest.mark.parametrize("sender", ["ghost", "bot"])
async def test_a_file_is_uploaded_and_has_an_address_that_an_event_can_show(subject, sender):
    room = await subject.room()
    user = subject.namespace.bot_id if sender == "bot" else subject.ghost()
    name = "Sitzung März & 1/2.txt"
    address = await subject.homeserver.upload(name, "text/plain", FILE, user)
    assert address.startswith(f"mxc://{subject.namespace.server_name}/")
    shown = {"msgtype": "m.file", "body": name, "url": address, "m.mentions": {}}
    send = replace(subject.post(room), content=shown)
    event = await subject.homeserver.event(room, await subject.homeserver.send(send))
    assert event["content"]["url"] == address


async def test_a_file_uploaded_again_is_another_file(subject):
    await subject.room()
    addresses = {
        await subject.homeserver.upload("a.txt", "text/plain", b"words", subject.ghost())
        for _ in range(2)
    }
    assert len(addresses) == 2


async def test_a_file_over_the_limit_is_refused_with_the_limit(subject):
    await subject.room()
    data = bytes(51 * 1024 * 1024)
    with pytest.raises(TooLarge) as raised:
        await subject.homeserver.upload("a.bin", "text/plain", data, subject.ghost())
    assert raised.value.limit == 50 * 1024 * 1024


@pytest.mark.real
async def test_a_homeserver_that_lowers_its_limit_is_believed_at_the_next_try(real_subject):
    await real_subject.room()
    data = bytes(51 * 1024 * 1024)
    real_subject.homeserver._upload_limit = len(data)
    # It hangs up while we still send, and whether we see its 413 before that is chance.
    with pytest.raises((TooLarge, Transient)):
        await real_subject.homeserver.upload("a.bin", "text/plain", data, real_subject.ghost())
    with pytest.raises(TooLarge) as raised:
        await real_subject.homeserver.upload("a.bin", "text/plain", data, real_subject.ghost())
    assert raised.value.limit == 50 * 1024 * 1024


async def test_a_stranger_uploads_nothing(subject):
    with pytest.raises(Permanent):
        await subject.homeserver.upload("a.txt", "text/plain", b"x", UserId("@zoe:hs.test"))


async def test_the_token_belongs_to_the_bot(subject):
    assert await subject.homeserver.whoami() == subject.namespace.bot_id


@pytest.mark.real
@pytest.mark.parametrize("sender", ["ghost", "bot"])
async def test_a_resend_after_a_restart_of_the_homeserver_is_the_same_event(
    real_subject, synapse, sender
):
    room = await real_subject.room()
    bot = real_subject.namespace.bot_id
    post = replace(real_subject.post(room), sender=bot if sender == "bot" else real_subject.ghost())
    first = await real_subject.homeserver.send(post)
    synapse.kill()
    with pytest.raises(Transient):
        await real_subject.homeserver.send(post)
    synapse.start()
    assert await real_subject.homeserver.send(post) == first
