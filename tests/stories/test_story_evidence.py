"""P8: a post stands in the room at once, and what proves its author is found out beside it."""

from __future__ import annotations

import pytest
from playbook import every
from playbook_cast import LIST_ID, START, Mail
from signing import DOMAIN, NAME, rsa_pair, signed

from bridge.letters import EVIDENCE_PATIENCE_MS, evidence_letter
from bridge.mail.evidence import Evidence, Level
from bridge.store import mirror, outbox

ASKING = {("evidence", "dkim"): True}
HEAD = f"List-Id: <{LIST_ID}>\r\n".encode()
KEYS = {NAME: (rsa_pair().record,)}
PROVED = Evidence(Level.SIGNED, "dkim", DOMAIN)
FIRST, SECOND = Mail("First.1"), Mail("Second.1", author="oskar")


def copied(mail):
    """Return the copy of a list that leaves mails as they are."""
    return HEAD + signed(mail.raw)


async def evidence(book, mail):
    post = await book.read(lambda conn: mirror.post_by_id(conn, LIST_ID, mail.message_id))
    return post.evidence


async def letter(book, mail):
    key = evidence_letter(LIST_ID, mail.message_id, START).key
    return await book.read(lambda conn: outbox.by_key(conn, key))


@pytest.mark.parametrize("times", [1, 2])
async def test_a_signed_post_is_proved_once_the_dns_has_answered(begin, times):
    book = await begin(changes=ASKING, times=times)
    book.names.records = KEYS
    await book.receive(copied(FIRST))
    assert await evidence(book, FIRST) == PROVED
    assert book.names.asked == [NAME]
    assert await book.event_of(FIRST)


async def test_a_lists_footer_breaks_a_signature_and_leaves_the_lists_word(begin):
    book = await begin(changes=ASKING)
    book.names.records = KEYS
    await book.receive(copied(FIRST) + b"-- \r\nPC mailing list\r\n")
    found = await evidence(book, FIRST)
    assert (found.level, found.method, found.later) == (Level.LIST, "list", False)
    assert found.reason == "it is not what was signed"


async def test_while_the_dns_is_down_posts_stand_and_nothing_is_concluded(begin):
    book = await begin(changes=ASKING)
    book.names.records, book.names.is_down = KEYS, True
    await book.receive(copied(FIRST))
    for _ in range(12):
        await book.later(minutes=5)
        found = await evidence(book, FIRST)
        assert (found.level, found.later) == (Level.LIST, True)
    await book.receive(copied(SECOND))
    assert await book.event_of(FIRST)
    assert await book.event_of(SECOND)
    assert await book.bridge._why_not_ready() == []
    book.names.is_down = False
    await book.later(minutes=6)
    assert [await evidence(book, mail) for mail in (FIRST, SECOND)] == [PROVED, PROVED]


async def test_one_silent_domain_holds_up_no_other(begin):
    book = await begin(changes=ASKING)
    book.names.records, silent = KEYS, f"x._domainkey.{DOMAIN}"
    book.names.silent.add(silent)
    await book.receive(HEAD + signed(FIRST.raw, tags={"s": "x"}))
    for number in range(30):
        await book.receive(copied(Mail(f"Next.{number}")))
        await book.later(minutes=5)
    assert (await evidence(book, FIRST)).later
    assert await evidence(book, Mail("Next.29")) == PROVED
    assert await book.bridge._why_not_ready() == []


async def test_a_domain_that_never_answers_is_given_up_without_a_verdict(begin):
    book = await begin(changes=ASKING)
    book.names.is_down = True
    await book.receive(copied(FIRST))
    await book.at(START + EVIDENCE_PATIENCE_MS + 3_600_000)
    found = await evidence(book, FIRST)
    assert (found.level, found.later) == (Level.LIST, True)
    assert found.reason == "no name server answered in two days"
    assert (await letter(book, FIRST)).state == "expired"
    assert (await book.books()).balanced


async def test_whatever_moment_it_dies_at_the_proof_is_found(begin):
    book = await begin(changes=ASKING, kill=every(37))
    book.names.records = KEYS
    await book.receive(copied(FIRST))
    assert await evidence(book, FIRST) == PROVED


async def test_without_the_option_nobody_is_asked(begin):
    book = await begin()
    await book.receive(copied(FIRST))
    found = await evidence(book, FIRST)
    assert (found.level, found.method, found.domain) == (Level.LIST, "list", "lists.example.org")
    assert not found.later
    assert book.names.asked == []


async def test_our_own_servers_word_is_taken_at_once(begin):
    book = await begin(changes={("evidence", "authserv_ids"): ["mx.example.org"]})
    said = f"Authentication-Results: mx.example.org; dkim=pass header.d={DOMAIN}\r\n".encode()
    await book.receive(said + copied(FIRST))
    assert await evidence(book, FIRST) == Evidence(Level.SIGNED, "authentication-results", DOMAIN)
