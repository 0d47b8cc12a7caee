"""A list whose copies are known by the signature of its host: a mail waits until it is verified."""

from __future__ import annotations

import pytest
from playbook_cast import LIST_ID, Mail
from signing import LISTS, SEALER_NAME, USUAL, rsa_pair, signed

RULE = {("lists", 0, "delivered_by"): {"rule": "list_dkim", "value": LISTS}}
HEAD = f"List-Id: <{LIST_ID}>\r\n".encode()
KEYS = {SEALER_NAME: (rsa_pair().record,)}
FIRST, SECOND = Mail("First.1"), Mail("Second.1", author="oskar", answers=("First.1",))
ANYWHERE = "x@elsewhere.example"


def copied(mail):
    return signed(HEAD + mail.raw, domain=LISTS, names=(*USUAL, "list-id"))


@pytest.mark.parametrize("times", [1, 2])
async def test_a_signed_copy_is_mirrored_whoever_handed_it_over(begin, times):
    book = await begin(changes=RULE, times=times)
    book.names.records = KEYS
    await book.receive(copied(FIRST), sender=ANYWHERE)
    await book.receive(copied(SECOND), sender=ANYWHERE)
    assert await book.event_of(FIRST)
    assert await book.event_of(SECOND)
    assert (await book.books()).balanced


async def test_a_strangers_mail_is_held(begin):
    book = await begin(changes=RULE)
    book.names.records = KEYS
    await book.receive(HEAD + FIRST.raw)
    await book.receive(copied(SECOND).replace(b"support", b"oppose"))
    books = await book.books()
    assert (books.mirrored, books.held) == (0, {"not from the list": 2})
    assert books.balanced


async def test_while_the_dns_is_down_a_copy_is_held_and_the_room_goes_on(begin):
    book = await begin(changes=RULE)
    book.names.records, book.names.is_down = KEYS, True
    await book.receive(copied(FIRST))
    await book.receive(copied(SECOND))
    await book.later(hours=1)
    assert sum((await book.books()).held.values()) == 2
    await book.says("@nadia:hs.test", "!ballot list")
    assert book.said
    book.names.is_down = False
    await book.later(minutes=6)
    assert await book.event_of(FIRST)
    assert await book.event_of(SECOND)
    assert (await book.books()).balanced
