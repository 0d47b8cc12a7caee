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
    CHAIR,
    CONTEST,
    GENESIS,
    GRACE,
    REMOVED,
    REMOVED_BY_MODERATOR,
    SELF,
    UNTIL_PUBLICATION,
    Act,
    Door,
    Reason,
    Verdict,
    chain,
    personal_hash,
)
from bridge.domain.ballots import State, StatementText, statement_text
from bridge.domain.positions import Position
from bridge.domain.roster import Member, Role
from bridge.domain.rules import Rule
from bridge.domain.rulings import EDITORIAL, SUBSTANTIVE, Level, Ruling, act_name, admitted
from bridge.domain.tally import tally
from bridge.export import Record, counted_at, export_files
from bridge.ids import Instant, PersonId
from bridge.store.ballots import BallotRow, Personal

DEADLINE = Instant(100_000)
RULES = (
    Rule(mode="silence"),
    Rule(mode="silence", k=0, hold=0),
    Rule(mode="silence", k=2, hold=20),
    Rule(mode="silence", k=0, strict=True),
    Rule(mode="threshold", hold=30),
    Rule(mode="threshold", quorum=3, threshold=Fraction(2, 3), comparison="at_least"),
    Rule(mode="threshold", quorum=Fraction(1, 3), threshold=Fraction(1, 2), blocking=True),
    Rule(mode="silence", k=0, after_lifting=20, hard_stop=Instant(DEADLINE + 5_000)),
    Rule(mode="rough", hold=10, final_call=20, after_lifting=10),
    Rule(mode="rough", appeal=0, cosigners=2, reason_wait=5),
    Rule(mode="signon"),
    Rule(mode="sense", hold=0, calendar={"name": "office", "zone": "UTC"}),
)
DELEGATIONS = (
    ("ada", "alliance", Role.PRIMARY),
    ("ben", "alliance", Role.ALTERNATE),
    ("ada", "forum", Role.EQUAL),
    ("cem", "forum", Role.EQUAL),
)
STRANGERS = ("?stranger", "zoe")
CLOSED = (State.ANNOUNCED, State.CLOSED)
STATES = (*CLOSED, *CLOSED, *(state for state in State if state not in CLOSED))
ANSWERING = (Ruling.ADDRESS, Ruling.OVERRULE, Ruling.SET_ASIDE)


def random_record(seed: int, *, most: int = 24) -> Record:
    """A ballot and its ledger; the same for the same seed."""
    chance = random.Random(seed)
    length = chance.randint(0, most)
    # Some without a chair's word, which is how most ballots are.
    rules_so_much = chance.choice([0.0, 0.15, 0.3])
    drafts, texts = [], [_text(seed, 1)]
    for number in range(length):
        if chance.random() >= rules_so_much:
            drafts.append(_on_its_way(_draft(chance, number, length, len(texts)), number))
            continue
        kind = chance.choice([*Ruling, *ANSWERING, *ANSWERING])
        if kind is Ruling.AMEND:
            texts.append(_text(seed, len(texts) + 1))
        drafts.append(_ruling(chance, number, kind, drafts, texts[-1]))
    state = chance.choice(STATES)
    changes = {"closed_at": DEADLINE} if state in CLOSED else {}
    others = [Member(PersonId(each), each.title()) for each in sorted(admitted(drafts))]
    made = ballot(
        title=f"Ballot {seed} — «oui» 📝",
        text=texts[-1],
        earlier=tuple(texts[:-1]),
        roster=replace(roll(*PEOPLE, delegations=DELEGATIONS), admitted=tuple(others)),
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
    if made.rule.strict and made.closed_at is not None:
        broken = tally(
            acts, roster=made.roster, rule=made.rule, proposer=made.proposer, at=made.closed_at
        ).broken
        made = replace(made, closed_at=broken or made.closed_at)
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


def _text(seed: int, version: int) -> StatementText:
    return statement_text(f"We ask for {seed} days.\nNo less than {version}.", version=version)


def _on_its_way(act: Act, number: int) -> Act:
    """Let some acts come long after they say that they were done."""
    late = 15_000 if number % 4 == 0 else 0
    return replace(act, received_at=Instant(act.received_at + late))


def _ruling(
    chance: random.Random, number: int, kind: Ruling, drafts: Sequence[Act], text: StatementText
) -> Act:
    objections = [act for act in drafts if act.position == Position.OBJECT]
    about = (objections if kind in ANSWERING else drafts) or [None]
    meant = chance.choice(about)
    label = chance.choice([EDITORIAL, SUBSTANTIVE])
    targets = {
        Ruling.EXTEND: str(DEADLINE),
        Ruling.AMEND: f"{label}/{text.version}/{text.sha256}",
        Ruling.ADMIT: chance.choice(STRANGERS),
        Ruling.DECLARE: chance.choice([*Level]).value,
        Ruling.STOP: None,
    }
    # Only the store refuses what is not accepted; a ledger may hold such a row all the same.
    is_refused = kind is not Ruling.AMEND and chance.random() < 0.1
    return draft(
        "ada",
        Door.CHAIR,
        kind.value,
        at=chance.randint(1, 130),
        source=f"$r{number}",
        target=targets.get(kind, meant and act_name(meant)),
        verdict=Verdict.REJECTED if is_refused else Verdict.ACCEPTED,
        reason=Reason.NOT_OPEN.value if is_refused else None,
        capacity=CHAIR,
        version=text.version,
    )


def _draft(chance: random.Random, number: int, length: int, version: int) -> Act:
    at = chance.randint(1, 110)
    person = chance.choice([*PEOPLE, *PEOPLE, *STRANGERS])
    capacity = SELF
    if chance.random() < 0.3:
        person, capacity, _ = chance.choice(DELEGATIONS)
    verdict = Verdict.LATE if at > 104 else chance.choice([Verdict.ACCEPTED] * 6 + [*Verdict])
    reason = chance.choice([*Reason]).value if verdict is Verdict.REJECTED else None
    given = {"at": at, "source": f"${number}", "verdict": verdict, "reason": reason}
    given["capacity"] = capacity
    given["version"] = chance.randint(max(1, version - 1), version)
    given["flags"] = tuple(
        flag for flag, often in ((GRACE, 0.1), (CONTEST, 0.3)) if chance.random() < often
    )
    if at > DEADLINE // 1000 and chance.random() < 0.4:
        given |= {"verdict": Verdict.ACCEPTED, "reason": None, "flags": (UNTIL_PUBLICATION,)}
    kind = chance.choice(["tap", "tap", "word", "word", "removal", "moderator"])
    if kind == "tap":
        taps = [each.value for each in Position if each not in {"recuse", "withdraw"}]
        taps += [Position.OBJECT.value] * 3
        return draft(person, Door.REACTION, chance.choice(taps), **given)
    if kind == "word":
        door = chance.choice([Door.CHAT, Door.MAIL, Door.CHAIR])
        what = chance.choice([*Position]).value
        return draft(person, door, what, with_text=chance.random() < 0.5, **given)
    given["target"] = f"${chance.randrange(length)}"
    given["flags"] += (REMOVED_BY_MODERATOR,) if kind == "moderator" else ()
    return draft(person, Door.REACTION, REMOVED, **given)
