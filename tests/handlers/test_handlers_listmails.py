from dataclasses import replace

import pytest
from playbook_cast import BRIDGE_ADDRESS, CLOSES_AT, LIST_ADDRESS, LIST_ID, SILENCE
from sqlalchemy import select

from bridge.domain.ballots import Outcome
from bridge.store import listposts, threads
from bridge.store.schema import outbox
from handlers.counting import tally_now
from handlers.listmails import mail_id, queue_call, queue_result


def test_a_mails_id_is_derived_and_another_for_each_mail(desk):
    ballot = desk.drafted(SILENCE).ballot
    ids = [mail_id(desk.context, ballot, kind) for kind in ("call", "call", "result")]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@bridge.example.org")


def test_a_call_goes_to_the_list_in_the_thread_of_its_post_and_expires(desk):
    ballot = desk.drafted(SILENCE).ballot
    for _ in range(2):
        queue_call(desk.tx, desk.context, ballot)
    letter = desk.letter("mail:")
    assert (letter["sender"], letter["to"]) == (BRIDGE_ADDRESS, [LIST_ADDRESS])
    assert f"In-Reply-To: <{ballot.message_id}>" in letter["raw"]
    expires = select(outbox.c.expires_at).where(outbox.c.key.like("mail:%"))
    assert desk.conn.scalars(expires).all() == [CLOSES_AT]


def test_a_result_stands_under_the_call_and_never_expires(desk):
    row = desk.opened(SILENCE)
    closed = replace(row.ballot, closed_at=CLOSES_AT, outcome=Outcome.TOO_FEW)
    counted = tally_now(desk.tx, closed, CLOSES_AT)
    queue_result(desk.tx, desk.context, replace(row, ballot=closed), counted)
    call, result = (mail_id(desk.context, row.ballot, kind) for kind in ("call", "result"))
    assert f"In-Reply-To: <{call}>" in desk.letter(f"mail:{result}")["raw"]
    assert threads.node_of(desk.conn, LIST_ID, result).parent == call
    assert listposts.by_message_id(desk.conn, result).state == "queued"


@pytest.mark.parametrize(
    ("base_url", "visibility", "is_linked"),
    [
        ("https://ballots.example.org/", "public", True),
        ("https://ballots.example.org", "private", False),
        (None, "public", False),
    ],
)
def test_a_call_names_the_ballots_page_if_there_is_one(desk, base_url, visibility, is_linked):
    ballot = desk.drafted(SILENCE).ballot
    web = desk.config.web.model_copy(update={"base_url": base_url})
    listed = desk.listed.model_copy(update={"visibility": visibility})
    context = replace(
        desk.context,
        config=desk.config.model_copy(update={"web": web}),
        lists={LIST_ID: listed},
    )
    queue_call(desk.tx, context, ballot)
    raw = desk.letter("mail:")["raw"].replace("\r\n", "\n")
    linked = "Roll, rule, text and log:\nhttps://ballots.example.org/b/1\n" in raw
    assert linked is is_linked
    assert ("WHO IS ON THE ROLL" in raw) is not is_linked
