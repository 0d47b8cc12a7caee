"""(h) Recounting a large ballot from its export, and (i) one more act in a long ledger.

Part (i) appends an act alone, and handles a whole reaction while its ballot is in its final call.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench_figures import Aim, Figure, Spread, compared
from bench_stage import Place
from sqlalchemy import insert, update

from bridge.config import load_config
from bridge.demo.bridge_config import BridgeSettings, Mirrored, write_configuration
from bridge.demo.cast import BRIDGE_ADDRESS, LIST_ADDRESS, LIST_ID, ROLL, SERVER_NAME
from bridge.domain.acts import GENESIS, Act, Door, Verdict, chain, personal_hash
from bridge.domain.ballots import Ballot, State, statement_text
from bridge.domain.deadlines import Deadline
from bridge.domain.roster import Member, RosterSnapshot
from bridge.domain.rules import Rule
from bridge.domain.tally import tally
from bridge.export import Record, export_files
from bridge.ids import BallotId, EventId, Instant, ListId, MessageId, PersonId, RoomId, UserId
from bridge.matrix.facts import ReactionSeen
from bridge.store import ballots, rooms
from bridge.store.ballots import BallotRow
from bridge.store.database import Store, Tx
from bridge.store.instance import Instance
from bridge.store.migrate import migrate
from bridge.store.rooms import RoomEvent
from bridge.store.schema import acts as acts_table
from bridge.store.schema import ballots as ballots_table
from bridge.store.standings import keep_up
from handlers.context import Context, context_of
from handlers.reactions import reaction_seen

_LIST = ListId(LIST_ID)
_ROOM, _CARD = RoomId("!bench"), EventId("$card")
_OPENED = Instant(1_761_811_200_000)
_CLOSES = Instant(_OPENED + 96 * 3_600_000)
_ANSWERS = ("endorse", "reserve", "no_objection", "abstain", "object")
_RECOUNT_NOTE = (
    "`python3 recount.py .` in an export without names, the interpreter's start included; every "
    "hash is verified. Judged by CPU time, as neighbours on the machine make the other longer."
)
_APPEND_NOTE = (
    "median of transactions that append one act and nothing else, each durable on this disk "
    "before the next; beside: the shortest ledger, in the same round."
)


_HANDLED_NOTE = (
    "median of transactions that handle one reaction of a silence ballot in its final call, from "
    "the event to the committed act and what it queues; the people who act have few acts of their "
    "own; beside: the shortest ledger, in the same round."
)
_CALM = _ANSWERS[:-1]
"""Answers after which a final call goes on."""
_FINAL_CALL = Instant(_CLOSES - 10 * 3_600_000)
_PEOPLE = 100
_ACTING = 50
"""So many more act in part (i): their own acts are as few in a long ledger as in a short one."""


async def recounting(place: Place, *, rounds: int, acts: int, people: int) -> AsyncIterator[Figure]:
    """Measure the second implementation on an export of this size."""
    folder = place.fresh("export")
    await asyncio.to_thread(_export, folder, acts, people)
    took, worked = list[float](), list[float]()
    for number in range(rounds):
        began, before = time.perf_counter(), _children_seconds()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "recount.py", ".", cwd=folder, stdout=-3, stderr=-3
        )
        status = await process.wait()
        took.append(time.perf_counter() - began)
        worked.append(_children_seconds() - before)
        place.say(f"h: round {number + 1}: CPU {worked[-1]:.2f} s, {took[-1]:.2f} s in all")
        assert status == 0
    what = f"recounting {acts:,} acts of {people:,} people"
    cpu = Spread(tuple(worked))
    yield Figure("h", f"{what}, CPU", "s", cpu, aim=Aim(most=2.0), note=_RECOUNT_NOTE)
    yield Figure("h", f"{what}, in all", "s", Spread(tuple(took)), note=_RECOUNT_NOTE)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def appending(
    place: Place, *, rounds: int, lengths: tuple[int, ...], appended: int
) -> AsyncIterator[Figure]:
    """Measure one more act in ledgers of these lengths, the shortest first; then a reaction."""
    context = await asyncio.to_thread(_context, place)

    def reaction(tx: Tx, number: int) -> None:
        _react(tx, context, number)

    for what, note, act in (
        ("one act more in", _APPEND_NOTE, _append),
        ("one reaction handled in final call with", _HANDLED_NOTE, reaction),
    ):
        costs: dict[int, list[float]] = {length: [] for length in lengths}
        stores = {length: await _with_ledger(place, length) for length in lengths}
        for number in range(rounds):
            for length, store in stores.items():
                costs[length].append(await _median_ms(store, act, number * appended, appended))
            told = ", ".join(f"{costs[length][-1]:.2f} ms at {length:,}" for length in lengths)
            place.say(f"i: {what}: round {number + 1}: {told}")
        for store in stores.values():
            await store.close()
        for figure in _beside_the_shortest(what, costs, note):
            yield figure


def _beside_the_shortest(what: str, costs: dict[int, list[float]], note: str) -> Iterator[Figure]:
    shortest, *longer = costs
    beside = Spread(tuple(costs[shortest]))
    yield Figure("i", f"{what} {shortest:,}", "ms", beside, note=note)
    for length in longer:
        yield Figure(
            "i",
            f"{what} {length:,}",
            "ms",
            Spread(tuple(costs[length])),
            beside,
            compared(costs[length], costs[shortest]),
            Aim(most=1.25),
            note,
        )


def _ballot(people: int) -> Ballot:
    members = [
        Member(PersonId(f"p{number:05}"), f"P {number}", (_user(f"p{number:05}"),))
        for number in range(people)
    ]
    return Ballot(
        id=BallotId(1),
        key="$bench",
        list_id=_LIST,
        message_id=MessageId("bench@people.example"),
        title="A large ballot",
        chair=PersonId("p00000"),
        proposer=PersonId("p00000"),
        state=State.OPEN,
        text=statement_text("Consultations must be announced thirty days ahead."),
        roster=RosterSnapshot("all", "Everybody", tuple(members)),
        rule=Rule(mode="silence"),
        deadline=Deadline(_CLOSES, "2025-11-03 08:00 UTC", "UTC"),
        created_at=_OPENED,
        opened_at=_OPENED,
    )


def _draft(number: int, person: str, position: str, target: str | None = None) -> Act:
    at = Instant(_OPENED + number * 1_000)
    return Act(
        ballot=1,
        received_at=at,
        effective_at=at,
        claimed_at=at,
        door=Door.REACTION,
        source_id=f"$bench{number}",
        person_ref=person,
        capacity="self",
        text_version=1,
        position=position,
        target=target,
        with_text=False,
        verdict=Verdict.ACCEPTED,
        reason=None,
        flags=(),
        personal_hash=personal_hash("00", {"words": ""}),
    )


def _ledger(acts: int, people: int, answers: tuple[str, ...] = _ANSWERS) -> Iterator[Act]:
    """Taps of everybody, again and again; one in ten takes an earlier one back."""
    chance, head = random.Random(1), GENESIS
    for number in range(acts):
        person, target = f"p{chance.randrange(people):05}", None
        if number and chance.random() < 0.1:
            target = f"$bench{chance.randrange(number)}"
        position = "removed" if target else chance.choice(answers)
        act = chain(_draft(number, person, position, target), seq=number + 1, prev_hash=head)
        head = act.hash
        yield act


def _export(folder: Path, acts: int, people: int) -> None:
    made, ledger = _ballot(people), tuple(_ledger(acts, people))
    counted = tally(ledger, roster=made.roster, rule=made.rule, proposer=made.proposer, at=_CLOSES)
    closed = replace(made, state=State.ANNOUNCED, closed_at=_CLOSES, outcome=counted.outcome)
    record = Record(BallotRow(closed, ledger[-1].hash, None, None), ledger, {}, _CLOSES)
    folder.mkdir(parents=True)
    for name, content in export_files(record, with_names=False).items():
        (folder / name).write_bytes(content)


async def _with_ledger(place: Place, length: int) -> Store:
    path = place.fresh("ledger").with_suffix(".sqlite3")
    path.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(migrate, path)
    store = Store(path, lambda: _FINAL_CALL)

    def fill(tx: Tx) -> None:
        made = replace(_ballot(_PEOPLE + _ACTING), state=State.FINAL_CALL)
        ballots.record_ballot(tx, made, None)
        rows = [ballots._act_columns(act) for act in _ledger(length, _PEOPLE, _CALM)]
        tx.conn.execute(insert(acts_table), rows)
        tx.conn.execute(update(ballots_table).values(seq=length, head=rows[-1]["hash"]))
        keep_up(tx, made)
        rooms.record_event(tx, RoomEvent(_CARD, _ROOM, _LIST, "card", ballot=made.id))

    await store.write(fill)
    return store


async def _median_ms(
    store: Store, act: Callable[[Tx, int], object], first: int, many: int
) -> float:
    took = []
    for number in range(first, first + many):
        began = time.perf_counter()
        await store.write(lambda tx, number=number: act(tx, number))
        took.append((time.perf_counter() - began) * 1000)
    return Spread(tuple(took)).median


def _append(tx: Tx, number: int) -> None:
    ballots.append_act(tx, _draft(10_000_000 + number, _acting(number), "endorse"), {"words": ""})


def _react(tx: Tx, context: Context, number: int) -> None:
    key = "✅" if number // _ACTING % 2 else "⚪"
    event = EventId(f"$tap{number}")
    at = Instant(tx.now - 60_000 + number)
    seen = ReactionSeen(event, _ROOM, _user(_acting(number)), at, _CARD, key)
    assert reaction_seen(seen, tx, context).state == "done"


def _acting(number: int) -> str:
    return f"p{_PEOPLE + number % _ACTING:05}"


def _context(place: Place) -> Context:
    mirrored = Mirrored(LIST_ADDRESS, BRIDGE_ADDRESS, "Policy Committee")
    settings = BridgeSettings(SERVER_NAME, 8008, (mirrored,), ROLL)
    config = load_config(write_configuration(place.fresh("context"), settings), {})
    return context_of(config, Instance("bench", b"k" * 32, Instant(0)))


def _user(person: str) -> UserId:
    return UserId(f"@{person}:{SERVER_NAME}")
