from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiohttp import ClientSession

from bridge.web.health import health_app
from bridge.web.serving import serving

DOWN = "the homeserver does not answer"


def saying(*reasons: str):
    async def why_not_ready() -> Sequence[str]:
        return reasons

    return why_not_ready


ANSWERS = [
    ("/healthz", (), 200, {"alive": True}),
    ("/healthz", (DOWN,), 200, {"alive": True}),
    ("/readyz", (), 200, {"ready": True, "reasons": []}),
    ("/readyz", (DOWN,), 503, {"ready": False, "reasons": [DOWN]}),
]


@pytest.mark.parametrize(("path", "reasons", "status", "body"), ANSWERS)
async def test_health_and_readiness_are_told_apart(path, reasons, status, body) -> None:
    app = health_app(saying(*reasons))
    async with (
        serving(app, "127.0.0.1", 0, option="web.listen") as port,
        ClientSession(f"http://127.0.0.1:{port}") as client,
        client.get(path) as answer,
    ):
        assert (answer.status, await answer.json()) == (status, body)
