"""A clock for tests."""

from bridge.ids import Instant


class HandClock:
    """A clock that stands until it is moved; Unix ms, at first Thu 30 Oct 2025 08:00 UTC."""

    def __init__(self, start: int = 1_761_811_200_000) -> None:
        self.value = start

    def __call__(self) -> Instant:
        return Instant(self.value)

    def forward(self, milliseconds: int) -> None:
        self.value += milliseconds
