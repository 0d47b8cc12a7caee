"""What a mail about an open ballot tells whoever has deleted the call: until when, where and how.

The same values for each such mail, so that ``counts.txt.j2`` says it once for all of them.
"""

from __future__ import annotations

from typing import Any

from bridge.domain.ballots import Ballot
from bridge.domain.deadlines import show
from bridge.domain.modes import positions_of
from bridge.domain.positions import REACTIONS, WORDS, Position

MOST_ZONES = 6


def open_values(ballot: Ballot, room: str, log_url: str | None) -> dict[str, Any]:
    """Return how a ballot is answered, and until when.

    Args:
        ballot: with the deadline that holds now.
        room: the room's alias.
        log_url: where text, roll, rule and log can be read, or None.
    """
    offered = positions_of(ballot.rule)
    return {
        "room": room,
        "log_url": log_url,
        "closes": show(ballot.deadline.instant, ballot.roster.zones[:MOST_ZONES]),
        "answers": [
            (sign.name, WORDS[position].chat, WORDS[position].hint, position.value)
            for position, sign in REACTIONS.items()
            if position in offered
        ],
        "words_only": [
            WORDS[position].chat
            for position in (Position.RECUSE, Position.WITHDRAW)
            if position in offered
        ],
    }
