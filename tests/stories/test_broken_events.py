"""P13: whatever a homeserver pushes, nothing breaks, and the good events beside it are handled."""

import random

import pytest
from mutations import body_of, mutated
from playbook_cast import MEMBERS

from bridge.ids import BallotId
from bridge.intake import EventIntake
from bridge.loops import drain_inbox
from bridge.matrix.transactions import parse_transaction
from bridge.store import ballots, inbox

BATCH = 50
SEED = 13


def good_event(book, number):
    """Return a reaction of a member on the card, which must count."""
    about = {"rel_type": "m.annotation", "event_id": book.card, "key": "✅"}
    return {
        "event_id": f"$good{number}",
        "room_id": book.room_id,
        "sender": MEMBERS[number % len(MEMBERS)],
        "type": "m.reaction",
        "origin_server_ts": book.clock() + number,
        "content": {"m.relates_to": about},
    }


@pytest.mark.parametrize("count", [3_000, pytest.param(50_000, marks=pytest.mark.long)])
async def test_mutated_events_break_nothing_and_hold_up_no_good_one(opened, count):
    book, chance = opened, random.Random(SEED)
    for first in range(0, count, BATCH):
        number = first // BATCH
        events = [mutated(chance, book.room_id, first + one) for one in range(BATCH)]
        events.insert(chance.randrange(BATCH), good_event(book, number))
        await EventIntake(book.store)(parse_transaction(body_of(events)))
        while await drain_inbox(book.store, book._handle):
            pass
    broken = [(one.raw, one.reason) for one in await book.read(inbox.shunted)]
    assert broken == []
    acts = await book.read(lambda conn: ballots.acts_of(conn, BallotId(1)))
    good = {act.source_id: str(act.verdict) for act in acts if act.source_id.startswith("$good")}
    assert good == {f"$good{number}": "accepted" for number in range(count // BATCH)}
    assert (await book.books()).balanced
