"""What is kept of each person is what the whole ledger says, however it came about."""

import random
from dataclasses import replace

import pytest
from ballot_samples import OPENED, act, ballot
from histories import random_record
from sqlalchemy import delete, event, update

from bridge.domain.acts import CHAIR, Door
from bridge.domain.counts import keep
from bridge.domain.rules import Rule
from bridge.domain.rulings import act_name
from bridge.ids import BallotId, Instant
from bridge.store import ballots
from bridge.store.schema import ballots as ballots_table
from bridge.store.schema import standings as standings_table
from bridge.store.standings import acts_about, is_true, keep_up, kept_of, rebuild, rulings_of

ONE = BallotId(1)
HISTORIES = 30


def appended(tx, *drafts):
    for draft in drafts:
        assert ballots.append_act(tx, draft, {}) is not None


def tap(person, position, number, **changes):
    return act(person, position, Instant(OPENED + number), source_id=f"${number}", **changes)


def removal(person, number, target, **changes):
    return tap(person, "removed", number, target=f"${target}", **changes)


def ruling(kind, about, number):
    return tap("gil", kind, number, capacity=CHAIR, door=Door.CHAIR, target=act_name(about))


async def test_any_history_delivered_in_any_order_is_kept_as_the_whole_ledger_says(store):
    def deliver(tx):
        for seed in range(HISTORIES):
            chance = random.Random(seed)
            record = random_record(seed, most=30)
            made = replace(record.row.ballot, id=BallotId(seed + 1), key=f"${seed}")
            ballots.record_ballot(tx, made, None)
            acts = [
                replace(one, ballot=made.id, source_id=f"{seed}{one.source_id}", target=one.target)
                for one in record.acts
            ]
            chance.shuffle(acts)
            for one in acts:
                appended(tx, one)
                # Sometimes several acts come before anybody asks.
                if chance.random() < 0.7:
                    keep_up(tx, made)
                    assert is_true(tx.conn, made), seed
            keep_up(tx, made)
            assert is_true(tx.conn, made), seed

    await store.write(deliver)


@pytest.fixture
async def one(store):
    await store.write(lambda tx: ballots.record_ballot(tx, ballot(), None))
    return store


async def test_it_says_whether_an_act_moved_an_objection(one):
    hand, word = tap("ben", "object", 2), tap("ben", "object", 3, door=Door.CHAT, with_text=True)
    steps = [
        (tap("ada", "endorse", 1), False),
        (hand, True),
        (word, True),
        (tap("ben", "endorse", 4), False),
        (tap("zoe", "object", 5, verdict="rejected"), False),
        (tap("ada", "abstain", 6), False),
        (ruling("address", word, 7), True),
        (ruling("declare", word, 8), False),
        (removal("ben", 9, 2), False),
    ]

    def play(tx):
        return [(appended(tx, draft), keep_up(tx, ballot()))[1] for draft, _ in steps]

    assert await one.write(play) == [moved for _, moved in steps]


async def test_every_person_is_kept_up_when_several_acts_came(one):
    def play(tx):
        appended(tx, tap("ada", "endorse", 1))
        keep_up(tx, ballot())
        appended(tx, tap("ben", "object", 2), tap("cem", "object", 3), tap("ada", "abstain", 4))
        return keep_up(tx, ballot()), keep_up(tx, ballot()), is_true(tx.conn, ballot())

    assert await one.write(play) == (True, False, True)


async def test_a_late_arrival_of_an_earlier_act_changes_what_is_kept(one):
    def play(tx):
        appended(tx, removal("ada", 5, 2), tap("ada", "endorse", 4))
        keep_up(tx, ballot())
        # Done before the others, and taken back before it came.
        appended(tx, tap("ada", "object", 2))
        keep_up(tx, ballot())
        appended(tx, tap("ada", "object", 3))
        keep_up(tx, ballot())
        return kept_of(tx.conn, ONE)["ada"], is_true(tx.conn, ballot())

    kept, is_so = await one.write(play)
    assert is_so
    assert (kept.row, len(kept.raised), kept.latest) == ("object", 2, OPENED + 5)


async def test_a_void_is_heard_of_everybody(one):
    hand = tap("ben", "object", 1)

    def play(tx):
        appended(tx, hand)
        keep_up(tx, ballot())
        appended(tx, ruling("void", hand, 2))
        return keep_up(tx, ballot()), kept_of(tx.conn, ONE)

    assert await one.write(play) == (True, {})


async def test_a_cache_that_is_lost_or_of_an_older_version_is_made_again(one):
    def play(tx):
        for number in range(1, 6):
            appended(tx, tap("ada" if number % 2 else "ben", "endorse", number))
        keep_up(tx, ballot())
        tx.conn.execute(delete(standings_table))
        tx.conn.execute(update(ballots_table).values(kept_upto=0))
        appended(tx, tap("cem", "object", 6))
        keep_up(tx, ballot())
        return is_true(tx.conn, ballot()), set(kept_of(tx.conn, ONE))

    assert await one.write(play) == (True, {"ada", "ben", "cem"})


async def test_what_was_spoilt_is_found_and_mended(one):
    def play(tx):
        appended(tx, tap("ada", "object", 1))
        keep_up(tx, ballot())
        tx.conn.execute(update(standings_table).values(row="endorse", raised="[]"))
        was_true = is_true(tx.conn, ballot())
        moved = rebuild(tx, ballot())
        return was_true, moved, is_true(tx.conn, ballot())

    assert await one.write(play) == (False, True, True)


async def test_what_is_kept_comes_back_as_it_was(one):
    rule = Rule(mode="silence")

    def play(tx):
        appended(tx, tap("ada", "object", 1), removal("ada", 2, 1), tap("ada", "hold", 3))
        keep_up(tx, ballot())
        return kept_of(tx.conn, ONE), keep(ballots.acts_of(tx.conn, ONE), rule)

    found, made = await one.write(play)
    assert found == made
    assert found["ada"].hold_until is not None
    assert len(found["ada"].raised) == 1


async def test_about_a_person_are_their_own_acts_and_the_chairs(one):
    hand = tap("ben", "object", 1)

    def play(tx):
        appended(tx, hand, tap("ada", "endorse", 2), ruling("address", hand, 3))
        return acts_about(tx.conn, ONE, "ben"), rulings_of(tx.conn, ONE)

    about, ruled = await one.write(play)
    assert [one.seq for one in about] == [1, 3]
    assert [one.seq for one in ruled] == [3]


async def test_nothing_new_is_one_statement(one):
    def play(tx):
        appended(tx, tap("ada", "endorse", 1))
        keep_up(tx, ballot())
        asked = []
        event.listen(tx.conn, "before_cursor_execute", lambda _c, _k, sql, *_: asked.append(sql))
        keep_up(tx, ballot())
        return asked

    assert len(await one.write(play)) == 1
