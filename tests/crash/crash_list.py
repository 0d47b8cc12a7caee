"""The list of the crash tests, and what is posted there: a conversation in threads."""

from __future__ import annotations

from collections.abc import Iterator

from list_copies import Copy

from bridge.demo.bridge_config import Mirrored
from bridge.demo.cast import Player

CHAIR = Player("amal", "Amal Chair", "Africa/Tunis", server_name="hs.test")
MIRRORED = Mirrored("crash@lists.demo", "crash-5v2@bridge.demo", "Crash Group", (CHAIR.slug,))
ALIAS = "#list_crash:hs.test"
AUTHORS = ("Ana Demo", "Bela Demo", "Ciro Demo", "Dina Demo", "Edda Demo", "Femi Demo")
_THREAD = 5


def conversation(count: int) -> Iterator[Copy]:
    """Yield posts: every fifth begins a thread, the four after it answer it."""
    for number in range(count):
        root = number - number % _THREAD
        answers = None if number == root else Copy(MIRRORED, root).message_id
        yield Copy(MIRRORED, number, AUTHORS[number % len(AUTHORS)], answers)
