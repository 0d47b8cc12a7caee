"""The errand to the DNS: what it finds is written down, and silence is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ballot_samples import LIST
from fakes_names import FakeNames
from memory_store import memory_tx
from signing import DOMAIN, MAIL, NAME, SEALER_NAME, rsa_pair, signed

from bridge.delivery.names import GIVEN_UP, abandoned, preparing
from bridge.errors import Permanent, Transient
from bridge.events import Outcome
from bridge.ids import Instant, MessageId, UserId
from bridge.letters import evidence_letter, signature_letter
from bridge.mail.evidence import Evidence, Level, Trust
from bridge.store import inbox, mirror, outbox
from bridge.store.mirror import MirroredPost

POST = MessageId("One@people.example")
WORD = Evidence(Level.LIST, "list", "lists.example.org", later=True, reason="not asked yet")
KEYS = {NAME: (rsa_pair().record,)}
PROVED = Evidence(Level.SIGNED, "dkim", DOMAIN)


@pytest.fixture
def tx():
    with memory_tx() as one:
        yield one


def queued(tx, raw=None, word=WORD):
    """Let a post be mirrored whose author's domain has to be asked; return the letter."""
    inbox.add(tx, lane="a", kind="mail", key="mail", raw=signed() if raw is None else raw)
    number = inbox.claim(tx.conn, tx.now, 1)[0].id
    ghost = UserId("@list_n:hs.test")
    post = MirroredPost(LIST, POST, number, "s", "N", None, ghost, None, tx.now, "d", POST)
    mirror.record_post(tx, replace(post, author_address="nadia@people.example", evidence=word))
    letter = evidence_letter(LIST, POST, tx.now)
    outbox.add(tx, letter)
    return outbox.by_key(tx.conn, letter.key)


def evidence(tx):
    return mirror.post_by_id(tx.conn, LIST, POST).evidence


def prepared(tx, item, trust=Trust(dkim=True)):  # noqa: B008 - frozen
    return preparing(trust)(tx, item)


async def test_a_true_signature_is_written_down_with_its_domain(tx):
    errand = prepared(tx, queued(tx))
    assert await errand.carry(FakeNames(KEYS), None) == "signed"
    errand.record(tx, "signed")
    assert evidence(tx) == PROVED


async def test_an_absent_key_leaves_the_lists_word_and_says_why(tx):
    errand = prepared(tx, queued(tx))
    assert await errand.carry(FakeNames(), None) == "list"
    errand.record(tx, "list")
    assert evidence(tx) == replace(WORD, later=False, reason="its key is not in the DNS")


async def test_silence_is_tried_again_and_nothing_is_written(tx):
    errand = prepared(tx, queued(tx))
    with pytest.raises(Transient, match="no name server answered") as caught:
        await errand.carry(FakeNames(KEYS, is_down=True), None)
    # One domain's silence must not stop what others ask.
    assert caught.value.alone
    errand.record(tx, "")
    assert evidence(tx) == WORD


async def test_it_runs_twice_with_the_same_end(tx):
    item = queued(tx)
    for _ in range(2):
        errand = prepared(tx, item)
        errand.record(tx, await errand.carry(FakeNames(KEYS), Instant(1)))
        assert evidence(tx) == PROVED


async def test_nothing_is_asked_when_the_operator_has_changed_his_mind(tx):
    names, errand = FakeNames(KEYS), prepared(tx, queued(tx), Trust())
    assert await errand.carry(names, None) == "list"
    assert names.asked == []


async def test_a_mail_that_nobody_signed_asks_nobody(tx):
    names, errand = FakeNames(KEYS), prepared(tx, queued(tx, MAIL))
    await errand.carry(names, None)
    assert names.asked == []


def test_a_mail_that_is_not_kept_any_more_needs_a_human(tx):
    with pytest.raises(Permanent, match="not kept"):
        prepared(tx, queued(tx, b""))


def test_a_letter_that_has_expired_is_no_verdict(tx):
    item = queued(tx)
    abandoned(tx, item, "expired")
    assert evidence(tx) == replace(WORD, reason=GIVEN_UP)
    mirror.record_evidence(tx, LIST, POST, PROVED)
    abandoned(tx, item, "expired")
    assert evidence(tx) == PROVED


LISTED = signed(
    b"List-Id: <pc.lists.example.org>\r\n" + MAIL,
    domain="lists.example.org",
    names=("from", "subject", "date", "message-id", "list-id"),
)
LISTS_KEYS = {SEALER_NAME: KEYS[NAME]}


def held(tx, raw=LISTED):
    """Let a mail wait for its list's signature; return the letter that asks for it."""
    inbox.add(tx, lane="a", kind="mail", key="mail", raw=raw)
    inbox.settle(tx, 1, Outcome("held", "it waits"))
    letter = signature_letter(LIST, 1, ("lists.example.org",))
    outbox.add(tx, letter)
    return outbox.by_key(tx.conn, letter.key)


@pytest.mark.parametrize(
    ("records", "signers"), [(LISTS_KEYS, ["lists.example.org"]), ({}, [])], ids=["true", "none"]
)
async def test_a_held_mail_is_handled_again_once_its_signature_is_known(tx, records, signers):
    errand = prepared(tx, held(tx))
    errand.record(tx, await errand.carry(FakeNames(records), None))
    (again,) = inbox.claim(tx.conn, tx.now, 1)
    assert again.meta == {"signers": signers}


async def test_a_held_mail_waits_while_nobody_answers(tx):
    errand = prepared(tx, held(tx))
    with pytest.raises(Transient):
        await errand.carry(FakeNames(is_down=True), None)
    errand.record(tx, "")
    assert inbox.claim(tx.conn, tx.now, 1) == []


def test_a_held_mail_that_is_not_kept_any_more_needs_a_human(tx):
    with pytest.raises(Permanent, match="not kept"):
        prepared(tx, held(tx, b""))
