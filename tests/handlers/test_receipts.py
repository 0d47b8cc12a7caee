"""What is recorded of somebody."""

import json
import re

import pytest
from playbook_cast import MEMBERS, OSKAR, ROLL, SILENCE, STRANGER

from bridge.export import export_files, read_record
from bridge.matrix.cards import position_words


@pytest.fixture
def open_desk(desk):
    desk.opened(SILENCE)
    return desk


def test_a_receipt_says_what_counts_and_from_what(open_desk):
    ask = {"thread_root": "$card"}
    assert "hold no position" in open_desk.says(OSKAR, "!receipt", "$1", **ask)
    open_desk.taps(OSKAR, "✅", "$yes")
    told = open_desk.says(OSKAR, "!receipt", "$2", **ask)
    assert "endorse, from your reaction on Thu 30 Oct 2025 08:00 UTC" in told
    assert "You may change it until Mon 3 Nov 2025 08:00 UTC" in told
    assert "not on the roll" in open_desk.says(STRANGER, "!receipt", "$3", **ask)


def test_every_endorser_finds_the_tracker_of_their_receipt_in_the_published_log(open_desk):
    signs = ("✅", "📝", "🆗", "⚪", "✋", "✅", "✅")
    for number, (member, sign) in enumerate(zip(MEMBERS, signs, strict=True)):
        open_desk.now += 1_000
        open_desk.taps(member, "⚪", f"$before{number}")
        open_desk.now += 1_000
        open_desk.taps(member, sign, f"$tap{number}")
    record = read_record(open_desk.conn, open_desk.row(), open_desk.tx.now)
    for member, slug in zip(MEMBERS, ROLL, strict=True):
        said = open_desk.says(member, "!receipt", f"$receipt-{slug}", thread_root="$card")
        (tracker,) = re.findall(r"Receipt ([0-9a-f]{8})\b", said)
        for with_names in (True, False):
            log = export_files(record, with_names=with_names)["acts.jsonl"].decode()
            rows = [json.loads(line) for line in log.splitlines()]
            (found,) = [row for row in rows if row["hash"].startswith(tracker)]
            assert found["person_ref"] == slug
            assert position_words(found["position"]) in said
