from dataclasses import replace

import pytest
from playbook_cast import CHAIR, CLOSES_AT, OSKAR, PRIYA, SILENCE, STRANGER

from bridge.domain.acts import Door, verify_chain
from bridge.domain.positions import Position
from bridge.ids import EventId, Instant, UserId
from bridge.store import ballots
from handlers.ledger import Deed, enter, member_of
from handlers.reactions import reaction_seen

HOUR = 3_600_000


def deed(desk, **what) -> Deed:
    given = {"sender": OSKAR, "position": Position.ENDORSE, "source_id": EventId("$1")}
    return Deed(door=Door.REACTION, sent_at=desk.now, **given | what)


def test_a_deed_is_entered_once_and_chained(desk):
    row = desk.opened(SILENCE)
    for source in ("$1", "$1", "$2"):
        enter(desk.tx, desk.context, row, deed(desk, source_id=EventId(source)))
    acts = ballots.acts_of(desk.conn, row.ballot.id)
    assert [act.source_id for act in acts] == ["$1", "$2"]
    assert verify_chain(acts) is None
    assert enter(desk.tx, desk.context, row, deed(desk)) is None


@pytest.mark.parametrize(
    ("what", "person", "verdict", "reason"),
    [
        ({}, "oskar", "accepted", None),
        ({"position": None}, "oskar", "rejected", "not_an_option"),
        ({"removes": EventId("$0"), "position": None}, "oskar", "accepted", None),
        ({"sender": STRANGER}, "?", "rejected", "not_on_the_roll"),
        ({"sender": UserId("@list_abc:hs.test")}, "?", "rejected", "ghost"),
        (
            {"sender": PRIYA, "owner": OSKAR, "removes": EventId("$0")},
            "oskar",
            "rejected",
            "removed_by_moderator",
        ),
    ],
)
def test_a_deed_is_judged_by_who_did_it(desk, what, person, verdict, reason):
    act = enter(desk.tx, desk.context, desk.opened(SILENCE), deed(desk, **what))
    assert act.person_ref.startswith(person)
    assert (act.verdict, act.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("sent", "heard", "verdict", "flags"),
    [
        (CLOSES_AT, CLOSES_AT, "accepted", ()),
        (CLOSES_AT, CLOSES_AT + 1, "accepted", ("grace",)),
        (CLOSES_AT, CLOSES_AT + 9_000_000, "accepted", ("grace",)),
        (CLOSES_AT + 1, CLOSES_AT + 1, "late", ()),
        (CLOSES_AT + 9_000_000, CLOSES_AT, "accepted", ()),
    ],
    ids=["in time", "grace", "behind, still open", "late", "a clock that runs ahead"],
)
def test_a_deed_is_judged_by_when_it_was_done(desk, sent, heard, verdict, flags):
    row = desk.opened(SILENCE)
    desk.now = heard
    act = enter(desk.tx, desk.context, row, replace(deed(desk), sent_at=sent))
    assert (act.verdict, act.flags) == (verdict, flags)


def test_names_and_words_stand_apart_from_the_act(desk):
    row = desk.opened(SILENCE)
    act = enter(desk.tx, desk.context, row, deed(desk, words="Point 2 is weak."))
    assert act.with_text
    assert "Point 2" not in repr(act)
    assert OSKAR not in repr(act)
    assert ballots.personal_of(desk.conn, row.ballot.id)[1]["words"] == "Point 2 is weak."


def test_a_member_is_known_by_the_very_matrix_id(desk):
    roster = desk.opened(SILENCE).ballot.roster
    assert member_of(roster, OSKAR) == "oskar"
    for other in ("@Oskar:hs.test", "@oskar:hs.test.evil", "@oskar", STRANGER):
        assert member_of(roster, UserId(other)) is None


def test_where_our_clock_was_set_back_what_is_done_now_comes_after_what_is_recorded(desk):
    desk.opened(SILENCE)
    desk.now += 72 * HOUR
    was = desk.now
    for name, key, done_at, our_clock in (
        ("$zoom", "⚪", was - 200, was),
        ("$back", "✅", was + 60_000, was - 48 * HOUR),
    ):
        desk.now = our_clock
        event = replace(desk.tapped(OSKAR, "$card", key, name), ts=Instant(done_at))
        reaction_seen(event, desk.tx, desk.context)
    first, second = ballots.acts_of(desk.conn, desk.row().ballot.id)
    assert (second.received_at, second.effective_at) == (was, was)
    desk.now = was + HOUR
    assert (desk.count().endorse, desk.count().abstain) == (1, 0)
    assert first.received_at == was


@pytest.mark.parametrize(("hours", "is_told"), [(25, False), (23, True)])
def test_the_chair_is_called_when_a_hold_lies_beyond_the_close(desk, hours, is_told):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT - hours * 3_600_000
    for _ in range(2):
        desk.taps(OSKAR, "⏳", "$wait")
    assert bool(desk.letters("room:1:late-hold")) is is_told
    if is_told:
        told = desk.letter("room:1:late-hold")["content"]
        assert told["m.mentions"] == {"user_ids": [CHAIR]}
        assert "!ballot extend b/1" in told["body"]
