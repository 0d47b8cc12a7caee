"""Two questions for whoever watches the process: is it alive, and can it do its work?

``/healthz`` is 200 as long as the event loop turns: a supervisor restarts us when it is not.
``/readyz`` is 503 with the reasons while something we need is out of reach: nobody should restart
us for that, because everything that arrives waits in the database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

WhyNotReady = Callable[[], Awaitable[Sequence[str]]]
"""Returns a sentence for each thing out of reach; none means ready. May be read by anybody."""


def health_app(why_not_ready: WhyNotReady) -> web.Application:
    """Return the application that answers ``/healthz`` and ``/readyz`` with JSON."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_request: web.Request) -> web.Response:
        reasons = list(await why_not_ready())
        body = {"ready": not reasons, "reasons": reasons}
        return web.json_response(body, status=503 if reasons else 200)

    app = web.Application()
    app.add_routes([web.get("/healthz", alive), web.get("/readyz", ready)])
    return app
