"""A mail to a list is derived, queued once, and stands in its thread."""

from dataclasses import replace

import pytest
from playbook_cast import BRIDGE_ADDRESS, LIST_ADDRESS, LIST_ID, SILENCE

from bridge.domain.roster import Roster
from bridge.ids import Instant
from bridge.store import listposts, threads
from handlers.posting import NO_BALLOT, Draft, contact_of, derived_id, post, room_alias

DRAFT = Draft("notice", "[OBJECTION] It", "One.\n", None)


def posted(desk, draft, message_id="notice.1@bridge.example.org"):
    return post(desk.tx, desk.context, desk.listed, draft, (message_id, NO_BALLOT))


def test_a_mail_is_queued_once_and_written_down(desk):
    assert [posted(desk, DRAFT) for _ in range(2)] == [True, False]
    letter = desk.letter("mail:")
    assert (letter["sender"], letter["to"]) == (BRIDGE_ADDRESS, [LIST_ADDRESS])
    kept = listposts.by_message_id(desk.conn, "notice.1@bridge.example.org")
    assert (kept.kind, kept.state, kept.ballot) == ("notice", "queued", 0)


def test_a_mail_that_answers_none_begins_a_thread(desk):
    posted(desk, DRAFT)
    raw = desk.letter("mail:")["raw"]
    assert "In-Reply-To" not in raw
    assert "References" not in raw


def test_a_mail_stands_below_its_parent(desk):
    threads.record_references(desk.tx, LIST_ID, "call@x", ("post@x",))
    posted(desk, replace(DRAFT, parent="call@x"))
    raw = desk.letter("mail:")["raw"]
    assert "In-Reply-To: <call@x>" in raw
    assert "References: <post@x>\r\n <call@x>" in raw
    node = threads.node_of(desk.conn, LIST_ID, "notice.1@bridge.example.org")
    assert node.parent == "call@x"


def test_a_parent_that_no_header_can_hold_does_not_stop_a_mail(desk):
    assert posted(desk, replace(DRAFT, parent="a b\r\nBcc: x"))
    assert "Bcc" not in desk.letter("mail:")["raw"]


@pytest.mark.parametrize("expires_at", [None, Instant(5)])
def test_a_mail_expires_with_what_it_announces(desk, expires_at):
    posted(desk, replace(DRAFT, expires_at=expires_at))
    row = desk.conn.exec_driver_sql("SELECT expires_at FROM outbox WHERE kind = 'mail'").one()
    assert row.expires_at == expires_at


def test_an_id_is_the_same_for_the_same_mail_only(desk):
    ids = [derived_id(desk.context, named, "digest.1") for named in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]
    assert all(one.startswith("digest.1.") for one in ids)


def test_a_chair_who_left_the_roster_is_written_to_at_our_address(desk):
    ballot = desk.drafted(SILENCE).ballot
    assert contact_of(desk.context, ballot) == "nadia@people.example"
    emptied = desk.config.model_copy(update={"people": Roster({}, {}, {})})
    assert contact_of(replace(desk.context, config=emptied), ballot) == BRIDGE_ADDRESS


def test_a_room_has_the_alias_of_its_list(desk):
    assert room_alias(desk.context, desk.listed) == "#list_pc:hs.test"
