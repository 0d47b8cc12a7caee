"""(c) From the answer to a member's reaction to the act in the ledger."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection as Database

from bench_figures import Figure, Spread, percentile
from bench_lmtp import Connection
from bench_mails import ListMail
from bench_stage import (
    ONE_ROOM,
    Place,
    Running,
    bridge_with_lanes,
    people,
    reading,
    synapse_and_bridge,
)

from bridge.demo.cast import CHAIR, SERVER_NAME
from bridge.demo.member import Event, Member
from bridge.demo.postoffice import PostOffice
from bridge.demo.stage import member_of

_LOOK_SECONDS = 0.001
_LIST = ONE_ROOM[0]
_NOTE = (
    "from the homeserver's answer to the member's PUT, through its push to us, to the committed"
    " act as another process sees it (it looks every millisecond)."
)


async def reactions(place: Place, *, taps: int) -> AsyncIterator[Figure]:
    """Measure p50 and p99 over so many taps, each taken back before the next."""
    with synapse_and_bridge(place, ONE_ROOM) as running, PostOffice() as office:
        accounts = people(running, 1)
        running.bridge.configure(running.submitting_to(office.port))
        async with (
            bridge_with_lanes(place, running, ONE_ROOM, 16),
            member_of(running.synapse_there, accounts[CHAIR.slug]) as chair,
        ):
            room = await chair.join_when_there(f"#list_{_LIST.name}:{SERVER_NAME}")
            place.say("c: opening a ballot")
            card = await _open_ballot(running, chair, office)
            took = await _tap(running, chair, room, str(card["event_id"]), taps)
    place.say(f"c: median {percentile(took, 50):.1f} ms")
    for percent in (50, 99):
        spread = Spread((percentile(took, percent),))
        yield Figure(
            "c", f"reaction answered to act recorded, p{percent}", "ms", spread, note=_NOTE
        )


async def _open_ballot(running: Running, chair: Member, office: PostOffice) -> Event:
    statement = ListMail(_LIST, f"run{secrets.token_hex(4)}", 0, 0)
    await running.mirror([statement])
    closes = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC"
    wish = ("--rule", "silence", "--roster", "pc", "--closes", closes, "--yes")
    post = ("ballot", "open", "--post", statement.message_id)
    opened = await asyncio.to_thread(running.bridge.run, *post, *wish)
    assert opened.returncode == 0, opened
    call = await office.wait_for(_LIST.posting_address, lambda _: True)
    await _distribute(running, call, statement)
    return await chair.wait_for(_is_card, "the card")


async def _distribute(running: Running, raw: bytes, like: ListMail) -> None:
    """Play the list: hand a mail that was posted there to the bridge, as to a subscriber."""
    connection = await Connection.open(running.mail_port)
    try:
        copy = f"List-Id: <{_LIST.list_id}>\r\n".encode() + raw
        await connection.hand_over_raw(copy, like.envelope_sender, like.recipient)
    finally:
        await connection.close()


async def _tap(running: Running, member: Member, room: str, card: str, taps: int) -> list[float]:
    took = []
    with reading(running.bridge.database) as database:
        for _ in range(taps):
            before = _acts(database)
            event_id = await member.react(room, card, "✅")
            answered = time.perf_counter()
            await _until_more(database, before)
            took.append((time.perf_counter() - answered) * 1000)
            await member.take_back(room, event_id)
            await _until_more(database, before + 1)
    return took


async def _until_more(database: Database, before: int) -> None:
    # Another process's database rings no bell.
    while _acts(database) <= before:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)


def _acts(database: Database) -> int:
    return int(database.execute("SELECT count(*) FROM acts").fetchone()[0])


def _is_card(event: Event) -> bool:
    return bool(event.get("content", {}).get("org.seconded.ballot", {}).get("kind") == "card")
