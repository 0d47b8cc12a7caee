"""The ledger as it is stored: appended once, chained, and whole when a person is erased."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from ballot_samples import OPENED, act, ballot
from domain.ledgers import roll
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import memory_tx
from sqlalchemy import delete, select, update

from bridge.domain.acts import GENESIS, Door, personal_hash, verify_chain
from bridge.domain.ballots import COUNTING, Ending, Outcome, State, statement_text
from bridge.domain.roster import Role
from bridge.domain.rules import Rule
from bridge.ids import BallotId, EventId, Instant, PersonId
from bridge.store import ballots, schema
from bridge.store.schema import act_personal
from bridge.store.schema import acts as acts_table

ONE = BallotId(1)
NAMES = {"name": "Ada Lovelace", "words": "Yes — gladly 📝"}


async def record(store, *wanted):
    def record_all(tx):
        for one in wanted:
            ballots.record_ballot(tx, one, None)

    await store.write(record_all)


async def append(store, draft, personal=NAMES):
    return await store.write(lambda tx: ballots.append_act(tx, draft, personal))


async def ledger(store, number=ONE):
    return await store.read(lambda conn: ballots.acts_of(conn, number))


async def row(store, number=ONE):
    return await store.read(lambda conn: ballots.ballot_by_id(conn, number))


@pytest.mark.parametrize(
    "wanted",
    [
        ballot(),
        ballot(state=State.DRAFT, opened_at=None, proposer=None),
        ballot(state=State.ANNOUNCED, closed_at=OPENED, outcome=Outcome.TOO_FEW),
        ballot(rule=Rule(mode="threshold", quorum=Fraction(2, 3), threshold=Fraction(3, 5))),
        ballot(roster=roll("ada", delegations=[("ada", "alliance", Role.PRIMARY)])),
        ballot(title="Offene Beratung — «oui» 📝"),
        ballot(
            text=statement_text("Sixty days.", version=3),
            earlier=(statement_text("Thirty days."), statement_text("Sixty.", version=2)),
            card_version=2,
            card_copies=1,
            comments_until=OPENED,
            supersedes=BallotId(7),
            follows=BallotId(6),
            calls=2,
            ending=Ending(at=OPENED, was=State.OPEN, by=PersonId("ada"), instead=BallotId(8)),
            roster=replace(roll("ada"), admitted=roll("ben").members),
            rule=Rule(mode="rough", hard_stop=OPENED, appeal=0),
        ),
    ],
    ids=["open", "draft", "announced", "threshold", "delegates", "letters", "amended"],
)
async def test_a_ballot_comes_back_as_it_was_frozen(store, wanted):
    await record(store, wanted)
    found = await row(store)
    assert found.ballot == wanted
    assert found.ballot.rule.sha256 == wanted.rule.sha256
    assert found.ballot.roster.sha256 == wanted.roster.sha256


async def test_a_ballot_that_an_earlier_version_wrote_is_read(store):
    def old(tx):
        ballots.record_ballot(tx, ballot(), None)
        kept = json.loads(tx.conn.scalar(select(schema.ballots.c.snapshot)))
        for added in (
            "earlier",
            "card_version",
            "card_copies",
            "comments_until",
            "supersedes",
            "follows",
            "calls",
            "erasures",
        ):
            del kept[added]
        roster = json.loads(kept["roster"])
        del roster["admitted"]
        kept["roster"] = json.dumps(roster)
        tx.conn.execute(update(schema.ballots).values(snapshot=json.dumps(kept)))

    await store.write(old)
    found = await store.read(lambda conn: ballots.ballot_by_id(conn, BallotId(1)))
    assert found.ballot == ballot()


async def test_a_new_ballot_begins_its_own_chain(store):
    await record(store, ballot())
    found = await row(store)
    assert (found.head, found.swept_at) == (GENESIS, None)


async def test_numbers_count_up_from_one(store):
    assert await store.write(ballots.next_id) == 1
    await record(store, ballot(1), ballot(2))
    assert await store.write(ballots.next_id) == 3


async def test_a_ballot_is_found_by_the_command_that_made_it(store):
    await store.write(lambda tx: ballots.record_ballot(tx, ballot(), EventId("$asked")))
    found = await store.read(lambda conn: ballots.ballot_by_key(conn, "$command1"))
    assert found.command_event == "$asked"
    assert await store.read(lambda conn: ballots.ballot_by_key(conn, "$other")) is None


async def test_a_ballot_that_moved_on_keeps_its_ledger(store):
    await record(store, ballot())
    first = await append(store, act("ada", "endorse", OPENED))
    closed = ballot(state=State.CLOSED, closed_at=OPENED, outcome=Outcome.ADOPTED)
    await store.write(lambda tx: ballots.update_ballot(tx, closed))
    found = await row(store)
    assert (found.ballot, found.head) == (closed, first.hash)


async def test_ballots_in_some_states_come_with_the_earliest_deadline_first(store):
    early = replace(ballot().deadline, instant=OPENED)
    await record(
        store,
        ballot(1),
        ballot(2, deadline=early, state=State.FINAL_CALL),
        ballot(3, state=State.WITHDRAWN),
    )
    found = await store.read(lambda conn: ballots.in_states(conn, tuple(COUNTING)))
    assert [one.ballot.id for one in found] == [2, 1]
    newest = await store.read(ballots.every_ballot)
    assert [one.ballot.id for one in newest] == [3, 2, 1]


async def test_a_sweep_is_remembered_by_when_it_began(store):
    await record(store, ballot())
    await store.write(lambda tx: ballots.record_swept(tx, ONE, Instant(77)))
    assert (await row(store)).swept_at == 77


async def test_the_chain_read_back_is_whole_and_ends_in_the_head(store):
    await record(store, ballot())
    for n, person in enumerate(("ada", "ben", "cem"), start=1):
        await append(store, act(person, "endorse", Instant(OPENED + n)))
    found = await ledger(store)
    assert [one.seq for one in found] == [1, 2, 3]
    assert verify_chain(found) is None
    assert (await row(store)).head == found[-1].hash


async def test_an_act_comes_back_as_it_was_appended(store):
    await record(store, ballot())
    draft = act(
        "ada", "reserve", OPENED, door=Door.CHAT, with_text=True, flags=("grace",), claimed_at=None
    )
    appended = await append(store, draft)
    assert await ledger(store) == [appended]
    by_source = await store.read(
        lambda conn: ballots.act_by_source(conn, Door.CHAT, draft.source_id)
    )
    assert by_source == appended


async def test_a_second_delivery_of_the_same_source_appends_nothing(store):
    await record(store, ballot())
    draft = act("ada", "endorse", OPENED)
    first = await append(store, draft)
    again = replace(draft, received_at=Instant(OPENED + 5), position="object")
    assert await append(store, again) is None
    assert await ledger(store) == [first]
    assert (await row(store)).head == first.hash


async def test_one_source_id_through_two_doors_is_two_acts(store):
    await record(store, ballot())
    draft = act("ada", "endorse", OPENED, source_id="same")
    assert await append(store, draft)
    assert await append(store, replace(draft, door=Door.MAIL))
    assert await store.read(ballots.count_acts) == 2


async def test_each_ballot_has_its_own_chain(store):
    await record(store, ballot(1), ballot(2))
    for number in (1, 2, 1, 2):
        seen = await ledger(store, BallotId(number))
        await append(
            store,
            act(
                "ada",
                "endorse",
                Instant(OPENED + len(seen)),
                ballot=number,
                source_id=f"${number}-{len(seen)}",
            ),
        )
    for number in (1, 2):
        found = await ledger(store, BallotId(number))
        assert [one.seq for one in found] == [1, 2]
        assert verify_chain(found) is None


async def test_a_transaction_that_fails_leaves_the_chain_where_it_was(store):
    await record(store, ballot())

    def fails(tx):
        ballots.append_act(tx, act("ada", "endorse", OPENED), NAMES)
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        await store.write(fails)
    assert (await row(store)).head == GENESIS
    assert await append(store, act("ada", "endorse", OPENED))
    assert verify_chain(await ledger(store)) is None


async def test_erasing_a_person_leaves_the_chain_whole(store):
    await record(store, ballot())
    for person in ("ada", "ben"):
        await append(store, act(person, "endorse", OPENED))
    await store.write(
        lambda tx: tx.conn.execute(delete(act_personal).where(act_personal.c.act == 1))
    )
    assert verify_chain(await ledger(store)) is None
    assert await store.read(lambda conn: ballots.personal_of(conn, ONE)) == {2: NAMES}


async def test_the_personal_part_is_hashed_with_a_salt_of_its_own(store):
    await record(store, ballot())
    one = await append(store, act("ada", "endorse", OPENED))
    other = await append(store, act("ben", "endorse", OPENED))
    assert one.personal_hash != other.personal_hash
    salts = await store.read(
        lambda conn: conn.execute(act_personal.select().order_by(act_personal.c.act)).all()
    )
    assert one.personal_hash == personal_hash(salts[0].salt, NAMES)


async def test_an_altered_row_is_found_by_its_place_in_the_chain(store):
    await record(store, ballot())
    for n, person in enumerate(("ada", "ben", "cem")):
        await append(store, act(person, "endorse", Instant(OPENED + n)))
    await store.write(
        lambda tx: tx.conn.execute(
            update(acts_table).where(acts_table.c.seq == 2).values(position="object")
        )
    )
    assert verify_chain(await ledger(store)) == 2


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12))
def test_any_deliveries_give_a_whole_chain_with_each_source_once(deliveries):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        for person, n in deliveries:
            ballots.append_act(tx, act(person, "endorse", Instant(OPENED + n)), NAMES)
        found = ballots.acts_of(tx.conn, ONE)
    assert verify_chain(found) is None
    assert len(found) == len(set(deliveries))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("1", True),
        ("b/1", True),
        ("2", False),
        ("", False),
        ("b/", False),
        ("-1", False),
        ("²", False),
        ("١", False),
        ("9" * 30, False),
    ],
)
def test_a_ballot_is_named_by_its_number_and_anything_else_is_none(written, found):
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        assert (ballots.ballot_named(tx.conn, written) is not None) is found


@pytest.mark.parametrize("odd", ["$" + "é" * 300, "$a\0b", "$\ud800"], ids=["long", "nul", "lone"])
async def test_a_name_that_no_database_holds_as_it_came_is_hashed_as_it_is_kept(store, odd):
    await record(store, ballot())
    draft = act("ada", "removed", OPENED, source_id=odd, target=odd, person_ref=odd)
    assert await append(store, draft, {"words": odd})
    assert await append(store, draft) is None
    (kept,) = await ledger(store)
    assert verify_chain([kept]) is None
    parts = await store.read(lambda conn: ballots.personal_parts(conn, ONE))
    assert kept.personal_hash == personal_hash(parts[1].salt, parts[1].personal)
    assert parts[1].personal == {"words": odd}


@pytest.mark.parametrize(
    ("state", "ending", "kept", "is_shown"),
    [
        (State.DRAFT, None, {}, False),
        (State.LOCKED, None, {}, True),
        (State.WITHDRAWN, State.DRAFT, {}, False),
        (State.WITHDRAWN, State.COMMENT, {}, True),
        (State.SUPERSEDED, State.LOCKED, {}, True),
        # Of a row written before endings were.
        (State.WITHDRAWN, None, {}, False),
        (State.WITHDRAWN, None, {"comments_until": OPENED}, True),
        (State.WITHDRAWN, None, {"opened_at": OPENED}, True),
    ],
)
def test_what_was_more_than_a_draft_was_shown(state, ending, kept, is_shown):
    how = None if ending is None else Ending(at=OPENED, was=ending, by=PersonId("ada"))
    made = ballot(**{"opened_at": None, "state": state, "ending": how, **kept})
    with memory_tx() as tx:
        ballots.record_ballot(tx, made, None)
        assert [one.was_shown for one in ballots.stamps(tx.conn)] == [is_shown]
