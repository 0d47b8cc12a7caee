"""Previews wait for a yes, each once."""

from dataclasses import replace

from bridge.ids import BallotId, EventId, Instant, ListId, PersonId
from bridge.store.proposals import (
    Proposal,
    latest_in,
    proposal_by_id,
    proposal_by_key,
    record_proposal,
    record_settled,
)

FIRST = Proposal(
    key="$one",
    list_id=ListId("pc.lists.example.org"),
    ballot=BallotId(1),
    verb="extend",
    arguments={"until": "2025-11-04 08:00 UTC"},
    chair=PersonId("nadia"),
    root=EventId("$root"),
    post=None,
    about=None,
    shown="5f1c",
    stood={"state": "open"},
    asked_at=Instant(1000),
)


async def test_a_proposal_is_written_once_and_found_by_key_and_number(store):
    made = await store.write(lambda tx: record_proposal(tx, FIRST))
    again = await store.write(lambda tx: record_proposal(tx, replace(FIRST, shown="other")))
    assert made == again == replace(FIRST, id=made.id)
    assert await store.read(lambda conn: proposal_by_id(conn, made.id)) == made
    assert await store.read(lambda conn: proposal_by_key(conn, "$none")) is None


async def test_the_newest_that_waits_in_a_thread_is_the_one_that_is_meant(store):
    def both(tx):
        record_proposal(tx, FIRST)
        return record_proposal(tx, replace(FIRST, key="$two", asked_at=Instant(2000)))

    second = await store.write(both)

    def meant(since, chair="nadia", root="$root"):
        return store.read(lambda conn: latest_in(conn, root, chair, Instant(since)))

    assert await meant(0) == second
    assert [await meant(2001), await meant(0, "oskar"), await meant(0, root="$x")] == [None] * 3
    await store.write(lambda tx: record_settled(tx, second.id))
    found = await meant(0)
    assert found is not None
    assert found.key == "$one"
