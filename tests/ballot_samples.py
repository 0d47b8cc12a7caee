"""A ballot of a small roll, and its acts, for tests above the domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.ledgers import roll

from bridge.domain.acts import Act, Door, Verdict
from bridge.domain.ballots import Ballot, State, statement_text
from bridge.domain.deadlines import Deadline
from bridge.domain.rules import Rule
from bridge.ids import BallotId, Instant, ListId, MessageId, PersonId

LIST = ListId("pc.lists.example.org")
POST = MessageId("Statement.1@people.example")
OPENED = Instant(1_761_811_200_000)
"""Thu 30 Oct 2025 08:00 UTC."""
CLOSES = Instant(OPENED + 96 * 3_600_000)
"""Mon 3 Nov 2025 08:00 UTC."""


def ballot(number: int = 1, **changes: Any) -> Ballot:
    """An open ballot of seven people by silence, 96 hours long; everything can be changed."""
    made = Ballot(
        id=BallotId(number),
        key=f"$command{number}",
        list_id=LIST,
        message_id=POST,
        title="Open consultations",
        chair=PersonId("ada"),
        proposer=PersonId("ada"),
        state=State.OPEN,
        text=statement_text("Consultations must be announced thirty days ahead."),
        roster=roll(),
        rule=Rule(mode="silence"),
        deadline=Deadline(CLOSES, "2025-11-03 08:00 UTC", "UTC"),
        created_at=OPENED,
        opened_at=OPENED,
    )
    return replace(made, **changes)


def act(person: str, position: str, at: Instant, **changes: Any) -> Act:
    """A reaction as a handler drafts it; its source is unique for person, position and time."""
    made = Act(
        ballot=1,
        received_at=at,
        effective_at=at,
        claimed_at=at,
        door=Door.REACTION,
        source_id=f"${person}-{position}-{at}",
        person_ref=person,
        capacity="self",
        text_version=1,
        position=position,
        target=None,
        with_text=False,
        verdict=Verdict.ACCEPTED,
        reason=None,
        flags=(),
        personal_hash="",
    )
    return replace(made, **changes)
