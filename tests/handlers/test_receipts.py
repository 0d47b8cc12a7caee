"""What is recorded of somebody."""

import json
import re
from dataclasses import replace

import pytest
from playbook_cast import CLOSES_AT, MEMBERS, OSKAR, PRIYA, ROLL, SILENCE, STRANGER, Mail

from bridge.domain.ballots import State
from bridge.export import export_files, read_record
from bridge.matrix.cards import position_words
from bridge.store import ballots
from handlers.reactions import redaction_seen

CARD = {"thread_root": "$card"}


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


def test_a_receipt_names_the_close_that_a_lifted_objection_moved(open_desk):
    open_desk.taps(OSKAR, "✅", "$yes")
    open_desk.taps(PRIYA, "✋", "$hand")
    open_desk.now = CLOSES_AT - 600_000
    redaction_seen(open_desk.removed(PRIYA, "$hand"), open_desk.tx, open_desk.context)
    told = open_desk.says(OSKAR, "!receipt", "$ask", **CARD)
    assert "You may change it until Tue 4 Nov 2025 07:50 UTC" in told


@pytest.mark.parametrize("answers", [True, False])
def test_a_receipt_after_the_close_says_that_it_is_closed(open_desk, answers):
    if answers:
        open_desk.taps(OSKAR, "✅", "$yes")
    open_desk.swept(CLOSES_AT + 3_600_000)
    told = open_desk.says(OSKAR, "!receipt", "$ask", **CARD)
    assert ("endorse, from your reaction" if answers else "held no position") in told
    assert "closed on Mon 3 Nov 2025 08:00 UTC, and nothing changes its result now" in told
    assert "You may change it" not in told
    assert "After the close" not in told


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.SUPERSEDED])
def test_a_receipt_of_a_ballot_that_was_taken_back_says_so(open_desk, state):
    open_desk.taps(OSKAR, "✅", "$yes")
    gone = replace(open_desk.row().ballot, state=state)
    ballots.update_ballot(open_desk.tx, gone)
    told = open_desk.says(OSKAR, "!receipt", "$ask", **CARD)
    assert f"b/1 is {state.words}: nothing is counted there." in told
    assert "You may change it" not in told


def test_a_receipt_before_the_opening_says_so(desk):
    desk.drafted(SILENCE, key="$asked")
    desk.says(OSKAR, "!help", "$help")
    told = desk.says(OSKAR, "!receipt", "$ask", thread_root="$asked")
    assert "you hold no position. b/1 is not open yet" in told


def test_who_signs_late_is_told_so_and_who_leaves_late_that_the_name_is_marked(desk):
    desk.opened(SILENCE.replace("silence", "signon"))
    desk.taps(OSKAR, "✅", "$yes")
    desk.swept(CLOSES_AT + 3_600_000)
    published = replace(desk.row().ballot, state=State.ANNOUNCED)
    ballots.update_ballot(desk.tx, published)
    desk.says(PRIYA, "!endorse", "$late", **CARD)
    told = desk.says(PRIYA, "!receipt", "$ask", **CARD)
    assert "you held no position at its close" in told
    assert "on Mon 3 Nov 2025 09:00 UTC, you said endorse: that is recorded as late" in told
    desk.now += 60_000
    desk.says(OSKAR, "!withdraw", "$off", **CARD)
    told = desk.says(OSKAR, "!receipt", "$ask2", **CARD)
    assert "endorse, from your reaction" in told
    assert "you took your answer back" in told
    assert "your name is marked as withdrawn" in told


def test_a_name_taken_off_before_the_publication_is_off(desk):
    desk.opened(SILENCE.replace("silence", "signon"))
    desk.taps(OSKAR, "✅", "$yes")
    desk.swept(CLOSES_AT + 3_600_000)
    assert "takes your name off" in desk.says(OSKAR, "!receipt", "$ask", **CARD)
    desk.says(OSKAR, "!withdraw", "$off", **CARD)
    assert "you held no position" in desk.says(OSKAR, "!receipt", "$ask2", **CARD)


def test_what_was_not_confirmed_before_the_close_is_told_not_to_count(open_desk):
    open_desk.taps(OSKAR, "✅", "$yes")
    open_desk.posted(Mail("text", "Another text."), "$text")
    open_desk.chair("amend b/1 substantive", "$amend", reply_to="$text")
    told = open_desk.says(OSKAR, "!receipt", "$ask", **CARD)
    assert "for version 2: !confirm, or a new answer, makes it count." in told
    open_desk.swept(CLOSES_AT + 3_600_000)
    told = open_desk.says(OSKAR, "!receipt", "$ask2", **CARD)
    assert "You did not confirm it before the close, so it does not count for version 2." in told
    assert "!confirm" not in told
