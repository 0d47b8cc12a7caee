"""Ask the running bridge: a command row in its inbox, and its answer.

Other processes write nothing else: what a command does is decided in one place.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping

from bridge.failpoints import reach
from bridge.ids import Instant, ListId
from bridge.intake import list_lane
from bridge.store import answers, inbox
from bridge.store.database import Store, Tx
from bridge.store.instance import read_instance

LOOK_EVERY_SECONDS = 0.1
LOOKS = 200


async def is_running(store: Store, now: int) -> bool:
    """Tell whether a bridge has shown itself on this database in the last seconds."""
    instance = await store.read(read_instance)
    return instance is not None and instance.is_running(Instant(now))


async def ask(
    store: Store, list_id: ListId | None, verb: str, arguments: Mapping[str, str]
) -> tuple[bool, str] | None:
    """Give a ballot command to the running bridge; None when it did not answer in 20 seconds.

    Who is told None may give the command again: the first one is taken back, and never obeyed.
    """
    # Each call is a new wish of a person, so its key is drawn and not derived.
    key = f"command:{uuid.uuid4()}"
    meta = {
        "list_id": list_id,
        "name": "ballot",
        "verb": verb,
        "arguments": dict(arguments),
        "text": "",
    }

    def wish(tx: Tx) -> None:
        lane = list_lane(list_id or ListId(""))
        inbox.add(tx, lane=lane, kind="command", key=key, raw=b"", meta=meta)
        reach("ask.stored")

    await store.write(wish)
    reach("ask.committed")

    def take_back(tx: Tx) -> None:
        inbox.withdraw(tx, key, "who gave it waits no longer")

    answer = None
    try:
        answer = await _awaited(store, key)
    finally:
        # Also when whoever gave it presses Ctrl-C.
        if answer is None:
            await store.write(take_back)
    # It may have been obeyed between the last look and now.
    return answer or await store.read(lambda conn: answers.answer_to(conn, key))


async def _awaited(store: Store, key: str) -> tuple[bool, str] | None:
    for _ in range(LOOKS):
        answer = await store.read(lambda conn: answers.answer_to(conn, key))
        if answer is not None:
            return answer
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return None
