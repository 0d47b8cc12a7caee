"""When to try again: the one retry policy, as values and pure functions.

1 s doubling to 5 min with full jitter, Retry-After honoured, one circuit breaker for each
destination. Nothing here sleeps or reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.ids import Instant

FIRST_MS = 1_000
LONGEST_MS = 300_000
OPENS_AFTER = 5
NEVER = Instant(0)


def delay_ms(attempts: int, jitter: float, retry_after: float | None = None) -> int:
    """Return how long to wait before the next try, in milliseconds.

    Args:
        attempts: tries that have failed so far, the last one included.
        jitter: a number from 0 to 1, drawn by the caller.
        retry_after: seconds the other side asked for; never undercut.
    """
    ceiling = min(LONGEST_MS, FIRST_MS << min(attempts, 20))
    ours = round(FIRST_MS / 2 + jitter * (ceiling - FIRST_MS / 2))
    return max(ours, round((retry_after or 0) * 1000))


@dataclass(frozen=True, slots=True)
class Breaker:
    """A destination's circuit breaker.

    After five failures in a row it opens: nothing is tried until ``retry_at``, then one item at a
    time until one succeeds. The pause grows with the breaker's own failures, not with those of
    the item that happened to be tried: so an outage of days costs a bounded number of
    connections (under 1,500 in 72 hours and process), however many letters wait in the outbox.

    Attributes:
        failures: in a row.
        retry_at: when the next probe may leave.
        probe_is_out: somebody asks; whoever else would like to waits for what comes of it.
        failing_since: when the first of the failures was.
    """

    failures: int = 0
    retry_at: Instant = NEVER
    probe_is_out: bool = False
    failing_since: Instant = NEVER

    @property
    def is_open(self) -> bool:
        """Tell whether the destination is taken for down."""
        return self.failures >= OPENS_AFTER

    def allows(self, now: Instant, lanes: int) -> int:
        """Return how many lanes may be tried at once now."""
        if not self.is_open:
            return lanes
        return 1 if now >= self.retry_at and not self.probe_is_out else 0

    def probing(self) -> Breaker:
        """Return the breaker while somebody asks who was allowed to; a closed one lets all ask."""
        return replace(self, probe_is_out=self.is_open)

    def probed(self) -> Breaker:
        """Return the breaker after an asking that has told nothing, or was told of already."""
        return replace(self, probe_is_out=False)

    def failed(self, now: Instant, jitter: float, retry_after: float | None = None) -> Breaker:
        """Return the breaker after a failure that time may heal; ``jitter`` as in ``delay_ms``.

        What left before it opened and fails after that says nothing new.
        """
        if self.is_open and now < self.retry_at:
            return self
        failures = self.failures + 1
        since = self.failing_since if self.failures else now
        if failures < OPENS_AFTER:
            return Breaker(failures, failing_since=since)
        # The probes are one at a time already: half of the pause is enough to spread them.
        pause = delay_ms(failures - OPENS_AFTER + 1, (1 + jitter) / 2, retry_after)
        return Breaker(failures, Instant(now + pause), failing_since=since)

    def succeeded(self) -> Breaker:
        """Return the breaker after a success."""
        return Breaker()
