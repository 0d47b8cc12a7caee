"""What is known of the servers beside us: which one is down, and whose clock differs.

Whoever watches writes it down, so that ``seconded status``, which is another process, knows it too.
The marks stand beside what was told (``store.told``), because they are of that kind: what is so,
and since when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.ids import Instant
from bridge.retry import NEVER, Breaker
from bridge.store.database import Reading, Tx
from bridge.store.told import Told, record_told, told_of

MATRIX, MAIL = "matrix", "mail"
SERVERS = (MATRIX, MAIL)
"""The destinations a human can do something about; a name server that fails holds up nothing."""

DOWN, APART = "down", "apart"
DOWN_TOO_LONG_MS = 2 * 60 * 1000
LEAST_TRIES = 3
CLOCKS_APART_MS = 5_000
"""From here on deadlines and the times of reactions contradict each other."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The servers beside us at one instant.

    Attributes:
        down: since when each destination has taken nothing (Unix ms), NEVER where it does.
        ahead_ms: by how much our clock is ahead of the homeserver's, 0 where they agree and None
            where that is not known now.
    """

    down: Mapping[str, Instant] = field(default_factory=dict)
    ahead_ms: int | None = None

    @property
    def servers_down(self) -> frozenset[str]:
        """The destinations by which nobody can be told anything now."""
        return frozenset(server for server, since in self.down.items() if since)


def down_since(breaker: Breaker, now: Instant) -> Instant:
    """Return since when a destination has been down, NEVER while that is too short to matter.

    A restart takes a minute, and one failure is none: nothing got through for two minutes,
    although it was tried three times.
    """
    is_long = now - breaker.failing_since >= DOWN_TOO_LONG_MS
    return breaker.failing_since if breaker.failures >= LEAST_TRIES and is_long else NEVER


def ahead_ms(before: Instant, theirs: Instant, after: Instant) -> int:
    """Return by how much our clock is ahead of another, 0 when they may agree within 5 seconds.

    Args:
        before: ours when we asked.
        theirs: the answer, cut to the second that had begun.
        after: ours when the answer came; it may have taken long.
    """
    if theirs + 999 < before - CLOCKS_APART_MS:
        return before - theirs
    if theirs > after + CLOCKS_APART_MS:
        return after - theirs
    return 0


def record_outside(tx: Tx, found: Outside) -> None:
    """Write down what changed; what is not known now stays as it was."""
    for destination, since in found.down.items():
        _record(tx, destination, DOWN, since)
    if found.ahead_ms is not None:
        _record(tx, MATRIX, APART, found.ahead_ms)


def _record(tx: Tx, server: str, kind: str, value: int) -> None:
    if _known(tx.conn, server, kind) != value:
        record_told(tx, server, kind, Told(value, tx.now))


def read_outside(conn: Reading) -> Outside:
    """Return what was written down last."""
    down = {server: Instant(_known(conn, server, DOWN)) for server in SERVERS}
    return Outside(down, _known(conn, MATRIX, APART))


def _known(conn: Reading, server: str, kind: str) -> int:
    mark = told_of(conn, server, kind)
    return 0 if mark is None else mark.upto
