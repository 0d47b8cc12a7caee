"""The client's dealings with a homeserver that misbehaves; the rest is the contract suite's."""

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bridge.errors import Permanent, TooLarge, Transient
from bridge.matrix.client import HomeserverClient
from bridge.ports import RoomSpec, Send

BOT = "@seconded:hs.test"
POST = Send("!r/oom", BOT, "m.room.message", {"body": "x"}, "txn/1")
REACTION = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$t", "key": "✅"}}


class Script:
    """A homeserver that answers what it was told to, and remembers what it was asked."""

    def __init__(self):
        self.answers = []
        self.asked = []

    def answer(self, status, body, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, raw, headers))

    async def serve(self, request):
        self.asked.append((request.method, request.raw_path, dict(request.headers)))
        if not self.answers:
            request.transport.close()
            return web.Response()
        status, raw, headers = self.answers.pop(0)
        return web.Response(status=status, body=raw, headers=headers)


@pytest.fixture
def script():
    return Script()


@pytest.fixture
async def client(script):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.serve)
    async with TestServer(app) as server:
        url = f"http://{server.host}:{server.port}/"
        async with HomeserverClient(url, as_token="as-secret", bot=BOT) as homeserver:
            yield homeserver


async def test_a_send_names_user_device_and_time_and_keeps_the_token_out_of_the_url(client, script):
    script.answer(200, {"event_id": "$e"})
    assert await client.send(Send(POST.room_id, BOT, "m.x", {}, "txn/1", ts=12)) == "$e"
    ((method, path, headers),) = script.asked
    assert method == "PUT"
    assert path.endswith(
        "/rooms/!r%2Foom/send/m.x/txn%2F1?user_id=@seconded:hs.test&device_id=SECONDED&ts=12"
    )
    assert headers["Authorization"] == "Bearer as-secret"
    assert "secret" not in path


async def test_a_user_without_device_gets_one_and_the_send_is_repeated(client, script):
    script.answer(400, {"errcode": "M_UNKNOWN_DEVICE"})
    script.answer(400, {"errcode": "M_USER_IN_USE"})
    script.answer(201, {})
    script.answer(200, {"event_id": "$e"})
    assert await client.send(POST) == "$e"
    assert script.asked[0][:2] == script.asked[3][:2]
    assert script.asked[2][1] == "/_matrix/client/v3/devices/SECONDED?user_id=@seconded:hs.test"


GHOST = "@list_a:hs.test"


async def test_a_ghost_that_stands_in_the_room_is_asked_for_once(client, script):
    script.answer(200, {"membership": "join", "displayname": "Jane Doe (list)"})
    for _ in range(3):
        await client.ensure_ghost(GHOST, "Jane Doe (list)", POST.room_id)
    assert len(script.asked) == 1


async def test_a_ghost_that_has_its_name_is_not_named_again_in_further_rooms(client, script):
    script.answer(404, {"errcode": "M_NOT_FOUND"})
    script.answer(400, {"errcode": "M_USER_IN_USE"})
    script.answer(200, {})
    script.answer(200, {"displayname": "Jane Doe (list)"})
    script.answer(200, {"room_id": "!one"})
    await client.ensure_ghost(GHOST, "Jane Doe (list)", "!one")
    assert not [path for method, path, _ in script.asked if method == "PUT" and "profile" in path]
    script.answer(404, {"errcode": "M_NOT_FOUND"})
    script.answer(200, {"room_id": "!two"})
    await client.ensure_ghost(GHOST, "Jane Doe (list)", "!two")
    assert len(script.asked) == 7


async def test_a_ghost_that_was_put_out_is_asked_for_again_before_a_human_is(client, script):
    standing = {"membership": "join", "displayname": "Jane Doe (list)"}
    post = replace(POST, sender=GHOST)
    script.answer(200, standing)
    await client.ensure_ghost(GHOST, "Jane Doe (list)", POST.room_id)
    script.answer(403, {"errcode": "M_FORBIDDEN"})
    with pytest.raises(Transient, match="put out"):
        await client.send(post)
    script.answer(200, standing)
    await client.ensure_ghost(GHOST, "Jane Doe (list)", POST.room_id)
    script.answer(200, {"event_id": "$e"})
    assert await client.send(post) == "$e"
    script.answer(403, {"errcode": "M_FORBIDDEN"})
    with pytest.raises(Permanent):
        await client.send(POST)


async def test_a_lost_answer_leaves_the_outcome_unknown(client):
    with pytest.raises(Transient) as raised:
        await client.send(POST)
    assert raised.value.outcome_unknown


async def test_a_homeserver_that_is_down_has_done_nothing():
    down = f"http://127.0.0.1:{unused_port()}"
    async with HomeserverClient(down, as_token="as-secret", bot=BOT) as client:
        with pytest.raises(Transient, match="no connection") as raised:
            await client.send(POST)
    assert not raised.value.outcome_unknown


@pytest.mark.parametrize("begins", [False, True])
async def test_a_homeserver_that_never_ends_its_answer_leaves_the_outcome_unknown(begins):
    is_over = asyncio.Event()

    async def wait(request):
        answer = web.StreamResponse()
        answer.content_length = 100
        if begins:
            await answer.prepare(request)
            await answer.write(b'{"event_id": ')
        await is_over.wait()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", wait)
    async with TestServer(app) as server:
        url = f"http://{server.host}:{server.port}"
        async with HomeserverClient(url, as_token="a", bot=BOT, timeout=0.05) as client:
            with pytest.raises(Transient) as raised:
                await client.send(POST)
        is_over.set()
    assert raised.value.outcome_unknown


async def test_a_rate_limit_is_asked_once_and_says_how_long(client, script):
    script.answer(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500})
    with pytest.raises(Transient) as raised:
        await client.send(POST)
    assert raised.value.retry_after == 1.5
    assert len(script.asked) == 1


async def test_a_duplicate_annotation_not_shown_yet_is_tried_again(client, script):
    script.answer(400, {"errcode": "M_DUPLICATE_ANNOTATION"})
    script.answer(200, {"chunk": [{"sender": "@x:hs.test"}, {"sender": BOT, "content": {}}]})
    with pytest.raises(Transient, match="does not show it"):
        await client.send(Send("!r", BOT, "m.reaction", REACTION, "t"))


async def test_a_room_made_by_somebody_else_meanwhile_is_found(client, script):
    script.answer(404, {"errcode": "M_NOT_FOUND"})
    script.answer(200, {"capabilities": {"m.room_versions": {"default": "11"}}})
    script.answer(400, {"errcode": "M_ROOM_IN_USE"})
    script.answer(200, {"room_id": "!theirs"})
    spec = RoomSpec("list_pc", "PC", "", private=True)
    assert await client.ensure_room(spec) == "!theirs"


async def test_an_alias_in_use_that_leads_nowhere_needs_a_human(client, script):
    script.answer(404, {"errcode": "M_NOT_FOUND"})
    script.answer(200, {"capabilities": {}})
    script.answer(400, {"errcode": "M_ROOM_IN_USE"})
    script.answer(404, {"errcode": "M_NOT_FOUND"})
    with pytest.raises(Permanent, match="M_ROOM_IN_USE"):
        await client.ensure_room(RoomSpec("list_pc", "PC", "", private=True))


async def test_pages_end_when_a_homeserver_repeats_itself(client, script):
    for _ in range(2):
        script.answer(200, {"chunk": [{"event_id": "$a"}, 7], "next_batch": "same"})
    assert len(await client.annotations("!r", "$t")) == 2


async def test_an_empty_page_is_not_the_end(client, script):
    sent = {"event_id": "$a", "content": {"org.seconded.txn": "t"}}
    script.answer(200, {"chunk": [], "end": "more"})
    script.answer(200, {"chunk": [sent]})
    assert await client.find_sent("!r", "t", 0) == "$a"


async def test_the_lookup_does_not_read_further_back_than_asked(client, script):
    old = {"event_id": "$a", "origin_server_ts": 5}
    script.answer(200, {"chunk": [old], "end": "more"})
    assert await client.find_sent("!r", "t", 10**12) is None


@pytest.mark.parametrize("body", [{"chunk": 7}, {}])
async def test_a_page_without_a_list_of_events_is_empty(client, script, body):
    script.answer(200, body)
    assert await client.annotations("!r", "$t") == []


async def test_a_page_that_is_no_object_is_tried_again(client, script):
    script.answer(200, [])
    with pytest.raises(Transient, match="no JSON object"):
        await client.annotations("!r", "$t")


async def test_state_that_is_no_list_is_tried_again(client, script):
    script.answer(200, {"not": "a list"})
    with pytest.raises(Transient, match="no list"):
        await client.state("!r")


async def test_a_clock_that_something_hides_is_a_persons_business(client, script):
    script.answer(200, {}, Date="soon")
    with pytest.raises(Permanent, match="Date"):
        await client.server_time()


async def test_a_ping_names_our_registration(client, script):
    script.answer(200, {"duration_ms": 3})
    await client.ping("hello")
    assert script.asked[0][1] == "/_matrix/client/v1/appservice/seconded/ping"


async def test_a_homeserver_that_cannot_reach_us_is_tried_again(client, script):
    script.answer(502, {"errcode": "M_CONNECTION_FAILED", "error": "refused"})
    with pytest.raises(Transient, match="M_CONNECTION_FAILED"):
        await client.ping("hello")


CONFIG = {"m.upload.size": 10}


async def upload(client, data=b"words"):
    return await client.upload("a b.txt", "text/plain", data, GHOST)


async def test_an_upload_names_file_user_and_device_and_sends_its_bytes(client, script):
    script.answer(200, CONFIG)
    script.answer(200, {"content_uri": "mxc://hs.test/a"})
    assert await upload(client) == "mxc://hs.test/a"
    config, (method, path, headers) = script.asked
    assert config[:2] == ("GET", "/_matrix/client/v1/media/config")
    assert (method, path) == (
        "POST",
        "/_matrix/media/v3/upload?user_id=@list_a:hs.test&device_id=SECONDED&filename=a+b.txt",
    )
    assert headers["Content-Type"] == "text/plain"
    assert headers["Content-Length"] == "5"


async def test_the_limit_is_asked_for_once_and_what_is_over_it_does_not_leave(client, script):
    script.answer(200, CONFIG)
    for _ in range(2):
        with pytest.raises(TooLarge) as raised:
            await upload(client, b"x" * 11)
        assert raised.value.limit == 10
    assert len(script.asked) == 1


async def test_a_413_has_the_limit_asked_for_again(client, script):
    script.answer(200, {"m.upload.size": 100})
    script.answer(413, {"errcode": "M_TOO_LARGE"})
    script.answer(200, CONFIG)
    with pytest.raises(TooLarge) as raised:
        await upload(client, b"x" * 50)
    assert raised.value.limit == 10


async def test_a_413_of_a_proxy_is_no_reason_to_try_again(client, script):
    script.answer(200, {})
    script.answer(413, b"<html>Request Entity Too Large</html>")
    script.answer(200, {"m.upload.size": 100})
    with pytest.raises(TooLarge) as raised:
        await upload(client, b"x" * 50)
    assert raised.value.limit is None


async def test_a_connection_that_breaks_has_the_limit_asked_for_again(client, script):
    script.answer(200, {"m.upload.size": 100})
    with pytest.raises(Transient):
        await upload(client, b"x" * 50)
    script.answer(200, CONFIG)
    with pytest.raises(TooLarge):
        await upload(client, b"x" * 50)


async def test_a_homeserver_of_old_is_asked_where_it_answers(client, script):
    script.answer(404, {"errcode": "M_UNRECOGNIZED"})
    script.answer(200, CONFIG)
    script.answer(200, {"content_uri": "mxc://hs.test/a"})
    assert await upload(client) == "mxc://hs.test/a"
    assert script.asked[1][1] == "/_matrix/media/v3/config"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000}, Transient),
        (502, b"bad gateway", Transient),
        (200, {}, Transient),
        (403, {"errcode": "M_FORBIDDEN"}, Permanent),
    ],
)
async def test_an_upload_that_is_refused_says_who_must_act(client, script, status, body, error):
    script.answer(200, CONFIG)
    script.answer(status, body)
    with pytest.raises(error) as raised:
        await upload(client)
    assert not isinstance(raised.value, TooLarge)
