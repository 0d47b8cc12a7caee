"""What the demo found: each check compares something people can see with what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """The demo's last line.

    Attributes:
        mirrored: posts with an event in the room.
        acts: rows of the ballot's ledger.
        outcome: of the ballot, in the words of data.
        result_message_id: of the result as a subscriber received it, None when none came.
        checks: by name, whether what was seen is what was meant.
        seconds: how long each part took.
        export: the folder of the ballot's export, None when there is none.
    """

    mirrored: int
    acts: int
    outcome: str | None
    result_message_id: str | None
    checks: Mapping[str, bool]
    seconds: Mapping[str, float]
    export: str | None = None

    @property
    def is_complete(self) -> bool:
        """Tell whether every check held."""
        return bool(self.checks) and all(self.checks.values())

    def as_json(self) -> dict[str, Any]:
        """Return the report as the contract's JSON object."""
        return {
            "mirrored": self.mirrored,
            "acts": self.acts,
            "outcome": self.outcome,
            "result_message_id": self.result_message_id,
            "export": self.export,
            "checks": dict(self.checks),
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
        }
