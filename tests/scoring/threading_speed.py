"""Print how long the store takes to thread 50,000 messages, and to look for a subject's parent."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import samples
from sqlalchemy import Connection, insert

from bridge.ids import Instant, ListId, MessageId
from bridge.store.database import Tx, transactors
from bridge.store.migrate import migrate
from bridge.store.schema import inbox, posts
from bridge.store.threads import record_references, topics_between

MESSAGES = 50_000
IN_ONE_COMMIT = 20
"""As the bridge handles them."""
LIST = ListId("pc.lists.example.org")
DAY_MS = 86_400_000
LOOKED_UP = 200

Named = tuple[MessageId, tuple[MessageId, ...]]


def messages(count: int, chance: random.Random) -> list[Named]:
    """Return ids with their references, shuffled: threads of 1 to 200, every tenth unthreaded."""
    made: list[Named] = []
    while len(made) < count:
        thread: list[Named] = []
        for _ in range(min(200, 1 + int(chance.expovariate(1 / 8)), count - len(made))):
            above = chance.choice(thread) if thread and chance.random() < 0.9 else None
            name = MessageId(f"{len(made) + len(thread)}.{chance.random()}@people.example")
            thread.append((name, (*above[1], above[0]) if above else ()))
        made += thread
    chance.shuffle(made)
    return made


def threaded(conn: Connection, wave: list[Named]) -> None:
    tx = Tx(conn, Instant(1))
    for name, references in wave:
        record_references(tx, LIST, name, references)


def filled(conn: Connection, count: int) -> None:
    """Write posts down, one every ten minutes."""
    kept = {"lane": "l", "kind": "mail", "key": "k", "raw": b"", "meta": "{}", "state": "done"}
    conn.execute(insert(inbox).values(id=1, received_at=0, due_at=0, **kept))
    same = {"list_id": LIST, "inbox_id": 1, "author_name": "A", "own_digest": "", "arrived_at": 0}
    rows = [
        same | {"message_id": f"{n}", "head": f"{n}", "subject": f"S {n}", "date": n * 600_000}
        for n in range(count)
    ]
    conn.execute(insert(posts), rows)


def looked_up(conn: Connection, count: int) -> int:
    """Ask for the posts of a fortnight as the subject fallback does."""
    found = 0
    for n in range(LOOKED_UP):
        until = Instant((count - n) * 600_000)
        found += len(topics_between(conn, LIST, Instant(until - 14 * DAY_MS), until))
    return found


def report(count: int = MESSAGES) -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) / "threads.sqlite3"
        migrate(place)
        writing, reading = transactors(place)
        wanted = messages(count, random.Random(7))
        begun, busy = time.perf_counter(), time.process_time()
        for at in range(0, count, IN_ONE_COMMIT):
            wave = wanted[at : at + IN_ONE_COMMIT]
            writing.transact(lambda conn, wave=wave: threaded(conn, wave))
        took, busy = time.perf_counter() - begun, time.process_time() - busy
        writing.transact(lambda conn: filled(conn, count))
        begun = time.perf_counter()
        found = writing.transact(lambda conn: looked_up(conn, count))
        asking = (time.perf_counter() - begun) * 1000 / LOOKED_UP
        for one in (writing, reading):
            one.close()
    rows = [
        (
            f"{count:,} messages threaded, shuffled",
            f"{took:.1f} s",
            f"of it {busy:.1f} s ours; aim 20 s",
        ),
        (f"a subject's parent among {found // LOOKED_UP:,} of them", f"{asking:.2f} ms", ""),
    ]
    return samples.table("threads in the store (SQLite)", rows)


if __name__ == "__main__":
    print(report())
