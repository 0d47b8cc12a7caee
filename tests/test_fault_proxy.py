"""The fault proxy does what each fault's name says: the tests that use it depend on that."""

import asyncio
import random
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from fault_proxy import FAULTS, PASSED, FaultProxy
from yarl import URL

from bridge.demo.ports import LOOPBACK, free_ports

REACHES = {PASSED, "drop_after", "502_after", "slow", "truncate"}
ANSWERED = {PASSED: 200, "slow": 200, "502_before": 502, "502_after": 502, "429": 429}
PATH = "/rooms/%21a%3Ahs.test/send/%24x%2Fy?user_id=%40b%3Ahs.test"


@asynccontextmanager
async def an_upstream():
    """Serve a homeserver that keeps the paths it was asked for."""
    asked = []

    async def answer(request):
        asked.append((request.method, request.raw_path, await request.read()))
        return web.json_response({"event_id": "$" + "x" * 40})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, LOOPBACK, 0)
    await site.start()
    try:
        yield runner.addresses[0][1], asked
    finally:
        await runner.cleanup()


@asynccontextmanager
async def faulty(fault):
    (port,) = free_ports(1)
    async with an_upstream() as (upstream, asked):
        proxy = FaultProxy(port, upstream, random.Random(1), {fault: 1.0})
        async with proxy, aiohttp.ClientSession() as http:
            yield proxy, http, f"http://{LOOPBACK}:{port}", asked


async def put(http, base):
    # POST: aiohttp sends an idempotent request again by itself when a kept connection is lost.
    async with http.post(URL(base + PATH, encoded=True), data=b"{}") as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"hang", "hang_after"}))
async def test_each_fault_reaches_the_homeserver_or_not_and_answers_or_not(fault):
    async with faulty(fault) as (proxy, http, base, asked):
        if fault in ANSWERED:
            status, _ = await put(http, base)
            assert status == ANSWERED[fault]
        else:
            with pytest.raises(aiohttp.ClientError):
                await put(http, base)
        assert asked == ([("POST", PATH, b"{}")] if fault in REACHES else [])
        assert proxy.counts == {fault: 1}


@pytest.mark.parametrize("fault", ["hang", "hang_after"])
async def test_a_hang_ends_with_the_proxy(fault):
    async with faulty(fault) as (proxy, http, base, asked):
        waiting = asyncio.ensure_future(put(http, base))
        while not proxy.counts or len(asked) < (fault == "hang_after"):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0)
        assert not waiting.done()
        proxy.released.set()
        assert (await waiting)[0] == 502
        assert len(asked) == (fault == "hang_after")


async def test_a_homeserver_that_is_away_is_a_bad_gateway():
    port, nobody = free_ports(2)
    async with (
        FaultProxy(port, nobody, random.Random(1), {}),
        aiohttp.ClientSession() as http,
    ):
        assert (await put(http, f"http://{LOOPBACK}:{port}"))[0] == 502
