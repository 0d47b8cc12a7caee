"""The presence of a bridge that is alone on its database, whichever that is."""

from dataclasses import dataclass

from bridge.store.presence import ALONE


@dataclass
class HandPresence:
    worker: int = ALONE
    has_clock: bool = True

    async def renew(self) -> None: ...

    async def leave(self) -> None: ...
