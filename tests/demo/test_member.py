"""A player's client, against a homeserver of a few lines."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.demo.member import Member, MemberError

ROOM = "!room:hs.demo"


@dataclass
class Homeserver:
    """Answers every request with an event id; ``events`` are what the next sync shows."""

    requests: list[tuple[str, str, Any, dict[str, str]]] = field(default_factory=list)
    events: list[list[dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    ids: Any = field(default_factory=itertools.count)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        path = request.path.removeprefix("/_matrix/client/v3/")
        self.requests.append((request.method, path, body, dict(request.query)))
        if self.status != 200:
            return web.json_response({"errcode": "M_FORBIDDEN"}, status=self.status)
        if path == "sync":
            await asyncio.sleep(0)
            shown = self.events.pop(0) if self.events else []
            rooms = {"join": {ROOM: {"timeline": {"events": shown}}}}
            return web.json_response({"next_batch": f"s{next(self.ids)}", "rooms": rooms})
        return web.json_response({"event_id": f"${next(self.ids)}", "room_id": ROOM})

    @property
    def last(self):
        return self.requests[-1]


@pytest.fixture
async def homeserver():
    return Homeserver()


@pytest.fixture
async def member(homeserver):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", homeserver.answer)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        async with Member(url, "@bruno:hs.demo", "token") as member:
            yield member


async def test_a_reaction_names_what_it_is_on(member, homeserver):
    assert (await member.react(ROOM, "$card", "✅")).startswith("$")
    method, path, body, _ = homeserver.last
    assert (method, path.split("/")[:4]) == ("PUT", ["rooms", ROOM, "send", "m.reaction"])
    assert body == {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$card", "key": "✅"}}


async def test_a_word_in_the_thread_stands_in_the_thread(member, homeserver):
    await member.say_in_thread(ROOM, "$card", "!reserve a word")
    relation = homeserver.last[2]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", "$card")


async def test_a_reply_is_a_reply(member, homeserver):
    await member.reply(ROOM, "$post", "!ballot open")
    assert homeserver.last[2]["m.relates_to"] == {"m.in_reply_to": {"event_id": "$post"}}


async def test_no_two_requests_share_a_transaction_id(member, homeserver):
    for _ in range(3):
        await member.say(ROOM, "hello")
    await member.take_back(ROOM, "$0")
    assert len({path.rsplit("/", 1)[1] for _, path, _, _ in homeserver.requests}) == 4


async def test_what_came_already_is_not_waited_for(member, homeserver):
    homeserver.events = [[{"event_id": "$a"}], [{"event_id": "$b"}]]
    found = await member.wait_for(lambda one: one["event_id"] == "$b", "b")
    asked = len(homeserver.requests)
    assert await member.wait_for(lambda one: one["event_id"] == "$b", "b") == found
    assert len(homeserver.requests) == asked
    assert [one["event_id"] for one in member.events] == ["$a", "$b"]


async def test_each_sync_goes_on_where_the_last_one_ended(member, homeserver):
    await member.catch_up()
    await member.catch_up()
    assert [query.get("since") for *_, query in homeserver.requests] == [None, "s0"]


async def test_what_does_not_come_says_what_was_waited_for(member):
    with pytest.raises(MemberError, match="the card did not come"):
        await member.wait_for(lambda _: False, "the card", seconds=0.01)


async def test_a_refusal_ends_the_story_with_the_servers_words(member, homeserver):
    homeserver.status = 403
    with pytest.raises(MemberError, match=r"403.*M_FORBIDDEN"):
        await member.join("#list_pc:hs.demo")
