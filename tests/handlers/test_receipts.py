"""What is recorded of somebody, and the one question a reservation raises."""

import json
import re

import pytest
from playbook_cast import CLOSES_AT, MEMBERS, OSKAR, ROLL, SILENCE, STRANGER

from bridge.export import export_files, read_record
from bridge.matrix.cards import position_words
from bridge.store import ballots
from handlers.refusals import LATE


@pytest.fixture
def open_desk(desk):
    desk.opened(SILENCE)
    return desk


def reserved(desk):
    desk.says(OSKAR, "!reserve Point 2 is weak.", "$r", thread_root="$card")
    desk.now += 1_000
    return desk.event("$question", "question", 1)


def test_a_reservation_is_asked_whether_it_stands_once(open_desk):
    reserved(open_desk)
    asked = [one for one in open_desk.told() if "Does your endorsement stand" in one]
    assert len(asked) == 1
    assert open_desk.count().reserve == 1


@pytest.mark.parametrize(
    ("said", "where", "counted"),
    [
        ("yes", {"reply_to": "$question"}, (1, 0)),
        ("Yes.", {"reply_to": "$question"}, (1, 0)),
        ("> Does your endorsement stand?\n\nno", {"reply_to": "$question"}, (0, 1)),
        ("!yes", {"thread_root": "$card"}, (1, 0)),
        ("!no", {"thread_root": "$card"}, (0, 1)),
        ("no", {"thread_root": "$card"}, (1, 0)),
        ("perhaps", {"reply_to": "$question"}, (1, 0)),
    ],
)
def test_yes_keeps_the_reservation_and_no_makes_it_an_objection(open_desk, said, where, counted):
    reserved(open_desk)
    open_desk.says(OSKAR, said, "$answer", **where)
    found = open_desk.count()
    assert (found.reserve, found.object) == counted
    assert all(one.raised_by.with_text for one in found.open_objections)


def test_the_words_of_a_reservation_stay_letter_by_letter(open_desk):
    reserved(open_desk)
    open_desk.says(OSKAR, "!no", "$answer", thread_root="$card")
    (objection,) = open_desk.count().open_objections
    said = ballots.personal_of(open_desk.conn, 1)[objection.raised_by.seq]["words"]
    assert said == "Point 2 is weak."


@pytest.mark.parametrize("said", ["!yes", "!no"])
@pytest.mark.parametrize("after", [1, 3_600_000])
def test_an_answer_after_the_deadline_is_told_to_be_late(open_desk, said, after):
    reserved(open_desk)
    if after > 1:
        open_desk.swept(CLOSES_AT + after)
    open_desk.now = CLOSES_AT + after
    told = open_desk.says(OSKAR, said, "$answer", thread_root="$card")
    assert told == LATE
    assert open_desk.count().open_objections == ()
    assert ballots.acts_of(open_desk.conn, 1)[-1].verdict == "late"


def test_who_reserved_nothing_has_nothing_to_answer(open_desk):
    assert "nothing to answer" in open_desk.says(OSKAR, "!yes", "$y", thread_root="$card")
    assert "nothing to answer" in open_desk.says(STRANGER, "!no", "$n", thread_root="$card")


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
