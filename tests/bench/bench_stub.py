"""A homeserver that does nothing, at once: what remains is what the bridge costs.

It answers what the bridge asks, keeps nothing but the rooms, and pushes each event back in
transactions, one in flight at a time and at most 100 events each, as Synapse does: reading our
own echoes is part of what a post costs.

Run as a program of its own: ``python bench_stub.py PORT PUSH_TO HS_TOKEN``.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from collections import deque
from urllib.parse import unquote

import aiohttp
from aiohttp import web

from bridge.demo.ports import LOOPBACK

_BOT = "@seconded:hs.demo"
_IN_ONE_PUSH = 100


class Stub:
    """The rooms that were made, the events that wait to be pushed, and the answers."""

    def __init__(self, push_to: str, hs_token: str) -> None:
        self._push_to = push_to
        self._headers = {"Authorization": f"Bearer {hs_token}"}
        self._rooms: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._waiting: deque[dict[str, object]] = deque()
        self._has_come = asyncio.Event()

    async def send(self, request: web.Request) -> web.Response:
        event_id = f"${next(self._numbers):043}"
        self._waiting.append(
            {
                "type": request.match_info["type"],
                "event_id": event_id,
                "room_id": unquote(request.match_info["room"]),
                "sender": request.query.get("user_id", _BOT),
                "origin_server_ts": 1_793_606_400_000,
                "content": json.loads(await request.read()),
            }
        )
        self._has_come.set()
        return web.json_response({"event_id": event_id})

    async def create(self, request: web.Request) -> web.Response:
        alias = (await request.json())["room_alias_name"]
        room_id = self._rooms.setdefault(f"#{alias}:hs.demo", f"!{next(self._numbers)}:hs.demo")
        return web.json_response({"room_id": room_id})

    async def directory(self, request: web.Request) -> web.Response:
        room_id = self._rooms.get(unquote(request.match_info["alias"]))
        if room_id is None:
            return web.json_response({"errcode": "M_NOT_FOUND", "error": "no"}, status=404)
        return web.json_response({"room_id": room_id})

    async def state(self, _: web.Request) -> web.Response:
        create = {"type": "m.room.create", "state_key": "", "sender": _BOT, "content": {}}
        return web.json_response([create])

    async def not_there(self, _: web.Request) -> web.Response:
        return web.json_response({"errcode": "M_NOT_FOUND", "error": "no"}, status=404)

    async def done(self, _: web.Request) -> web.Response:
        return web.json_response({"user_id": _BOT, "room_id": "!0", "chunk": [], "duration_ms": 1})

    async def push(self) -> None:
        """Push what waits, for ever."""
        async with aiohttp.ClientSession(headers=self._headers) as http:
            for number in itertools.count(1):
                await self._has_come.wait()
                taken = [self._waiting.popleft() for _ in range(self._next_size())]
                await self._push_until_taken(http, number, {"events": taken})
                if not self._waiting:
                    self._has_come.clear()

    def _next_size(self) -> int:
        return min(_IN_ONE_PUSH, len(self._waiting))

    async def _push_until_taken(
        self, http: aiohttp.ClientSession, number: int, body: dict[str, object]
    ) -> None:
        url = f"{self._push_to}/_matrix/app/v1/transactions/{number}"
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.put(url, json=body) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.2)


def app_of(stub: Stub) -> web.Application:
    client = "/_matrix/client/v3"
    app = web.Application()
    app.add_routes(
        [
            web.put(client + "/rooms/{room}/send/{type}/{txn}", stub.send),
            web.post(client + "/createRoom", stub.create),
            web.get(client + "/directory/room/{alias}", stub.directory),
            web.get(client + "/rooms/{room}/state", stub.state),
            web.get(client + "/rooms/{room}/state/{type}/{key}", stub.not_there),
            web.route("*", "/{rest:.*}", stub.done),
        ]
    )
    return app


async def main(port: int, push_to: str, hs_token: str) -> None:
    stub = Stub(push_to, hs_token)
    runner = web.AppRunner(app_of(stub), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    await stub.push()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
