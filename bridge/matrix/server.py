"""The application the homeserver calls (appservice API): transactions, queries, ping.

A transaction is answered 200 only after its events are stored; until then the homeserver
keeps it and tries again. Nothing is decided here: what an event means is the handlers' work.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bridge.errors import Transient
from bridge.matrix.ghosts import Namespace
from bridge.matrix.transactions import MalformedTransaction, RawEvent, parse_transaction

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes. aiohttp's own 1 MiB answers 413 to a large transaction, and the homeserver would
send it again for ever (measured)."""

ECHOES_GATHER_SECONDS: Final = 0.1

Store = Callable[[tuple[RawEvent, ...]], Awaitable[None]]
"""Writes the events durably, once per key; raises Transient when it cannot now."""


async def echoes_gather() -> None:
    """Leave a transaction unanswered that held nothing but our own echoes.

    The homeserver sends one at a time, with what has happened meanwhile, and each costs it CPU: for
    200 mirrored posts it sent 80, and 25 this way (Synapse, measured). What people do is stored and
    answered at once; it waits no longer than this behind such an answer.
    """
    await asyncio.sleep(ECHOES_GATHER_SECONDS)


def appservice_app(
    *,
    hs_token: str,
    namespace: Namespace,
    store: Store,
    gather: Callable[[], Awaitable[None]] = echoes_gather,
) -> web.Application:
    """Return the application to listen with at the registration's ``url``.

    Args:
        hs_token: what the homeserver proves itself with, in the Authorization header only:
            a token in a URL ends up in logs.
        namespace: which users and aliases are ours.
        store: awaited before a transaction is answered.
        gather: awaited before one that says nothing is answered.
    """
    app = web.Application(client_max_size=MAX_BODY, middlewares=[_token_check(hs_token)])
    app.add_routes(
        [
            web.put(
                "/_matrix/app/v1/transactions/{txn_id}", _transaction(store, namespace, gather)
            ),
            web.get("/_matrix/app/v1/users/{user_id}", _query("user_id", namespace.owns_user)),
            web.get("/_matrix/app/v1/rooms/{alias}", _query("alias", namespace.owns_alias)),
            web.post("/_matrix/app/v1/ping", _ping),
        ]
    )
    return app


def _token_check(hs_token: str) -> Middleware:
    expected = f"Bearer {hs_token}".encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not given:
            return _refusal(401, "M_MISSING_TOKEN", "The Authorization header has no token")
        if not hmac.compare_digest(given, expected):
            return _refusal(403, "M_FORBIDDEN", "This is not our hs_token")
        return await handler(request)

    return check


def _transaction(
    store: Store, namespace: Namespace, gather: Callable[[], Awaitable[None]]
) -> Handler:
    async def receive(request: web.Request) -> web.StreamResponse:
        try:
            events = parse_transaction(await request.read(), namespace.owns_user)
        except MalformedTransaction as error:
            return _refusal(400, "M_NOT_JSON", str(error))
        try:
            await store(events)
        except Transient:
            return _refusal(503, "M_UNKNOWN", "The events could not be stored; try again")
        if not events:
            await gather()
        return web.json_response({})

    return receive


def _query(name: str, is_ours: Callable[[str], bool]) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if is_ours(request.match_info[name]):
            return web.json_response({})
        return _refusal(404, "M_NOT_FOUND", "This is not ours")

    return answer


async def _ping(_: web.Request) -> web.StreamResponse:
    return web.json_response({})


def _refusal(status: int, errcode: str, error: str) -> web.Response:
    return web.json_response({"errcode": errcode, "error": error}, status=status)
