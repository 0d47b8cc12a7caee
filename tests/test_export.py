"""An export: a golden one, the same bytes for the same state, and what is left out of it.

``python tests/test_export.py`` writes the golden export anew; read the difference.
"""

import json
from dataclasses import replace
from pathlib import Path

from ballot_samples import CLOSES, OPENED, ballot
from domain.ledgers import draft
from histories import random_record, record_of

from bridge.domain.acts import Door
from bridge.domain.ballots import State
from bridge.export import counted_at, export_files, iso, manifest, outcome_of
from bridge.ids import BallotId, Instant
from bridge.store.ballots import Personal

GOLDEN = Path(__file__).parent / "golden" / "export"
NAMES = ("Ben", "hs.test", "@", "Né")


def small():
    """Five acts of three people: a yes, an objection taken back, a reservation, a stranger."""
    moment = OPENED // 1000
    acts = (
        draft("ben", Door.REACTION, "endorse", at=moment + 60, source="$1"),
        draft("cem", Door.REACTION, "object", at=moment + 120, source="$2"),
        draft("dia", Door.CHAT, "reserve", at=moment + 180, source="$3", with_text=True),
        draft("cem", Door.REACTION, "removed", at=moment + 240, source="$4", target="$2"),
        draft("cem", Door.CHAT, "endorse", at=moment + 300, source="$5"),
    )
    return record_of(ballot(state=State.ANNOUNCED, closed_at=CLOSES), acts)


def golden_files():
    files = export_files(small(), with_names=True)
    # The program is the one in bridge/; a copy here would be a second place to change it.
    return {name: content for name, content in files.items() if name != "recount.py"}


def test_a_small_ballot_is_exported_as_the_golden_files_say():
    assert golden_files() == {each.name: each.read_bytes() for each in GOLDEN.iterdir()}


def test_the_ballots_before_it_are_named():
    record = small()
    after = replace(record.row.ballot, follows=BallotId(7), supersedes=BallotId(6))
    found = manifest(replace(record, row=replace(record.row, ballot=after)), with_names=False)
    assert (found["ballot"]["follows"], found["ballot"]["supersedes"]) == (7, 6)


def test_the_same_state_is_the_same_bytes_whatever_the_clock_says():
    for seed in range(50):
        once, again = (export_files(random_record(seed), with_names=True) for _ in range(2))
        assert once == again


def test_without_names_nothing_personal_is_in_any_file():
    files = export_files(small(), with_names=False)
    assert "personal.jsonl" not in files
    del files["recount.py"]
    found = b"".join(files.values()).decode()
    assert [name for name in NAMES if name in found] == []
    assert json.loads(files["manifest.json"])["roll"]["names"] is None


def test_without_names_titles_hold_no_address_and_what_is_hashed_stays():
    record = small()
    title = "Water, ask nadia@people.example or matrix:u/nadia:hs.test"
    roster = replace(record.ballot.roster, title="PC (nadia%40people.example)")
    rule = replace(record.ballot.rule, shortened_reason="nadia@people.example asks")
    made = replace(record.ballot, title=title, roster=roster, rule=rule)
    named = replace(record, row=replace(record.row, ballot=made))
    files = export_files(named, with_names=False)
    found = json.loads(files["manifest.json"])
    assert found["ballot"]["title"] == "Water, ask [address] or [address]"
    assert found["roll"]["title"] == "PC ([address])"
    assert found["rule"]["hashed"]["shortened_reason"] == "nadia@people.example asks"
    assert "stay as published: they are hashed" in files["README.txt"].decode()
    whole = json.loads(export_files(named, with_names=True)["manifest.json"])
    assert (whole["ballot"]["title"], whole["roll"]["title"]) == (title, roster.title)


def test_what_was_dropped_without_an_erasure_is_told():
    record = small()
    everybody = {act.seq: Personal("s", {}) for act in record.acts}
    told = []
    for gone, roster in (
        (set(), record.ballot.roster),
        ({1}, record.ballot.roster.without("ben")),
        ({1}, record.ballot.roster),
    ):
        kept = {seq: part for seq, part in everybody.items() if seq not in gone}
        row = replace(record.row, ballot=replace(record.ballot, roster=roster))
        found = export_files(replace(record, personal=kept, row=row), with_names=True)
        told.append(json.loads(found["manifest.json"])["personal"])
    assert told == [
        {"gone": 0, "gone_of_named": []},
        {"gone": 1, "gone_of_named": []},
        {"gone": 1, "gone_of_named": [1]},
    ]


def test_a_hold_that_expired_is_a_change_of_what_is_counted():
    record = random_record(2)
    made = replace(record.ballot, state=State.OPEN, closed_at=None)
    held = draft("ada", Door.CHAT, "hold", at=10)
    until = 10_000 + made.rule.hold * 1000
    assert counted_at(made, [held], Instant(until - 1)) == 10_000
    assert counted_at(made, [held], Instant(until)) == until


def test_instants_are_written_for_people_and_unknown_ones_are_null():
    assert iso(CLOSES) == "2025-11-03T08:00:00.000Z"
    assert iso(None) is None


def test_a_withdrawn_ballot_has_the_outcome_withdrawn():
    assert outcome_of(ballot(state=State.WITHDRAWN)) == "withdrawn"
    assert outcome_of(ballot()) is None


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, content in golden_files().items():
        (GOLDEN / name).write_bytes(content)
