"""A proxy that does to each request what networks and servers do: one of ``FAULTS``, or nothing.

It stands between the bridge and its homeserver, or the other way round. What happens to a request
is drawn by ``chance`` with the odds of each fault; ``counts`` says how often each one did.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import aiohttp
from aiohttp import web
from yarl import URL

from bridge.demo.ports import LOOPBACK

PASSED = "passed"
HOPS = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
SLOW_SECONDS = (0.05, 0.5)
LARGEST_BODY = 64 * 1024 * 1024


class FaultProxy:
    """Forwards to ``upstream``, with faults, while it is entered.

    Attributes:
        odds: how likely each fault is; may be changed while it runs.
        counts: how often each fault happened, and how often none.
    """

    def __init__(
        self, port: int, upstream: int, chance: random.Random, odds: Mapping[str, float]
    ) -> None:
        self.odds = dict(odds)
        self.counts: Counter[str] = Counter()
        self.chance = chance
        self.released = asyncio.Event()
        self._port, self._upstream = port, f"http://{LOOPBACK}:{upstream}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        self._http = aiohttp.ClientSession(auto_decompress=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        await self._runner.cleanup()
        await self._http.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault = self._draw()
        self.counts[fault] += 1
        return await FAULTS[fault](self, request)

    def _draw(self) -> str:
        drawn = self.chance.random()
        for fault, odds in self.odds.items():
            drawn -= odds
            if drawn < 0:
                return fault
        return PASSED

    async def forward(self, request: web.Request) -> web.Response:
        """Pass a request on and return what was answered; 502 when nobody answers."""
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOPS}
        body = await request.read()
        url = URL(self._upstream + request.raw_path, encoded=True)
        try:
            async with self._http.request(
                request.method, url, data=body or None, headers=headers
            ) as answer:
                kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOPS}
                return web.Response(status=answer.status, headers=kept, body=await answer.read())
        except aiohttp.ClientError:
            return bad_gateway()


def bad_gateway() -> web.Response:
    """Return what a proxy says whose server does not answer: no Matrix error."""
    return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")


def hang_up(request: web.Request) -> web.Response:
    """Lose the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _passed(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    return await proxy.forward(request)


async def _drop_before(_: FaultProxy, request: web.Request) -> web.StreamResponse:
    await request.read()
    return hang_up(request)


async def _drop_after(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    await proxy.forward(request)
    return hang_up(request)


async def _bad_gateway_before(_: FaultProxy, request: web.Request) -> web.StreamResponse:
    await request.read()
    return bad_gateway()


async def _bad_gateway_after(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    await proxy.forward(request)
    return bad_gateway()


async def _too_many(_: FaultProxy, request: web.Request) -> web.StreamResponse:
    await request.read()
    error = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 700}
    return web.json_response(error, status=429, headers={"Retry-After": "1"})


async def _slow(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(proxy.chance.uniform(*SLOW_SECONDS))
    return await proxy.forward(request)


async def _truncate(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    """Answer half of what was answered, of the length that was meant, and hang up."""
    whole = await proxy.forward(request)
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(status=whole.status, headers=whole.headers)
    half.content_length = len(body) + 1
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.abort()
    return half


async def _hang(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    """Answer nothing until the proxy ends, or whoever asked has gone."""
    await request.read()
    await proxy.released.wait()
    return bad_gateway()


async def _hang_after(proxy: FaultProxy, request: web.Request) -> web.StreamResponse:
    """Carry it out, and say so to nobody until the proxy ends."""
    await proxy.forward(request)
    await proxy.released.wait()
    return bad_gateway()


Fault = Callable[[FaultProxy, web.Request], Awaitable[web.StreamResponse]]

FAULTS: Mapping[str, Fault] = {
    PASSED: _passed,
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "502_before": _bad_gateway_before,
    "502_after": _bad_gateway_after,
    "429": _too_many,
    "slow": _slow,
    "truncate": _truncate,
    "hang": _hang,
    "hang_after": _hang_after,
}
"""What can happen to a request."""

ROUGH: Mapping[str, float] = {
    "drop_after": 0.05,
    "502_after": 0.03,
    "502_before": 0.02,
    "drop_before": 0.02,
    "truncate": 0.02,
    "429": 0.02,
    "slow": 0.02,
}
"""A bad day: nearly every fifth request fails in one way or another."""


def shown(counts: Mapping[str, Any]) -> str:
    """Return the counts as a line for whoever watches."""
    return json.dumps(dict(sorted(counts.items())))
