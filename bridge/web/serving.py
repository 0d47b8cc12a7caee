"""Serves an aiohttp application on an address, from entering to leaving the context."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web

from bridge.errors import ConfigError

# Seconds a request may still take when we stop; the whole stop has ten.
_LAST_REQUESTS = 2.0


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, *, option: str) -> AsyncIterator[int]:
    """Listen, and yield the port in use (``port`` 0 takes a free one).

    Args:
        app: what answers.
        host: an address of this machine.
        port: a TCP port.
        option: the option that named the address, for the error.

    Raises:
        ConfigError: the address cannot be listened on; names the option.
    """
    # Access logs would name people's addresses (of the network kind).
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_REQUESTS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as err:
            mistake = f"{option}: cannot listen on {host} port {port}: {err.strerror}"
            raise ConfigError([mistake]) from err
        yield cast("int", runner.addresses[0][1])
    finally:
        await runner.cleanup()
