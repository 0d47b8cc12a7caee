"""Random ballots with everything a ledger can hold, from a seed, and as exports on disk."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ballot_samples import ballot
from domain.ledgers import PEOPLE, draft, roll

from bridge.domain.acts import (
    GENESIS,
    REMOVED,
    REMOVED_BY_MODERATOR,
    SELF,
    Act,
    Door,
    Reason,
    Verdict,
    chain,
    personal_hash,
)
from bridge.domain.ballots import State, statement_text
from bridge.domain.positions import Position
from bridge.domain.roster import Role
from bridge.domain.rules import Rule
from bridge.domain.tally import tally
from bridge.export import Record, counted_at, export_files
from bridge.ids import Instant
from bridge.store.ballots import BallotRow, Personal

DEADLINE = Instant(100_000)
RULES = (
    Rule(mode="silence"),
    Rule(mode="silence", k=0, hold=0),
    Rule(mode="silence", k=2, hold=20),
    Rule(mode="threshold", hold=30),
    Rule(mode="threshold", quorum=3, threshold=Fraction(2, 3), comparison="at_least"),
    Rule(mode="threshold", quorum=Fraction(1, 3), threshold=Fraction(1, 2), blocking=True),
)
DELEGATIONS = (
    ("ada", "alliance", Role.PRIMARY),
    ("ben", "alliance", Role.ALTERNATE),
    ("ada", "forum", Role.EQUAL),
    ("cem", "forum", Role.EQUAL),
)
STRANGERS = ("?stranger", "zoe")
STATES = (State.ANNOUNCED, State.CLOSED, State.OPEN, State.FINAL_CALL, State.WITHDRAWN)


def random_record(seed: int, *, most: int = 24) -> Record:
    """A ballot and its ledger; the same for the same seed."""
    chance = random.Random(seed)
    length = chance.randint(0, most)
    drafts = [_draft(chance, number, length) for number in range(length)]
    state = chance.choice(STATES)
    changes = {"closed_at": DEADLINE} if state in {State.ANNOUNCED, State.CLOSED} else {}
    made = ballot(
        title=f"Ballot {seed} — «oui» 📝",
        text=statement_text(f"We ask for {seed} days.\nNo less."),
        roster=roll(*PEOPLE, delegations=DELEGATIONS),
        rule=chance.choice(RULES),
        proposer=chance.choice([*PEOPLE, None]),
        state=state,
        created_at=Instant(0),
        opened_at=Instant(0),
        **changes,
    )
    return record_of(made, drafts)


def record_of(made, drafts: Sequence[Act]) -> Record:
    """Chain the drafts and count them, as the bridge would."""
    acts: list[Act] = []
    personal = {}
    for seq, each in enumerate(drafts, start=1):
        part = Personal(f"{seq:032x}", {"matrix": f"@{each.person_ref}:hs.test", "words": "Né 📝"})
        salted = replace(each, personal_hash=personal_hash(part.salt, part.personal))
        acts.append(chain(salted, seq=seq, prev_hash=acts[-1].hash if acts else GENESIS))
        personal[seq] = part
    at = counted_at(made, acts, DEADLINE)
    if made.closed_at is not None:
        counted = tally(acts, roster=made.roster, rule=made.rule, proposer=made.proposer, at=at)
        made = replace(made, outcome=counted.outcome)
    head = acts[-1].hash if acts else GENESIS
    return Record(BallotRow(made, head, None, None), tuple(acts), personal, at)


def exported(record: Record, folder: Path, *, with_names: bool = True) -> Path:
    """Write the record's export and return its folder."""
    folder.mkdir()
    for name, content in export_files(record, with_names=with_names).items():
        (folder / name).write_bytes(content)
    return folder


def _draft(chance: random.Random, number: int, length: int) -> Act:
    at = chance.randint(1, 110)
    person = chance.choice([*PEOPLE, *PEOPLE, *STRANGERS])
    capacity = SELF
    if chance.random() < 0.3:
        person, capacity, _ = chance.choice(DELEGATIONS)
    verdict = Verdict.LATE if at > 104 else chance.choice([Verdict.ACCEPTED] * 6 + [*Verdict])
    reason = chance.choice([*Reason]).value if verdict is Verdict.REJECTED else None
    given = {"at": at, "source": f"${number}", "verdict": verdict, "reason": reason}
    given["capacity"] = capacity
    kind = chance.choice(["tap", "tap", "word", "word", "removal", "moderator"])
    if kind == "tap":
        taps = [each.value for each in Position if each not in {"recuse", "withdraw"}]
        return draft(person, Door.REACTION, chance.choice(taps), **given)
    if kind == "word":
        door = chance.choice([Door.CHAT, Door.MAIL, Door.CHAIR])
        what = chance.choice([*Position]).value
        return draft(person, door, what, with_text=chance.random() < 0.5, **given)
    given["target"] = f"${chance.randrange(length)}"
    given["flags"] = (REMOVED_BY_MODERATOR,) if kind == "moderator" else ()
    return draft(person, Door.REACTION, REMOVED, **given)
