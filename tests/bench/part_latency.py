"""(b) From "250" to the event in the room, as a multiple of one PUT."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bench_figures import Aim, Figure, Spread, compared, percentile
from bench_lmtp import Connection
from bench_mails import ListMail, conversations
from bench_raw import Sent, put_all, sent_letters
from bench_stage import ONE_ROOM, Place, Running, bridge_with_lanes, synapse_and_bridge

from bridge.ids import ListId, MessageId
from bridge.letters import post_key

_PAUSE_SECONDS = 0.03
_PERCENTILES = (50, 99)
_NOTE = (
    "one mail at a time, each after the one before has arrived and a pause of 30 ms; from the"
    " listener's 250 to the instant at which the homeserver's answer to our PUT was read. Beside:"
    " the same PUTs by aiohttp, with the same pause. Ratio: of each round."
)


async def latency(
    place: Place, *, rounds: int, posts: int, is_slow: bool = False
) -> AsyncIterator[Figure]:
    """Measure p50 and p99, in interleaved rounds."""
    ours, raw = list[list[float]](), list[list[float]]()
    with synapse_and_bridge(place, ONE_ROOM, is_slow=is_slow) as running:
        async with bridge_with_lanes(place, running, ONE_ROOM, 16, is_slow=is_slow):
            for number in range(rounds):
                took, letters = await _ours(running, posts)
                ours.append(took)
                raw.append(await _raw(running, letters))
                place.say(
                    f"b: round {number + 1}: median {percentile(ours[-1], 50):.1f} ms"
                    f" beside {percentile(raw[-1], 50):.1f} ms"
                )
    disk = ", slow disk" if is_slow else ""
    for percent in _PERCENTILES:
        mine = [percentile(took, percent) for took in ours]
        plain = [percentile(took, percent) for took in raw]
        yield Figure(
            "b",
            f"accepted to event in room, p{percent}{disk}",
            "ms",
            Spread(tuple(mine)),
            Spread(tuple(plain)),
            compared(mine, plain),
            Aim(most=1.3),
            _NOTE,
        )


async def _ours(running: Running, posts: int) -> tuple[list[float], tuple[Sent, ...]]:
    run = f"run{secrets.token_hex(4)}"
    mails = conversations(ONE_ROOM, run, posts)
    accepted: dict[str, float] = {}
    connection = await Connection.open(running.mail_port)
    try:
        for mail in mails:
            await connection.hand_over(mail)
            accepted[_key(mail)] = time.time()
            await running.settled()
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await connection.close()
    arrived = _arrivals(running)
    took = [(arrived[key] - begun) * 1000 for key, begun in accepted.items()]
    return took, sent_letters(running.bridge.database, run)


async def _raw(running: Running, letters: Sequence[Sent]) -> list[float]:
    took = await put_all(running, letters, 1, pause=_PAUSE_SECONDS)
    return [seconds * 1000 for seconds in took]


def _key(mail: ListMail) -> str:
    return post_key(ListId(mail.mirrored.list_id), MessageId(mail.message_id), 0)


def _arrivals(running: Running) -> dict[str, float]:
    """Return when each letter arrived, from the bridge's own log, whose clock is ours."""
    lines = running.bridge.process.log.read_text("utf-8", "replace").splitlines()
    entries = [json.loads(line) for line in lines if '"letter_delivered"' in line]
    return {one["key"]: datetime.fromisoformat(one["timestamp"]).timestamp() for one in entries}
