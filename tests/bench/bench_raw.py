"""The comparison: plain PUTs of what the bridge has sent, with nothing behind them.

The letters are read from the bridge's own database after it has delivered them, and sent again by
aiohttp, as the same ghosts into the same rooms, with the same contents and the same relations
among themselves. Nothing is stored, nothing is retried: this is as fast as this homeserver goes
for whoever asks it for these events.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from bench_stage import Running, reading

from bridge.ids import EventId
from bridge.matrix.canonical import TXN_KEY
from bridge.matrix.client import DEVICE_ID
from bridge.matrix.relations import in_thread


@dataclass(frozen=True, slots=True)
class Sent:
    """One post as the bridge has sent it; a thread's posts come after its head."""

    room_id: str
    sender: str
    message_id: str
    head: str
    reply_to: str | None
    content: dict[str, Any]


def sent_letters(database: Path, run: str) -> tuple[Sent, ...]:
    """Return the posts of a run, in the order in which they were queued."""
    with reading(database) as connection:
        rooms = dict(connection.execute("SELECT list_id, room_id FROM rooms"))
        rows = connection.execute(
            "SELECT payload FROM outbox WHERE kind = 'post' AND instr(payload, ?) ORDER BY id",
            (f'"message_id": "{run}.',),
        )
        letters = [json.loads(payload) for (payload,) in rows]
    return tuple(
        Sent(
            room_id=rooms[one["list_id"]],
            sender=one["sender"],
            message_id=one["message_id"],
            head=one["head"],
            reply_to=one["reply_to"],
            content=one["content"],
        )
        for one in letters
    )


async def put_all(
    running: Running, letters: Sequence[Sent], concurrency: int, *, pause: float = 0
) -> list[float]:
    """Send everything, so many at a time; return how many seconds each request took.

    Args:
        running: the homeserver and who we are there.
        letters: what to send; each after what it answers.
        concurrency: requests at a time.
        pause: seconds after each request.
    """
    headers = {"Authorization": f"Bearer {running.bridge.settings.as_token}"}
    loop = asyncio.get_running_loop()
    events: dict[str, asyncio.Future[str]] = {
        one.message_id: loop.create_future() for one in letters
    }
    waiting, took = iter(letters), list[float]()
    async with (
        aiohttp.ClientSession(running.synapse_there.url, headers=headers) as http,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(concurrency):
            group.create_task(_work(http, waiting, events, took, pause))
    return took


async def _work(
    http: aiohttp.ClientSession,
    waiting: Iterator[Sent],
    events: dict[str, asyncio.Future[str]],
    took: list[float],
    pause: float,
) -> None:
    clock = asyncio.get_running_loop().time
    for letter in waiting:
        content = await _related(letter, events)
        began = clock()
        events[letter.message_id].set_result(await put(http, letter, content))
        took.append(clock() - began)
        if pause:
            await asyncio.sleep(pause)


async def put(http: aiohttp.ClientSession, letter: Sent, content: dict[str, Any]) -> str:
    """Send one event and return its id."""
    txn_id = secrets.token_hex(16)
    query = urlencode({"user_id": letter.sender, "device_id": DEVICE_ID})
    path = f"/_matrix/client/v3/rooms/{quote(letter.room_id, safe='')}/send/m.room.message/{txn_id}"
    async with http.put(f"{path}?{query}", json={**content, TXN_KEY: txn_id}) as answer:
        answer.raise_for_status()
        return str((await answer.json())["event_id"])


async def _related(letter: Sent, events: dict[str, asyncio.Future[str]]) -> dict[str, Any]:
    if letter.head == letter.message_id:
        return letter.content
    head = EventId(await events[letter.head])
    return in_thread(letter.content, head, EventId(await events[letter.reply_to or letter.head]))
