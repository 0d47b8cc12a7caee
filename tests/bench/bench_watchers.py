"""People whose clients sync, in a process of their own: what every real homeserver is busy with.

Run as a program: ``python bench_watchers.py URL READY_FILE TOKEN,… ALIAS,…``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from urllib.parse import quote

import aiohttp

_FILTER = '{"room":{"timeline":{"limit":50}},"presence":{"types":[]}}'


async def watch(url: str, token: str, aliases: list[str], settled: asyncio.Barrier) -> None:
    """Join the rooms, then sync for ever, as a client does that shows every event."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"{url}/", headers=headers) as http:
        for alias in aliases:
            async with http.post(f"/_matrix/client/v3/join/{quote(alias)}", json={}) as answer:
                answer.raise_for_status()
        since = await _sync(http, {"timeout": "0"})
        await settled.wait()
        while True:
            since = await _sync(http, {"timeout": "30000", "since": since})


async def _sync(http: aiohttp.ClientSession, query: dict[str, str]) -> str:
    query = {**query, "filter": _FILTER}
    async with http.get("/_matrix/client/v3/sync", params=query) as answer:
        answer.raise_for_status()
        return str((await answer.json())["next_batch"])


async def main(url: str, ready: Path, tokens: list[str], aliases: list[str]) -> None:
    settled = asyncio.Barrier(len(tokens) + 1)
    async with asyncio.TaskGroup() as group:
        for token in tokens:
            group.create_task(watch(url, token, aliases, settled))
        await settled.wait()
        await asyncio.to_thread(ready.touch)


if __name__ == "__main__":
    asyncio.run(
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(","), sys.argv[4].split(","))
    )
