from __future__ import annotations

import pytest
from aiohttp import ClientConnectorError, ClientSession, web

from bridge.errors import ConfigError
from bridge.web.serving import serving


async def test_it_listens_inside_the_context_only() -> None:
    async with ClientSession() as client:
        async with (
            serving(web.Application(), "127.0.0.1", 0, option="web.listen") as port,
            client.get(f"http://127.0.0.1:{port}/") as answer,
        ):
            assert answer.status == 404
        with pytest.raises(ClientConnectorError):
            await client.get(f"http://127.0.0.1:{port}/")


async def test_an_address_in_use_is_a_mistake_of_its_option() -> None:
    async with serving(web.Application(), "127.0.0.1", 0, option="web.listen") as port:
        with pytest.raises(ConfigError, match=rf"metrics\.listen: cannot listen on .* {port}: "):
            async with serving(web.Application(), "127.0.0.1", port, option="metrics.listen"):
                raise AssertionError("two listen on one port")
