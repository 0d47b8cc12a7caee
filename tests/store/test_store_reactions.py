"""A reaction is kept from the first sight on: a redaction strips it of its target."""

from memory_store import memory_tx

from bridge.ids import EventId, Instant, RoomId, UserId
from bridge.store import reactions
from bridge.store.reactions import Reaction

CARD = EventId("$card")
YES = Reaction(EventId("$r"), RoomId("!r"), CARD, "✅", UserId("@a:hs.test"), Instant(5))


def test_a_reaction_seen_twice_is_remembered_once():
    with memory_tx() as tx:
        assert reactions.record_reaction(tx, YES)
        assert not reactions.record_reaction(tx, YES)
        assert reactions.showing_on(tx.conn, CARD) == [YES]


def test_a_removed_reaction_keeps_target_and_key_but_does_not_show():
    with memory_tx() as tx:
        reactions.record_reaction(tx, YES)
        reactions.record_removed(tx, YES.event_id, Instant(9))
        assert reactions.showing_on(tx.conn, CARD) == []
        found = reactions.reaction_by_id(tx.conn, YES.event_id)
        assert (found.target, found.key, found.removed_at) == (CARD, "✅", 9)


def test_a_second_delivery_does_not_bring_a_removed_reaction_back():
    with memory_tx() as tx:
        reactions.record_reaction(tx, YES)
        reactions.record_removed(tx, YES.event_id, Instant(9))
        assert not reactions.record_reaction(tx, YES)
        assert reactions.showing_on(tx.conn, CARD) == []


def test_reactions_show_on_their_own_target_only():
    with memory_tx() as tx:
        reactions.record_reaction(tx, YES)
        assert reactions.showing_on(tx.conn, EventId("$other")) == []
        assert reactions.reaction_by_id(tx.conn, EventId("$other")) is None
