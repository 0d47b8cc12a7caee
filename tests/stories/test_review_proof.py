"""What proves that a list has our mail, and what only looks like it."""

from copy import deepcopy
from dataclasses import replace

from config_samples import OPTIONS
from playbook_cast import CHAIR, LIST_ID

from bridge.domain.ballots import State
from bridge.intake import mail_intake
from bridge.mail.lmtp import Arrival
from handlers.listmails import mail_id

OTHER = {
    **deepcopy(OPTIONS["lists"][0]),
    "id": "other.lists.example.org",
    "name": "other",
    "facilitators": [],
    "posting_address": "other@lists.example.org",
    "bridge_address": "other-bridge@bridge.example.org",
    "intake_address": "other-k3j5h7@bridge.example.org",
}
TWO_LISTS = {("lists", 1): OTHER}


async def call_held_by_the_list(book):
    book.list_holds = True
    await book.asks()
    await book.taps(CHAIR, "✅", on=book.preview)
    return book.mails[0].partition("Message-ID: <")[2].partition(">")[0]


def naming(call, list_id=LIST_ID, own="answer@people.example"):
    head = f"List-Id: <{list_id}>\r\nMessage-ID: <{own}>\r\nReferences: <{call}>\r\n"
    return f"{head}From: mallory@people.example\r\n\r\nThanks.\r\n".encode()


async def test_a_strangers_mail_that_names_our_call_proves_nothing(book):
    call = await call_held_by_the_list(book)
    await book.receive(naming(call), sender="mallory@people.example")
    await book.receive(naming("x@y", own=call), sender="mallory@people.example")
    assert (await book.ballot()).state is State.LOCKED


async def test_what_another_list_distributes_proves_nothing(begin):
    book = await begin(changes=TWO_LISTS)
    call = await call_held_by_the_list(book)
    for raw in (naming(call, OTHER["id"]), naming("x@y", OTHER["id"], own=call)):
        arrival = Arrival(OTHER["intake_address"], "other-bounces@lists.example.org", "", raw)
        await mail_intake(book.store, book.config).accept(arrival)
        await book.quiet()
    assert (await book.ballot()).state is State.LOCKED
    assert [state for state, _ in await book.outcomes()] == ["done", "done", "done"]


async def test_nobody_without_our_key_can_tell_the_id_of_a_call_before_it_is_posted(book):
    await book.asks()
    ballot = await book.ballot()
    other = replace(book.context, instance=replace(book.context.instance, key=b"another"))
    assert mail_id(book.context, ballot, "call") != mail_id(other, ballot, "call")
