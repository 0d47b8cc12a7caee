"""P4: what a homeserver pushed counts as the set it is, however often and in whatever order.

Each example draws what people do to a card, then how it is handed over: transactions that come
up to five times, whose ids begin again at 1, in any order, removals before what they remove.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playbook_cast import MEMBERS, MODERATOR, SILENCE, STRANGER

from bridge.events import DONE
from bridge.ids import Instant
from bridge.intake import add_events
from bridge.loops import _handle_one
from bridge.matrix.transactions import parse_transaction
from bridge.store import ballots, inbox
from bridge.store.database import Tx
from handlers import dispatch
from handlers.counting import tally_now

KEYS = {"✅": "endorse", "🆗": "no_objection", "⚪": "abstain", "✋": "object", "🎉": None}
"""What may be tapped, and what it means; the last one is no option."""
ROOM, CARD = "!pc", "$card"
MINUTE = 60_000


@dataclass(frozen=True)
class Tap:
    """A reaction: who, with which key, when (minutes), and when it is gone again, by whom."""

    who: str
    key: str
    at: int
    gone: int | None
    by_moderator: bool


taps = st.builds(
    Tap,
    who=st.sampled_from([*MEMBERS[1:5], STRANGER]),
    key=st.sampled_from(sorted(KEYS)),
    at=st.integers(1, 60),
    gone=st.none() | st.integers(61, 90),
    by_moderator=st.booleans(),
)
FIELDS = ("endorse", "no_objection", "abstain", "object")


def events_of(wishes: list[Tap], start: int) -> list[dict[str, Any]]:
    """Return the Matrix events of what people do, in no particular order."""
    return [event for number, tap in enumerate(wishes) for event in _events(number, tap, start)]


def _events(number: int, tap: Tap, start: int) -> Iterator[dict[str, Any]]:
    about = {"rel_type": "m.annotation", "event_id": CARD, "key": tap.key}
    common = {"room_id": ROOM, "unsigned": {}}
    reaction = {"type": "m.reaction", "content": {"m.relates_to": about}}
    at = start + tap.at * MINUTE + number
    yield {
        "event_id": f"$r{number}",
        "sender": tap.who,
        "origin_server_ts": at,
        **common,
    } | reaction
    if tap.gone is not None:
        by = MODERATOR if tap.by_moderator else tap.who
        redaction = {"type": "m.room.redaction", "content": {"redacts": f"$r{number}"}}
        at = start + tap.gone * MINUTE + number
        yield {
            "event_id": f"$x{number}",
            "sender": by,
            "origin_server_ts": at,
            **common,
        } | redaction


def counted(wishes: list[Tap]) -> Counter[str]:
    """Count the set, written anew: an objection not taken back, else the latest still shown.

    Who objected is silent again when that very objection goes and nothing else is shown; what a
    moderator removes stays; who is not on the roll, and what is no option, never counts.
    """
    found: Counter[str] = Counter()
    for who in MEMBERS:
        mine = [(tap.at * MINUTE + n, n, tap) for n, tap in enumerate(wishes) if tap.who == who]
        position = _position(sorted(mine, key=lambda one: one[:2]))
        if position is not None:
            found[position] += 1
    return found


def _position(mine: list[tuple[int, int, Tap]]) -> str | None:
    """Fold one person's taps: each shows until its owner removes it."""
    stays = [
        KEYS[tap.key]
        for _, _, tap in mine
        if KEYS[tap.key] is not None and (tap.gone is None or tap.by_moderator)
    ]
    if "object" in stays:
        return "object"
    return stays[-1] if stays else None


@st.composite
def handed_over(draw: st.DrawFn, events: list[dict[str, Any]]) -> list[bytes]:
    """Draw the transactions in which events come: split, repeated, in any order."""
    order = draw(st.permutations(events))
    bodies = []
    while order:
        size = draw(st.integers(1, 6))
        batch, order = order[:size], order[size:]
        body = json.dumps({"events": batch}).encode()
        bodies += [body] * draw(st.integers(1, 5))
    return draw(st.permutations(bodies))


@pytest.fixture
def open_ballot(desk):
    """An open ballot at a desk; whatever an example does is undone after it."""
    row = desk.opened(SILENCE)
    # The desk gave the mail to its handler past the inbox.
    for item in inbox.claim(desk.conn, Instant(desk.now), 20):
        inbox.settle(desk.tx, item.id, DONE)
    return desk, row


def push(tx: Tx, context: Any, bodies: list[bytes]) -> None:
    """Take transactions as they come, and handle what is in the inbox after each."""
    for body in bodies:
        add_events(tx, parse_transaction(body))
        while items := inbox.claim(tx.conn, tx.now, 20):
            for item in items:
                assert _handle_one(tx, item, lambda one, tx: dispatch(one, tx, context))


def check(desk: Any, row: Any, wishes: list[Tap], bodies: list[bytes]) -> None:
    savepoint = desk.conn.begin_nested()
    try:
        tx = Tx(desk.conn, Instant(desk.now + 120 * MINUTE))
        push(tx, desk.context, bodies)
        tally = tally_now(tx, desk.row().ballot, tx.now)
        found = {name: getattr(tally, name) for name in FIELDS}
        assert found == {name: counted(wishes)[name] for name in FIELDS}
        assert inbox.shunted(desk.conn) == []
        acts = ballots.acts_of(desk.conn, row.ballot.id)
        assert len({act.source_id for act in acts}) == len(acts)
    finally:
        savepoint.rollback()


FAST = settings(max_examples=150, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=2_000, suppress_health_check=list(HealthCheck))


def _example(open_ballot: Any, data: st.DataObject) -> None:
    desk, row = open_ballot
    wishes = data.draw(st.lists(taps, min_size=1, max_size=10))
    bodies = data.draw(handed_over(events_of(wishes, desk.now)))
    check(desk, row, wishes, bodies)


@FAST
@given(data=st.data())
def test_the_tally_is_a_function_of_the_set_of_events(open_ballot, data):
    _example(open_ballot, data)


@pytest.mark.long
@LONG
@given(data=st.data())
def test_the_tally_is_a_function_of_the_set_of_many_events(open_ballot, data):
    _example(open_ballot, data)
