import random
from dataclasses import fields, replace

import pytest
from playbook_cast import CLOSES_AT, MEMBERS, MODERATOR, OSKAR, PRIYA, SILENCE, STRANGER
from sqlalchemy import event, update

from bridge.domain.counts import Counts
from bridge.domain.phases import closes
from bridge.domain.rules import Rule
from bridge.store.schema import standings
from bridge.store.standings import is_true
from handlers.counting import closes_at, closes_of_record, counts_now, tally_now
from handlers.reactions import reaction_seen, redaction_seen

HOUR = 3_600_000


def test_what_counts_is_what_the_ledger_holds_at_that_instant(desk):
    desk.opened(SILENCE)
    before = desk.now
    desk.now += HOUR
    desk.taps(OSKAR, "✅", "$yes")
    assert tally_now(desk.tx, desk.row().ballot, before).yes == 0
    assert tally_now(desk.tx, desk.row().ballot, desk.now).yes == 1


def test_a_ballot_closes_at_its_deadline_while_nothing_was_lifted(desk):
    desk.opened(SILENCE)
    desk.taps(PRIYA, "✋", "$hand")
    assert closes_at(desk.tx, desk.row().ballot) == CLOSES_AT


@pytest.mark.parametrize("mode", ["threshold", "signon", "sense"])
def test_where_nothing_blocks_the_close_is_the_deadline_however_long_the_ledger_is(desk, mode):
    ballot = replace(desk.opened(SILENCE).ballot, rule=Rule(mode=mode))
    asked = []
    event.listen(desk.conn, "before_cursor_execute", lambda _c, _k, sql, *_: asked.append(sql))
    assert closes_at(desk.tx, ballot) == CLOSES_AT
    assert asked == []


ROUGH = SILENCE.replace("silence", "rough")
BLOCKING = SILENCE.replace("rule=silence", "rule=threshold threshold=1/2 blocking=yes")
RULES = (SILENCE, ROUGH, BLOCKING)
SIGNS = ("✅", "✋", "✋", "📝", "🆗", "⚪", "⏳", "❤")
WORDS = ("!endorse", "!object", "!object Too vague.", "!withdraw", "!hold", "!reserve Point 2.")
RULINGS = (
    "address b/1 person=priya link=https://example.org/1",
    "overrule b/1 person=oskar reason=heard",
    "setaside b/1 person=rosa",
    "void b/1 person=priya reason=spam",
    "finalcall b/1",
)


def something_happens(desk, chance, number, taps):
    """Let a member, a moderator, a stranger or the chair do something."""
    who = chance.choice([*MEMBERS, *MEMBERS, STRANGER])
    kind = chance.choice(["tap", "tap", "tap", "removal", "removal", "word", "ruling"])
    if kind == "removal" and taps:
        name, owner = chance.choice(list(taps.items()))
        by = chance.choice([owner, owner, owner, MODERATOR])
        redaction_seen(desk.removed(by, name, f"$gone{number}"), desk.tx, desk.context)
    elif kind == "word":
        desk.says(who, chance.choice(WORDS), f"$word{number}", thread_root="$card")
    elif kind == "ruling":
        desk.chair(chance.choice(RULINGS), f"$ruling{number}")
    else:
        # Delivered late: done up to a day before.
        event = desk.tapped(who, "$card", chance.choice(SIGNS), f"$tap{number}")
        ago = chance.choice([0, 0, chance.randrange(24 * HOUR)])
        reaction_seen(replace(event, ts=event.ts - ago), desk.tx, desk.context)
        taps[f"$tap{number}"] = who


def assert_counted_alike(desk):
    ballot = desk.row().ballot
    counts, whole = counts_now(desk.tx, ballot), tally_now(desk.tx, ballot, desk.tx.now)
    # Only the whole ledger knows when a strict silence was broken, and that ballot has ended then.
    for one in (one for one in fields(Counts) if one.name != "broken"):
        found, wanted = getattr(counts, one.name), getattr(whole, one.name)
        assert found == wanted or set(found) == set(wanted), one.name
    assert closes_at(desk.tx, ballot) == closes(ballot, whole)
    assert is_true(desk.conn, ballot)


def play(desk, command, seed):
    chance, taps = random.Random(seed), {}
    desk.opened(command)
    for number in range(40):
        # Far enough that holds expire, and into the final call and the grace.
        desk.now += chance.randrange(4 * HOUR)
        something_happens(desk, chance, number, taps)
        assert_counted_alike(desk)
    # Our own clock is set back: what was done after it does not count yet.
    desk.now -= 48 * HOUR
    assert_counted_alike(desk)


@pytest.mark.parametrize("command", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_kept_answer_is_the_whole_ledgers(desk, command, seed):
    play(desk, command, seed)


@pytest.mark.long
@pytest.mark.parametrize("command", RULES)
@pytest.mark.parametrize("seed", range(100, 300))
def test_after_many_histories_the_kept_answer_is_the_whole_ledgers(desk, command, seed):
    play(desk, command, seed)


def test_what_is_kept_wrongly_is_found_at_the_close(desk, logged):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - HOUR
    desk.taps(OSKAR, "✅", "$yes")
    desk.taps(PRIYA, "✋", "$hand")
    desk.now += 1_000
    redaction_seen(desk.removed(PRIYA, "$hand"), desk.tx, desk.context)
    late = closes_at(desk.tx, desk.row().ballot)
    assert late > CLOSES_AT
    desk.conn.execute(update(standings).values(raised="[]"))
    desk.swept(CLOSES_AT + HOUR)
    assert desk.row().ballot.deadline.instant == late
    desk.now = late + HOUR
    desk.swept(late + HOUR)
    assert desk.row().ballot.closed_at == late
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["standings_mended"]
    assert is_true(desk.conn, desk.row().ballot)


def test_the_close_of_record_is_counted_from_the_ledger(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - HOUR
    desk.taps(PRIYA, "✋", "$hand")
    desk.now += 1_000
    redaction_seen(desk.removed(PRIYA, "$hand"), desk.tx, desk.context)
    ballot = desk.row().ballot
    assert closes_of_record(desk.tx, ballot) == closes_at(desk.tx, ballot) > CLOSES_AT
    counts_only = replace(ballot, rule=Rule(mode="sense"))
    assert closes_of_record(desk.tx, counts_only) == ballot.deadline.instant
